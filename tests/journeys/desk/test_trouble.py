"""What fails every test of the desk by itself: the browser's complaints are heard."""

from tests.chromium import MARKS
from tests.newsroom import Desks, Newsroom, Trouble
from tests.waiting import comes_true

pytestmark = MARKS


async def test_the_browsers_complaints_are_heard(newsroom: Newsroom, desks: Desks, trouble: Trouble) -> None:
    """An error in the console, one of a script, and what the content policy forbids."""
    page = await desks.open(newsroom)
    assert trouble.unexpected == []
    await page.evaluate("console.error('a word')")
    await page.evaluate("() => { setTimeout(() => { throw new Error('a fault'); }); }")
    await page.evaluate(
        "() => { document.body.insertAdjacentHTML('beforeend', '<b style=\"color: red\">a</b>'); }"
    )
    heard = {"a word", "a fault", "Content Security Policy"}

    async def all_heard() -> bool:
        return all(any(words in one for one in trouble.unexpected) for words in heard)

    await comes_true(all_heard)
    for words in heard:
        trouble.allow(words)
    assert trouble.unexpected == []
