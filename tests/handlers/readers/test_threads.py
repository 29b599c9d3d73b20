"""Threads and Translations in the chat: follow, list what happened before and next, change the language."""

from typing import Any

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from storage.stories import stories, threads
from storage.subscribers import subscribers
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, TOM, Chats, data_of, labels, numbered, says
from tests.factories import NOON, MovableClock, get_subscriber, published

FOLLOW, FOLLOWING = "Follow this story", "Stop following"
BEFORE, NEXT = "What happened before", "What happened next"


@pytest.fixture
async def thread(app: App) -> int:
    """Add a Thread without Stories."""
    async with app.database.transaction() as session:
        return await threads.make(session, title="The bridge", now=NOON)


async def _tell(app: App, clock: MovableClock, headline: str, **values: Any) -> int:
    """Publish a Story of the Thread, a minute after the one before."""
    clock.advance(minutes=1)
    story = await published(app.services, headline)
    async with app.database.transaction() as session:
        await stories.change(session, story, **values)
    return story


async def _translate(app: App, clock: MovableClock, original: int, headline: str, language: str) -> int:
    return await _tell(app, clock, headline, translation_of=original, language=language)


async def _followed(app: App, chat_id: int) -> list[str]:
    """Return the titles of the Threads that this chat follows."""
    subscriber = await get_subscriber(app.database, chat_id)
    return [one.title for one in await app.services.threads.followed(subscriber)]


async def _push(app: App, chats: Chats, clock: MovableClock, story: int, person: int) -> Message:
    """Push a story, and return the message that the person got."""
    before = len(chats.said(person))
    await app.services.broadcasts.schedule(story, actor="test")
    clock.advance(seconds=2)  # the timetable looks for what is due once a second
    await chats.world.until(lambda: len(chats.said(person)) > before)
    return chats.said(person)[-1]


@pytest.mark.parametrize("reader", READERS)
async def test_one_tap_follows_and_one_stops(
    chats: Chats, app: App, clock: MovableClock, thread: int, reader: tuple[int, str]
) -> None:
    """A tap on Follow changes only the button; the Thread then stands among the preferences."""
    person, language = reader
    say = in_language(language).say
    await _tell(app, clock, "The bridge holds", thread_id=thread)
    await chats.ask(person, "/start")
    story = await chats.ask(person, "/summary")
    followed = await chats.tap(person, story, say(FOLLOW))
    assert followed["text"] == story["text"]
    assert say(FOLLOWING) in labels(followed)
    what = await chats.tap(person, await chats.ask(person, "/preferences"), say("Content"))
    assert in_language(language).count("You follow {number} running story.", "", 1) in says(what)
    listing = await chats.tap(person, what, say("Stories you follow"))
    assert "✕ The bridge" in labels(listing)
    assert say(FOLLOW) in labels(await chats.tap(person, followed, say(FOLLOWING)))
    listing = await chats.tap(person, listing, say("‹ Back"))
    assert in_language(language).count("You follow {number} running story.", "", 1) not in says(listing)


async def test_following_is_stopped_from_the_list(
    chats: Chats, app: App, clock: MovableClock, thread: int
) -> None:
    """A tap on a title in the list stops following it; a second tap on an old list does no harm."""
    await _tell(app, clock, "The bridge holds", thread_id=thread)
    await chats.tap(ANNA, await chats.ask(ANNA, "/summary"), FOLLOW)
    what = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Content")
    listing = await chats.tap(ANNA, what, "Stories you follow")
    data = data_of(listing, "✕ The bridge")
    nothing = await chats.tap(ANNA, listing, "✕ The bridge")
    assert says(nothing) == ["You do not follow any stories yet. To follow one, open it: /latest"]
    assert await chats.press_old(ANNA, nothing, data) == []
    assert says(await chats.tap(ANNA, nothing, "‹ Back"))[0] == "Content"


