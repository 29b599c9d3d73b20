"""New Stories on the desk: a link, a file, a text; what is wrong with one, and what is there already."""

from collections.abc import AsyncIterator, Callable

import pytest

from bot.articles.article import LARGEST
from bot.articles.fetch.fetcher import FetchLimits
from bot.articles.process_pool import ProcessPool
from bot.services import Services
from storage.words import EditorRole
from tests.sites import Site, answer, opened
from tests.web.desk.browser import Answer
from tests.web.desk.conftest import SignIn
from tests.web.desk.stories.test_stories import alerts

EDITH = 2001
TEXT = (
    "The mill turns again\n\n"
    "The old mill by the river has ground its first flour in forty years. Neighbours repaired the wheel over "
    "three winters. The baker has already ordered two sacks. Children were allowed to open the sluice. The "
    "miller’s granddaughter cut the ribbon on Saturday morning."
)


@pytest.fixture(autouse=True)
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The site that the bot may fetch from; no process pool, which other tests start."""
    async with opened(Site()) as made:
        monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _: made.fetcher(FetchLimits()))
        monkeypatch.setattr(ProcessPool, "run", _at_once)
        yield made


async def _at_once(
    _: ProcessPool, __: str, ___: str, function: Callable[..., object], *arguments: object
) -> object:
    return function(*arguments)


async def stored(services: Services) -> list[str]:
    """The headlines of all stories."""
    return [story.headline for story in await services.stories.listed()]


def typed(answer: Answer) -> str:
    return str(answer.page.xpath("//textarea[@name='text']")[0].text_content()).strip()


async def test_a_pasted_text_becomes_a_draft(sign_in: SignIn, services: Services) -> None:
    """An editor may; its page is shown, and no card of it is sent to the chats."""
    answer = await (await sign_in(EDITH, EditorRole.EDITOR)).post("/stories/new", {"text": TEXT})
    [story] = await services.stories.listed()
    assert answer.address == f"/desk/stories/{story.id}?done=added"
    assert story.headline == "The mill turns again"
    assert await services.review.unannounced() == []


async def test_a_file_becomes_a_draft(sign_in: SignIn, services: Services) -> None:
    """By its content, whatever it is called."""
    await (await sign_in()).upload("/stories/new", "story.md", TEXT.encode())
    assert await stored(services) == ["The mill turns again"]


async def test_a_link_becomes_a_draft(site: Site, sign_in: SignIn, services: Services) -> None:
    """Its page is read, and its address stands with it."""
    head, _, body = TEXT.partition("\n\n")
    page = f"<html lang=en><body><article><h1>{head}</h1><p>{body}</p></article></body></html>"
    site.replies["/mill"] = answer(page.encode())
    await (await sign_in()).post("/stories/new", {"link": f" {site.address('/mill')} "})
    [story] = await services.stories.listed()
    assert (story.headline, story.address) == (head, site.address("/mill"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Fill in one of the three"),
        ({"text": TEXT, "link": "https://news.example/mill"}, "Fill in one of the three"),
        ({"text": "Short"}, "text.txt"),
        ({"link": "nonsense"}, "nonsense"),
        ({"link": "ftp://news.example/mill"}, "ftp://news.example/mill"),
        ({"link": "http://127.0.0.1/mill"}, "127.0.0.1"),
    ],
)
async def test_what_is_no_story_is_kept(
    sign_in: SignIn, services: Services, fields: dict[str, object], sentence: str
) -> None:
    """One sentence says what is wrong; the fields have what was typed."""
    answer = await (await sign_in()).post("/stories/new", fields)
    assert answer.status == 400
    assert sentence in alerts(answer)
    assert typed(answer) == fields.get("text", "")
    assert answer.page.xpath("//input[@name='link']/@value") == [fields.get("link", "")]
    assert await stored(services) == []


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("big.txt", b"x" * (LARGEST + 1), "is larger than 5 MB"),
        ("story.txt", b"%PDF-1.7 " + b"x" * 500, "PDF"),
        ("story.txt", b"\x89PNG\r\n\x1a\n" + bytes(500), "PNG"),
        ("story.html", b"   ", "is empty"),
    ],
)
async def test_a_file_that_is_no_story_is_refused(
    sign_in: SignIn, services: Services, name: str, data: bytes, sentence: str
) -> None:
    """By what is in it, not by its name; it has to be chosen again."""
    answer = await (await sign_in()).upload("/stories/new", name, data, {"how": ""})
    assert answer.status == 400
    assert sentence in alerts(answer)
    assert "choose the file again" in alerts(answer)
    assert await stored(services) == []


async def test_an_upload_without_end_is_cut_off(sign_in: SignIn, services: Services) -> None:
    """What is far too large is not even read to its end."""
    answer = await (await sign_in()).upload("/stories/new", "big.txt", b"x" * (4 * LARGEST))
    assert answer.status == 413
    assert "too large" in alerts(answer)
    assert await stored(services) == []


async def test_the_same_text_is_not_added_twice(sign_in: SignIn, services: Services) -> None:
    """The page names the stored one, and keeps the text."""
    browser = await sign_in()
    await browser.post("/stories/new", {"text": TEXT})
    answer = await browser.post("/stories/new", {"text": TEXT})
    [story] = await services.stories.listed()
    assert answer.status == 409
    assert f"Story {story.id} already has this text. Nothing was added." in alerts(answer)
    assert answer.page.xpath(f"//a[@href='/desk/stories/{story.id}']")
    assert typed(answer).split() == TEXT.split()


@pytest.mark.parametrize(
    ("how", "number", "headline"),
    [("update", 1, "The mill turns"), ("next", 2, ""), ("anyway", 2, ""), ("", 1, "")],
)
async def test_what_is_almost_stored_is_asked_about(
    sign_in: SignIn, services: Services, how: str, number: int, headline: str
) -> None:
    """The editor updates it, lets the new one continue it, adds it anyway, or leaves it."""
    browser = await sign_in()
    await browser.post("/stories/new", {"text": TEXT})
    [story] = await services.stories.listed()
    again = TEXT.replace("The mill turns again", "The mill turns") + " It was a fine day."
    answer = await browser.post("/stories/new", {"text": again})
    assert f"Story {story.id} is almost the same. Nothing was added." in alerts(answer)
    like = answer.page.xpath("//input[@name='like']/@value")
    await browser.post("/stories/new", {"text": typed(answer), "like": like, "how": how})
    listed = await services.stories.listed()
    assert len(listed) == number
    assert listed[0].headline == (headline or "The mill turns again")
    threads = {one.thread_id for one in listed}
    assert (threads != {None}) == (how == "next")
    assert len(threads) == 1


async def test_the_limit_is_said(sign_in: SignIn) -> None:
    """Before somebody chooses a file."""
    assert "at most 5 MB" in (await (await sign_in()).get("/stories/new")).text
