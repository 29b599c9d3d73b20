"""Nothing of a story with a content warning is shown before its warning, wherever the story is drawn."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from storage.models import Story
from storage.stories import stories, threads
from storage.words import ContentWarning, WarnedStories
from tests.chats import ANNA, NEIGHBOURS, READERS, Chats, labels, links, says
from tests.factories import MovableClock, get_subscriber, published

HEADLINE = "A miner writes his last letter"
SECRETS = ("miner", "letter", "sentence", "lindenau")  # of the headline, the summaries, the plea


@pytest.fixture
async def warned(app: App) -> int:
    """A published story with a warning, a plea, an appeal and a Thread that has its headline as the title."""
    services = app.services
    story_id = await published(services, HEADLINE)
    appeal = await services.appeals.propose(
        organisation="Lindenau Circle", url="https://lindenau.example/help", story_id=story_id, actor="test"
    )
    await services.appeals.verify(appeal.id, actor="test")
    await services.editing.begin_thread(story_id, version=None, actor="test")
    async with app.database.transaction() as session:
        plea = {"plea": "Do not forget Lindenau!", "plea_speaker": "A miner"}
        await session.execute(update(Story).where(Story.id == story_id).values(**plea))
    kinds = [ContentWarning.DEATH, ContentWarning.VIOLENCE]
    await services.editing.set_warnings(story_id, kinds, version=None, actor="test")
    return story_id


def _warning(language: str) -> str:
    texts = in_language(language)
    return texts.say(
        "⚠ In this story: {warnings}", warnings=texts.listed([texts.say("violence"), texts.say("death")])
    )


def _leaks(message: Any) -> list[str]:
    """The secrets in any part of a message: text, buttons, links."""
    whole = orjson.dumps(message).decode().casefold()
    return [secret for secret in SECRETS if secret in whole]


async def _summary(chats: Chats, person: int, story: int) -> Message:
    return await chats.ask(person, f"/summary {story}")


async def _newest(chats: Chats, person: int, _story: int) -> Message:
    return await chats.ask(person, "/summary")


async def _latest(chats: Chats, person: int, _story: int) -> Message:
    return await chats.ask(person, "/latest")


async def _by_link(chats: Chats, person: int, story: int) -> Message:
    return (await chats.say(person, f"/start story_{story}"))[0]


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("ask", [_summary, _newest, _latest, _by_link])
async def test_only_the_warning_is_shown_first(
    chats: Chats,
    warned: int,
    person: int,
    language: str,
    ask: Callable[[Chats, int, int], Awaitable[Message]],
) -> None:
    """By number, as the newest, in /latest and by a link, the warning is there and no word of the story."""
    message = await ask(chats, person, warned)
    assert _warning(language) in message["text"]
    assert _leaks(message) == []


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_tap_opens_it_and_it_stays_open(
    chats: Chats, warned: int, person: int, language: str
) -> None:
    """“Show the story” shows it below the warning; its other buttons ask for no second tap."""
    say = in_language(language).say
    cover = await _summary(chats, person, warned)
    assert cover["text"].startswith(_warning(language))
    story = await chats.tap(person, cover, say("Show the story"))
    assert story["text"].startswith(f"{_warning(language)}\n\n{HEADLINE}\n")
    for label in ("+ Longer", "How to help", "Follow this story", "Full story", "‹ Summary"):
        story = await chats.tap(person, story, say(label))
        assert story["text"].startswith(f"{_warning(language)}\n\n{HEADLINE}\n")


async def test_a_number_in_a_list_opens_it(chats: Chats, warned: int) -> None:
    """The button in /latest, with number and warning, opens the story; the way back shows the list."""
    listing = await chats.ask(ANNA, "/latest")
    story = await chats.tap(ANNA, listing, f"{warned} · ⚠ violence and death")
    assert HEADLINE in story["text"]
    back = await chats.tap(ANNA, story, "‹ Latest stories")
    assert _leaks(back) == []


async def test_words_and_letters_tell_nothing(chats: Chats, warned: int) -> None:
    """What typed words find, and the offer to send them as a letter about the story, name the warning."""
    found = await chats.ask(ANNA, "writes")
    assert labels(found)[0] == f"{warned} · ⚠ violence and death"
    assert _leaks(found) == []
    asked = await chats.reply(ANNA, await _summary(chats, ANNA, warned), "Is that so?")
    assert (
        "If you send this to the editors, they will see which story it may be about: “⚠ violence and death”."
    ) in says(asked)
    assert _leaks(asked) == []


async def test_a_withdrawal_does_not_say_why(chats: Chats, app: App, warned: int) -> None:
    """Who opens a withdrawn story that had a warning reads no reason, which may tell what it told."""
    await app.services.corrections.withdraw(warned, reason="No miner died in Lindenau.", actor="test")
    assert (await _summary(chats, ANNA, warned))["text"] == "This story was withdrawn."


async def test_a_correction_is_behind_the_cover(chats: Chats, app: App, warned: int) -> None:
    """What was wrong in a story stands in it, and neither on its cover nor in a list."""
    async with app.database.transaction() as session:
        await stories.change(session, warned, notice="The miner lived in Lindenau.")
    assert _leaks(await chats.ask(ANNA, "/latest")) == []
    cover = await _summary(chats, ANNA, warned)
    assert _leaks(cover) == []
    opened = await chats.tap(ANNA, cover, "Show the story")
    assert "Corrected: The miner lived in Lindenau." in opened["text"]


async def test_in_a_group_a_tap_opens_ones_own_chat(chats: Chats, app: App, warned: int) -> None:
    """“Show the story” in a group opens the person's own chat, where the warning comes as they chose."""
    await chats.ask(ANNA, "/start")
    cover = await chats.ask(ANNA, f"/summary {warned}", chat=NEIGHBOURS)
    assert _leaks({"text": cover["text"], "labels": labels(cover)}) == []
    answer = await chats.world.tap(ANNA, cover, "Show the story")
    await chats.handled()
    assert answer["url"].endswith(f"?start=story_{warned}")
    assert chats.now(cover)["text"] == cover["text"]
    [own] = await chats.say(ANNA, f"/start story_{warned}")
    assert own["text"].startswith(_warning("en"))


