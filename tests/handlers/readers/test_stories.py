"""/latest, /summary, and the buttons of a story's message."""

import pytest

from bot.i18n import in_language
from bot.pleas.findings import Plea
from bot.rendering.message import TEXT_LIMIT, units
from bot.runtime.app import App
from bot.services import Services
from storage.stories import stories
from storage.words import StoryState
from tests.chats import ANNA, READERS, Chats, data_of, labels, numbered, says
from tests.factories import MovableClock, analysis, get_story, published

HOSTILE = "<b>&amp; \"quoted\" 'n' `code` _x_ *y* 👩‍👩‍👧‍👦 שלום مرحبا \u202emirrored\u202c"

RUBBISH = [
    "9" * 400,
    "0",
    "-1",
    "²",
    "%",
    "_",
    "'; DROP TABLE stories; --",
    "{words}",
    "%s %(words)s",
    "\x00",
    "\u202e",
    "x" * 4000,
    HOSTILE,
]


async def _shelf(services: Services, clock: MovableClock, number: int) -> None:
    """Publish this many stories, one a minute."""
    for place in range(1, number + 1):
        clock.advance(minutes=1)
        await published(services, f"Story number {place}")


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("command", ["/latest", "/summary"])
async def test_nothing_is_published_yet(chats: Chats, person: int, language: str, command: str) -> None:
    """With nothing published, readers learn that, even if a draft waits."""
    sentence = "There are no stories yet. Please check back later."
    assert (await chats.ask(person, command))["text"] == in_language(language).say(sentence)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_latest_turns_its_pages_in_place(
    chats: Chats, services: Services, clock: MovableClock, person: int, language: str
) -> None:
    """/latest shows five stories a page, newest first; the first and last page have one button."""
    texts = in_language(language)
    first, second, third = (texts.page(number, 3) for number in (1, 2, 3))
    await _shelf(services, clock, 12)
    message = await chats.ask(person, "/latest")
    assert labels(message)[0] == "12 · Story number 12"
    assert numbered(message) == ["12", "11", "10", "9", "8", f"{second} ›"]
    message = await chats.tap(person, message, f"{second} ›")
    assert numbered(message) == ["7", "6", "5", "4", "3", f"‹ {first}", f"{third} ›"]
    message = await chats.tap(person, message, f"{third} ›")
    assert numbered(message) == ["2", "1", f"‹ {second}"]
    message = await chats.tap(person, message, f"‹ {second}")
    assert message["text"].startswith(texts.say("Latest stories"))
    assert "7 · Story number 7" in message["text"]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_story_opens_in_the_list_and_goes_back_to_its_page(
    chats: Chats, services: Services, clock: MovableClock, person: int, language: str
) -> None:
    """A story from page two opens in the same message, changes its length, and leads back to page two."""
    say = in_language(language).say
    await _shelf(services, clock, 7)
    listing = await chats.tap(person, await chats.ask(person, "/latest"), in_language(language).page(2, 2))
    story = await chats.tap(person, listing, "2")
    assert story["text"].startswith("Story number 2\n")
    story = await chats.tap(person, story, say("+ Longer"))
    back = await chats.tap(person, story, say("‹ Latest stories"))
    assert back["text"] == listing["text"]