async def test_a_pushed_button_never_ends_what_is_followed(
    chats: Chats, app: App, clock: MovableClock, thread: int
) -> None:
    """A reader who follows already and taps Follow under a push goes on following."""
    await chats.ask(ANNA, "/start")
    first = await _tell(app, clock, "First", thread_id=thread)
    pushed = await _push(app, chats, clock, first, ANNA)
    assert BEFORE not in labels(pushed)
    await chats.tap(ANNA, pushed, FOLLOW)
    pushed = await _push(app, chats, clock, await _tell(app, clock, "Second", thread_id=thread), ANNA)
    assert [FOLLOW in labels(pushed), BEFORE in labels(pushed)] == [True, True]
    assert FOLLOWING in labels(await chats.tap(ANNA, pushed, FOLLOW))
    assert len(await _followed(app, ANNA)) == 1


async def test_a_follower_is_pushed_the_next_story_outside_their_topics(
    chats: Chats, app: App, clock: MovableClock, thread: int
) -> None:
    """A follower without topics gets the next story of the Thread, which other readers do not."""
    first = await _tell(app, clock, "First", thread_id=thread)
    for person in (TOM, ANNA):
        await chats.ask(person, "/start")
        async with app.database.transaction() as session:
            await subscribers.change(session, person, all_topics=False)
    await chats.tap(TOM, await chats.ask(TOM, f"/summary {first}"), FOLLOW)
    await _push(app, chats, clock, await _tell(app, clock, "Second", thread_id=thread), TOM)
    assert says(chats.said(TOM)[-1])[0] == "Second"
    assert "Second" not in str(chats.said(ANNA))


async def test_following_without_pushes_says_that_nothing_comes(
    chats: Chats, app: App, clock: MovableClock, thread: int
) -> None:
    """A reader whose pushes are stopped learns, on following, that nothing comes."""
    await _tell(app, clock, "First", thread_id=thread)
    story = await chats.tap(ANNA, await chats.ask(ANNA, "/summary"), FOLLOW)
    assert says(story)[-1] == "New stories are turned off. To turn them on: /subscribe"
    await chats.ask(ANNA, "/subscribe")
    assert "/subscribe" not in (await chats.ask(ANNA, "/summary"))["text"]


async def test_what_happened_before_and_next(
    chats: Chats, app: App, clock: MovableClock, thread: int
) -> None:
    """A Thread's stories are listed newest first, a page at a time; each opens, and leads back."""
    ids = [await _tell(app, clock, f"Part {number}", thread_id=thread) for number in range(1, 8)]
    await _tell(app, clock, "Something else")
    last = await chats.ask(ANNA, f"/summary {ids[-1]}")
    assert BEFORE in labels(last)
    listing = await chats.tap(ANNA, last, BEFORE)
    assert listing["text"].startswith("The bridge\n")
    assert numbered(listing) == ["7", "6", "5", "4", "3", "2\u00a0of\u00a02 ›", "‹ Back"]
    listing = await chats.tap(ANNA, listing, "2\u00a0of\u00a02 ›")
    assert numbered(listing) == ["2", "1", "‹ 1\u00a0of\u00a02", "‹ Back"]
    assert (await chats.tap(ANNA, listing, "‹ Back"))["text"] == last["text"]
    first = await chats.ask(ANNA, f"/summary {ids[0]}")
    listing = await chats.tap(ANNA, first, NEXT)
    assert says(await chats.tap(ANNA, listing, "7"))[0] == "Part 7"


async def test_in_a_group_only_admins_follow(
    chats: Chats, app: App, clock: MovableClock, thread: int
) -> None:
    """A member's tap on Follow opens their own chat and changes nothing; an admin's follows for the group."""
    await _tell(app, clock, "First", thread_id=thread)
    story = await chats.ask(ANNA, "/summary", chat=NEIGHBOURS)
    answer = await chats.world.tap(ANNA, story, FOLLOW)
    await chats.handled()
    assert answer["url"].endswith("?start=story_1")
    assert (await _followed(app, NEIGHBOURS), chats.now(story)) == ([], story)
    await chats.tap(OLENA, story, FOLLOW)
    assert await _followed(app, NEIGHBOURS) == ["The bridge"]
    await chats.ask(OLENA, "/help")
    assert await _followed(app, OLENA) == []