async def test_sharing_tells_nothing(chats: Chats, warned: int) -> None:
    """/share, the Share button and the page that Telegram opens name the warning in place of the headline."""
    cover = await _summary(chats, ANNA, warned)
    story = await chats.tap(ANNA, cover, "Show the story")
    for message in (await chats.tap(ANNA, story, "Share"), await chats.ask(ANNA, f"/share {warned}")):
        assert (
            _leaks({"links": links(message), "text": message.get("text"), "is": message.get("caption")}) == []
        )


async def test_inline_results_and_cards_tell_nothing(chats: Chats, app: App, warned: int) -> None:
    """A card for another chat has only the warning and a link, also from who wants to see such stories."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_warned_stories(ANNA, WarnedStories.SHOW)
    answer = await chats.world.inline_query(ANNA, "miner")
    assert answer["results"][0]["title"] == _warning("en")
    assert _leaks(answer["results"]) == []
    sent = chats.world.choose(ANNA, NEIGHBOURS, f"story_{warned}")
    assert _leaks({"text": sent["text"], "labels": labels(sent)}) == []


async def test_lists_of_threads_tell_nothing(
    chats: Chats, app: App, clock: MovableClock, warned: int
) -> None:
    """The stories of a Thread, what a chat follows and /search show neither headline nor title."""
    async with app.database.transaction() as session:
        thread_id = (await stories.get(session, warned)).thread_id  # type: ignore[union-attr]  # it is there
        clock.advance(minutes=1)
    later = await published(app.services, "A bridge holds")
    async with app.database.transaction() as session:
        await stories.change(session, later, thread_id=thread_id)
    await chats.ask(ANNA, "/start")
    anna = await get_subscriber(app.database, ANNA)
    async with app.database.transaction() as session:
        assert thread_id is not None
        await threads.follow(session, subscriber_id=anna.id, thread_id=thread_id)
    bridge = await chats.ask(ANNA, f"/summary {later}")
    assert _leaks({"text": (await chats.tap(ANNA, bridge, "What happened before"))["text"]}) == []
    what = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Content")
    followed = await chats.tap(ANNA, what, "Stories you follow")
    assert labels(followed)[0] == "✕ A running story"
    found = await chats.ask(ANNA, "/search lindenau writes")
    assert "⚠" in found["text"] or "No results for: " in found["text"]
    found = await chats.ask(ANNA, "/search writes")
    assert _warning("en") in found["text"]
    assert HEADLINE not in found["text"]


async def test_a_translation_has_the_warning_of_its_original(chats: Chats, app: App, warned: int) -> None:
    """A story that translates a warned one is covered, though nobody gave it a warning."""
    added = await published(app.services, "Übersetzung vom miner")
    async with app.database.transaction() as session:
        await stories.change(session, added, translation_of=warned, language="de")
    cover = await _summary(chats, ANNA, warned)
    story = await chats.tap(ANNA, cover, "Show the story")
    assert HEADLINE in story["text"]
    async with app.database.transaction() as session:
        await stories.change(session, added, language="uk")
    message = await chats.ask(READERS[1][0], f"/summary {warned}")
    assert message["text"].startswith(_warning("uk"))
    assert _leaks(message) == []


async def test_who_wants_it_sees_the_story_at_once(chats: Chats, app: App, warned: int) -> None:
    """With “show”, the story comes at once, and the warning is its first line, in lists too."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_warned_stories(ANNA, WarnedStories.SHOW)
    story = await _summary(chats, ANNA, warned)
    assert story["text"].startswith(f"{_warning('en')}\n\n{HEADLINE}\n")
    listing = await chats.ask(ANNA, "/latest")
    assert listing["text"].index(_warning("en")) < listing["text"].index(HEADLINE)
    assert labels(listing)[0].startswith(f"{warned} · ⚠ violence and death")


async def test_by_day_only_covers_it_at_night(
    chats: Chats, app: App, clock: MovableClock, warned: int
) -> None:
    """Who wants it by day and asks for it: at noon it is shown, in the evening its warning comes first."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_warned_stories(ANNA, WarnedStories.BY_DAY)
    await app.services.preferences.set_zone(ANNA, "UTC")
    clock.now = clock.now.replace(hour=12)
    assert HEADLINE in (await _summary(chats, ANNA, warned))["text"]
    clock.now = clock.now.replace(hour=20)
    assert _leaks(await _summary(chats, ANNA, warned)) == []