async def test_a_page_past_the_end(chats: Chats, services: Services, clock: MovableClock) -> None:
    """A button to a page past the end shows the first one."""
    await _shelf(services, clock, 3)
    message = await chats.ask(ANNA, "/latest")
    for data in ("latest:4", "latest:999999"):
        assert await chats.press_old(ANNA, message, data) == []
        assert numbered(chats.now(message)) == ["3", "2", "1"]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_longer_shorter_and_the_full_story(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The three lengths and the full story replace one another in place, and every button leads somewhere."""
    say = in_language(language).say
    await published(services)
    longer, shorter, full = say("+ Longer"), say("− Shorter"), say("Full story")
    share = say("Share")
    story = await chats.ask(person, "/summary")
    assert "Three sentences." in story["text"]
    assert labels(story) == [shorter, longer, full, share]
    story = await chats.tap(person, story, longer)
    assert "Five sentences." in story["text"]
    assert labels(story) == [shorter, full, share]
    story = await chats.tap(person, await chats.tap(person, story, shorter), shorter)
    assert says(story)[-1] == "One sentence."
    assert labels(story) == [longer, full, share]
    story = await chats.tap(person, story, full)
    assert "People crossed it at once." in story["text"]
    story = await chats.tap(person, story, say("‹ Summary"))
    assert says(story)[-1] == "One sentence."


async def test_summary_finds_a_story_by_number_and_by_words(chats: Chats, services: Services) -> None:
    """/summary finds the newest story, a story by number, and stories by words in any case."""
    await published(services, "The bridge holds")
    await published(services, "The school bus runs")
    assert says(await chats.ask(ANNA, "/summary"))[0] == "The school bus runs"
    assert says(await chats.ask(ANNA, "/summary 1"))[0] == "The bridge holds"
    assert says(await chats.ask(ANNA, "/summary  SCHOOL   bus"))[0] == "The school bus runs"
    several = await chats.ask(ANNA, "/summary the")
    assert several["text"].startswith("Several stories match. Which one would you like?")
    assert says(await chats.tap(ANNA, several, "1"))[0] == "The bridge holds"


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize(
    "case",
    [
        (
            "/summary 7",
            "There is no story {number}. See the latest stories: /latest",
            {"number": 7},
        ),
        (
            "/summary zebra crossing",
            "No results for: {words}. See the latest stories: /latest",
            {"words": "zebra crossing"},
        ),
        ("/summary ?!… 👀", "Add a story’s number or some of its words: /summary 1", {}),
    ],
)
async def test_summary_says_what_it_cannot_find(
    chats: Chats, services: Services, person: int, language: str, case: tuple[str, str, dict[str, object]]
) -> None:
    """An unknown number, unknown words and rubbish get a sentence that leads on."""
    asked, sentence, values = case
    await published(services)
    expected = in_language(language).say(sentence, **values)
    assert (await chats.ask(person, asked))["text"] == expected


async def test_summary_with_rubbish(
    chats: Chats, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Any text gets one plain answer, and no error is logged."""
    added = await services.stories.add(analysis(body="It holds no figure. It is short."), actor="test")
    await services.review.publish(added.story.id, actor="test", push=False)
    for rubbish in RUBBISH:
        answer = await chats.ask(ANNA, f"/summary {rubbish}")
        assert answer["text"].startswith(("There is no story", "No results for: ", "Add a story’s number"))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("body", ["A sentence of many. " * 3_000, "Без меж " * 7_500, "🌻" * 30_000])
async def test_hostile_texts_arrive_unchanged(chats: Chats, services: Services, body: str) -> None:
    """Markup, quotes, joined emoji, right-to-left letters and 60,000 units arrive as written."""
    body = f"{HOSTILE}. {body.strip()}"
    added = await services.stories.add(analysis(HOSTILE, body), actor="test")
    await services.review.publish(added.story.id, actor="test", push=False)
    story = await chats.ask(ANNA, "/summary")
    assert says(story)[0] == HOSTILE
    bold = next(one for one in story["entities"] if one["type"] == "bold")
    assert (bold["offset"], bold["length"]) == (0, units(HOSTILE))
    story, read = await chats.tap(ANNA, story, "Full story"), ""
    while True:
        assert units(story["text"]) <= TEXT_LIMIT
        read += story["text"].partition("\n\n")[2].rpartition("\n\n")[0]
        after = [label for label in labels(story) if label.endswith(" ›")]
        if not after:
            break
        story = await chats.tap(ANNA, story, *after)
    assert "".join(read.split()) == "".join(body.split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Please help: {HOSTILE}", f"Please help: {HOSTILE}"),
        ("“Please help us.”", "Please help us."),
        ("Please help us " + "now " * 15_000, "Please help us now"),
    ],
)
async def test_a_hostile_plea_is_quoted_as_it_is(
    chats: Chats, services: Services, text: str, shown: str
) -> None:
    """A plea stands in a quotation with its speaker: unchanged, or shortened if it is very long."""
    plea = Plea(text=text, speaker="O'Neil & <Sons>", rule="test")
    added = await services.stories.add(analysis("Help", plea=plea), actor="test")
    await services.review.publish(added.story.id, actor="test", push=False)
    story = await chats.ask(ANNA, "/summary")
    quotation = next(one for one in story["entities"] if one["type"] == "blockquote")
    encoded = story["text"].encode("utf-16-le")
    start, end = quotation["offset"] * 2, (quotation["offset"] + quotation["length"]) * 2
    quoted = encoded[start:end].decode("utf-16-le")
    assert quoted.startswith(f"“{shown}")
    assert quoted.endswith("\n— O'Neil & <Sons>")
    assert units(story["text"]) <= TEXT_LIMIT