async def test_buttons_of_a_removed_thread(chats: Chats, app: App, clock: MovableClock, thread: int) -> None:
    """An old or made-up button of a Thread that is gone gets one sentence."""
    number = await _tell(app, clock, "First", thread_id=thread)
    story = await chats.ask(ANNA, "/summary")
    data = data_of(story, FOLLOW)
    async with app.database.transaction() as session:
        await stories.change(session, number, thread_id=None)
    gone = "This story is no longer part of a running story. See the latest stories: /latest"
    old = "This button is out of date. Open the story again: /latest"
    assert await chats.toast_of(ANNA, story, data) == gone
    assert await chats.toast_of(ANNA, story, data.replace("follow:1", "thread:0")) == gone
    for made_up in ("follow:", "follow:1:story:x", "thread:999999999:story:1:short:0:0:", "follow:1:story:1"):
        assert await chats.toast_of(ANNA, story, made_up) == old


async def test_readers_see_their_language(chats: Chats, app: App, clock: MovableClock) -> None:
    """Readers see the Translation in their language or the original; one tap leads to the other."""
    original = await _tell(app, clock, "The bridge holds")
    ukrainian = await _translate(app, clock, original, "Міст стоїть", "uk")
    say = in_language("uk").say
    assert numbered(await chats.ask(ANNA, "/latest")) == [str(original)]
    assert numbered(await chats.ask(OLENA, "/latest")) == [str(ukrainian)]
    for asked in ("/summary", f"/summary {original}", f"/summary {ukrainian}"):
        assert says(await chats.ask(ANNA, asked))[0] == "The bridge holds"
        assert says(await chats.ask(OLENA, asked))[0] == "Міст стоїть"
    translated = await chats.ask(OLENA, "/summary")
    shown = await chats.tap(OLENA, translated, say("Show the original"))
    assert says(shown)[0] == "The bridge holds"
    assert say("This story is in {language}.", language="англійська") in says(shown)
    longer = await chats.tap(OLENA, shown, say("+ Longer"))
    assert says(longer)[0] == "The bridge holds"
    back = await chats.tap(OLENA, longer, say("Show the translation"))
    assert says(back)[0] == "Міст стоїть"
    assert "Show the original" not in labels(await chats.ask(ANNA, "/summary"))


async def test_without_a_translation_the_original_says_its_language(
    chats: Chats, app: App, clock: MovableClock
) -> None:
    """A note in the reader's language names the language of a foreign story, unless they chose it."""
    await _tell(app, clock, "Міст стоїть", language="uk")
    assert "This story is in Ukrainian." in says(await chats.ask(ANNA, "/summary"))
    await app.services.preferences.set_story_languages(ANNA, {"en", "uk"})
    assert "This story is in" not in (await chats.ask(ANNA, "/summary"))["text"]
    assert "українська" not in (await chats.ask(OLENA, "/summary"))["text"]


async def test_a_translation_has_the_help_button_of_its_original(
    chats: Chats, app: App, clock: MovableClock
) -> None:
    """A Translation has the help button of its original."""
    original = await _tell(app, clock, "The bridge holds")
    appeal = await app.services.appeals.propose(
        organisation="Bridge Fund", url="https://example.org/help", story_id=original, actor="test"
    )
    await app.services.appeals.verify(appeal.id, actor="test")
    await _translate(app, clock, original, "Міст стоїть", "uk")
    help_button = in_language("uk").say("How to help")
    assert help_button in labels(await chats.ask(OLENA, "/summary"))
