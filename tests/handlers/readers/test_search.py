"""/search in the running bot."""

import pytest

from bot.i18n import in_language
from bot.services import Services
from tests.chats import ANNA, OLENA, READERS, Chats, data_of, numbered, says
from tests.factories import MovableClock, analysis, published
from tests.handlers.readers.test_stories import RUBBISH


async def _bridges(services: Services, clock: MovableClock, number: int, headline: str = "Bridge") -> None:
    """Publish this many stories that match equally well, one a minute."""
    for place in range(number):
        clock.advance(minutes=1)
        await published(services, f"{headline} {place}")


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_story_is_found_and_opened(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """A story is found as soon as it is published; a tap opens it."""
    await published(services, "Balakliya rebuilds")
    await published(services, "Something else")
    answer = await chats.ask(person, "/search  BALAKLIYA")
    assert says(answer)[0] == in_language(language).say("Results for: {words}", words="balakliya")
    assert numbered(answer) == ["1"]
    assert says(await chats.tap(person, answer, "1"))[0] == "Balakliya rebuilds"


async def test_pages_turn_in_place(chats: Chats, services: Services, clock: MovableClock) -> None:
    """Five results come a page, the newest of equals first; the buttons carry page and words."""
    await _bridges(services, clock, 7, "Міст Balakliya")
    first = await chats.ask(OLENA, "/search міст balakliya")
    of_two = in_language("uk").page
    assert numbered(first) == ["7", "6", "5", "4", "3", f"{of_two(2, 2)} ›"]
    second = await chats.tap(OLENA, first, f"{of_two(2, 2)} ›")
    assert numbered(second) == ["2", "1", f"‹ {of_two(1, 2)}"]
    assert (await chats.tap(OLENA, second, "‹"))["text"] == first["text"]


async def test_a_page_past_the_end(chats: Chats, services: Services, clock: MovableClock) -> None:
    """A button to a page past the end shows the first page; made-up data gets a sentence."""
    await _bridges(services, clock, 2)
    message = await chats.ask(ANNA, "/search bridge")
    assert await chats.press_old(ANNA, message, "search:8:bridge") == []
    assert numbered(chats.now(message)) == ["2", "1"]
    assert (await chats.toast_of(ANNA, message, "search:0:?!")).startswith("Add words of two letters or more")
    assert (await chats.toast_of(ANNA, message, "search:x:")).startswith("This button no longer works.")


async def test_words_that_fit_into_no_button(chats: Chats, services: Services, clock: MovableClock) -> None:
    """Words that do not fit into a button's 64 bytes give one page, which says how many more there are."""
    headline = "Волонтери відбудували зруйнований міст"
    await _bridges(services, clock, 7, headline)
    answer = await chats.ask(ANNA, f"/search {headline}")
    assert numbered(answer) == ["7", "6", "5", "4", "3"]
    assert says(answer)[-1] == "… and 2 more"


async def test_typing_errors_are_corrected(chats: Chats, services: Services) -> None:
    """The answer and the button to the next page name the corrected words."""
    for number in range(6):
        await published(services, f"Balakliya {number}")
    answer = await chats.ask(ANNA, "/search Balakleya")
    assert says(answer)[0] == "Results for: balakliya"
    assert data_of(answer, "2\u00a0of") == "search:1:balakliya"


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_without_words_it_says_how(chats: Chats, person: int, language: str) -> None:
    """/search without words gets one sentence with an example."""
    say = in_language(language).say
    sentence = say("Add words of two letters or more to search for. For example: /search bridge")
    for typed in ("", "?!… 👀", "a", '"'):
        assert (await chats.ask(person, f"/search {typed}"))["text"] == sentence


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_nothing_found(chats: Chats, services: Services, person: int, language: str) -> None:
    """If nothing is found, the answer leads on; drafts are not found."""
    await services.stories.add(analysis("A zebra crossing"), actor="test")
    sentence = "No results for: {words}. See the latest stories: /latest"
    expected = in_language(language).say(sentence, words="Zebra crossing")
    assert (await chats.ask(person, "/search Zebra crossing"))["text"] == expected


async def test_edited_stories_are_found_as_they_are_now(chats: Chats, services: Services) -> None:
    """A story is found by its new headline at once, and by its old one no longer."""
    story_id = await published(services, "Bridge closed")
    await services.editing.set_headline(story_id, "Ferry opened", version=None, actor="test")
    assert numbered(await chats.ask(ANNA, "/search ferry")) == [str(story_id)]
    assert (await chats.ask(ANNA, "/search closed"))["text"].startswith("No results for: closed.")


async def test_rubbish_breaks_nothing(
    chats: Chats, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Any text gets one plain answer, and no error is logged."""
    await published(services, "Ferry")
    for rubbish in [*RUBBISH, "NEAR(a b) OR *", '"unclosed', "-minus ^caret a:b"]:
        answer = await chats.ask(ANNA, f"/search {rubbish}")
        assert answer["text"].startswith(("No results for: ", "Add words", "Results for"))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