async def test_a_summary_that_is_far_too_long(chats: Chats, services: Services) -> None:
    """A Summary of one endless sentence is shortened, and its plea stays whole."""
    endless = analysis("Long", "word " * 12_000 + ".", plea=None)
    for length in endless.summaries:
        endless.summaries[length] = endless.article.body
    added = await services.stories.add(endless, actor="test")
    await services.review.publish(added.story.id, actor="test", push=False)
    story = await chats.ask(ANNA, "/summary")
    assert TEXT_LIMIT - 100 < units(story["text"]) <= TEXT_LIMIT
    assert story["text"].endswith("word…")


async def test_drafts_are_not_there_for_readers(chats: Chats, services: Services) -> None:
    """A draft is neither listed nor found by number, by words or by a made-up button."""
    await published(services, "The bridge holds")
    draft = (await services.stories.add(analysis("The secret bridge"), actor="test")).story.id
    listing = await chats.ask(ANNA, "/latest")
    assert "secret" not in listing["text"]
    assert (await chats.ask(ANNA, f"/summary {draft}"))["text"].startswith("There is no story 2")
    assert (await chats.ask(ANNA, "/summary secret"))["text"].startswith("No results for: ")
    word = await chats.toast_of(ANNA, listing, f"story:{draft}:long:0:1:")
    assert word.startswith("There is no story 2.")


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("gone", ["withdrawn", "deleted"])
async def test_old_buttons_of_a_removed_story(
    chats: Chats, app: App, person: int, language: str, gone: str
) -> None:
    """The buttons of an old message say that the story is gone or was withdrawn."""
    story_id = await published(app.services)
    message = await chats.ask(person, "/summary")
    async with app.database.transaction() as session:
        if gone == "deleted":
            await session.delete(await get_story(app.database, story_id))
        else:
            await stories.move(
                session,
                story_id,
                come_from=[StoryState.PUBLISHED],
                to=StoryState.WITHDRAWN,
                released_at=None,
            )
    say = in_language(language).say
    word = await chats.toast(person, message, say("+ Longer"))
    if gone == "withdrawn":
        assert word == say("This story was withdrawn.")
    else:
        assert word == say("There is no story {number}. See the latest stories: /latest", number=story_id)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_buttons_of_an_older_version(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """An outdated button gets a sentence that leads on, and changes nothing."""
    await published(services)
    message = await chats.ask(person, "/summary")
    sentence = "This button is out of date. Open the story again: /latest"
    for rest in ("", "1", "1:huge:0:0:", "1:long:0:0:0:0", "x:long:0:0:", "1:long:0:2:"):
        assert await chats.toast_of(person, message, f"story:{rest}") == in_language(language).say(sentence)


async def test_made_up_buttons(chats: Chats, services: Services) -> None:
    """Made-up callback data is answered too: no button spins for ever."""
    await published(services)
    message = await chats.ask(ANNA, "/summary")
    for data in ("nonsense", "latest:", "latest:-1", "latest:1234567", "donate:1", "start!"):
        word = await chats.toast_of(ANNA, message, data)
        assert word.startswith("This button no longer works.")


async def test_numbers_past_what_a_database_holds(
    chats: Chats, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """A made-up button with a number beyond every story is answered like an unknown story."""
    await published(services)
    message = await chats.ask(ANNA, "/summary")
    word = await chats.toast_of(ANNA, message, "story:999999999:long:0:0:")
    assert word.startswith("There is no story 999999999.")
    word = await chats.toast_of(ANNA, message, f"story:{'9' * 30}:long:0:0:")
    assert word.startswith("This button is out of date.")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_button_of_a_message_that_can_no_longer_be_edited(chats: Chats, services: Services) -> None:
    """A tap on a deleted or very old message is answered by a new message."""
    await published(services)
    message = await chats.ask(ANNA, "/summary")
    longer = data_of(message, "+ Longer")
    chats.world.remove(ANNA, [message["message_id"]])
    [again] = await chats.press_old(ANNA, message, longer)
    assert "Five sentences." in again["text"]
    inaccessible = {"chat": message["chat"], "message_id": message["message_id"], "date": 0}
    [again] = await chats.press_old(ANNA, inaccessible, longer)
    assert "Five sentences." in again["text"]


async def test_a_button_pressed_twice_at_once(
    chats: Chats, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Two taps on one button at once are both answered, and the message shows the story once."""
    await published(services)
    message = await chats.ask(ANNA, "/summary")
    longer = data_of(message, "+ Longer")
    answers = await chats.both(*(chats.world.press_old(ANNA, message, longer) for _ in range(3)))
    await chats.handled()
    assert [answer["text"] for answer in answers] == [None] * 3
    assert "Five sentences." in chats.now(message)["text"]
    assert len(chats.said(ANNA)) == 1
    assert not [record for record in caplog.records if record.levelno >= 30]
