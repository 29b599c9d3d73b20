"""Quiet hours, digests, days off and a return, with the sandbox's clock moved under the running bot."""

import asyncio

import pytest

from bot.config import Settings
from bot.i18n import Texts, in_language
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from bot.sandbox.world.history import Message
from storage.words import BroadcastState, ChatKind
from tests.chats import ANNA, OLENA, Chats, labels, numbered, says, to_the_next
from tests.factories import analysis
from tests.running import follow_clock, running
from tests.waiting import PATIENCE, comes_true

READERS = [(ANNA, "en"), (OLENA, "uk")]


async def _publish(app: App, *headlines: str) -> None:
    for headline in headlines:
        added = await app.services.stories.add(analysis(headline), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)


async def _held(app: App, chats: Chats, person: int, number: int) -> None:
    """Wait until so many pushes are held for them; the bot answers meanwhile."""
    subscriber = await app.services.subscribers.meet(person, ChatKind.PRIVATE, None)
    async with asyncio.timeout(PATIENCE):
        while await app.services.digests.waiting(subscriber) < number:
            await chats.ask(person, "/privacy")


async def _finished(app: App) -> None:
    """Wait until no push is under way."""

    async def none_is() -> bool:
        listed = await app.services.broadcasts.listed()
        return all(one.state is BroadcastState.FINISHED for one in listed)

    await comes_true(none_is)


async def _told(chats: Chats, person: int, words: str) -> Message:
    """The message with these words, once it is there."""
    await chats.world.until(lambda: any(words in one.get("text", "") for one in chats.said(person)))
    return next(one for one in reversed(chats.said(person)) if words in one.get("text", ""))


async def _once(chats: Chats, person: int, headlines: list[str]) -> None:
    """Each headline came in exactly one message."""
    for headline in headlines:
        assert sum(headline in one.get("text", "") for one in chats.said(person)) == 1, headline


def _of(language: str) -> Texts:
    return in_language(language)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_at_night_it_waits_for_the_morning(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """Nothing in quiet hours; two stories of the night come in one message in the morning."""
    chats, texts = Chats(telegram.world), _of(language)
    to_the_next(telegram.world, 23)
    async with running(either) as app:
        await chats.ask(person, "/start")
        await _publish(app, "While you slept", "Before you woke")
        await _held(app, chats, person, 2)
        assert not any("While you slept" in one["text"] for one in chats.said(person))
        to_the_next(telegram.world, 9)
        gathered = await _told(chats, person, texts.say("Your new stories:"))
        assert "Before you woke" in gathered["text"]
        await _once(chats, person, ["While you slept", "Before you woke"])


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_digest_every_day(polling: Settings, telegram: Sandbox, person: int, language: str) -> None:
    """Chosen by buttons; what was published meanwhile comes at the hour that was chosen, once."""
    chats, texts = Chats(telegram.world), _of(language)
    async with running(polling) as app:
        await chats.ask(person, "/start")
        shown = await chats.ask(person, "/preferences")
        for label in (texts.say("Timing"), texts.say("How often"), texts.say("Once a day")):
            shown = await chats.tap(person, shown, label)
        assert any(
            line.startswith(texts.say("New stories arrive daily at {hour}.", hour=texts.hour(8)).rstrip("."))
            for line in says(shown)
        )
        await _publish(app, "One of today", "Another of today", "A third of today")
        await _held(app, chats, person, 3)
        to_the_next(telegram.world, 9)
        gathered = await _told(chats, person, texts.say("Your new stories:"))
        assert numbered(gathered)[:3] == ["1", "2", "3"]
        opened = await chats.tap(person, gathered, "1")
        assert "Three sentences." in opened["text"]
        assert texts.say("‹ Back") in labels(opened)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_day_off_and_what_happened_meanwhile(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """Three days without a word, then three lines; all of it is behind a button, seven stories a page."""
    chats, texts = Chats(telegram.world), _of(language)
    headlines = [f"Story number {number} of the week" for number in range(10, 19)]
    async with running(either) as app:
        await chats.ask(person, "/start")
        shown = await chats.tap(person, await chats.ask(person, "/dayoff"), texts.say("3 days"))
        assert shown["text"].startswith(texts.say("Enjoy your break!"))
        await _publish(app, *headlines)
        await _held(app, chats, person, len(headlines))
        to_the_next(telegram.world, 9, days=3)
        back = await _told(chats, person, texts.say("Welcome back!"))
        assert len(says(back)) == 4
        assert labels(back) == [texts.say("Read the latest story"), texts.say("Show everything")]
        first = await chats.tap(person, back, texts.say("Show everything"))
        assert numbered(first)[:7] == [str(number) for number in range(1, 8)]
        more = await chats.tap(person, first, texts.page(2, 2))
        told = first["text"] + more["text"]
        assert all(told.count(headline) == 1 for headline in headlines)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_running_story_of_a_day_off_is_told_as_one(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """Three parts of one thread and another story: the newest part stands for all, and each comes once."""
    chats, texts = Chats(telegram.world), _of(language)
    parts = ["The bridge fell", "The bridge is mended", "The bridge holds"]
    async with running(either) as app:
        await chats.ask(person, "/start")
        await chats.tap(person, await chats.ask(person, "/dayoff"), texts.say("3 days"))
        numbers: list[int] = []
        for headline in (*parts, "The school opens"):
            added = await app.services.stories.add(analysis(headline, language=language), actor="test")
            if headline in parts[1:]:
                await app.services.editing.continue_story(
                    added.story.id, numbers[0], version=None, actor="test"
                )
            await app.services.review.publish(added.story.id, actor="test", push=True)
            numbers.append(added.story.id)
        await _held(app, chats, person, 4)
        to_the_next(telegram.world, 9, days=3)
        back = await _told(chats, person, texts.say("Welcome back!"))
        assert len(says(back)) == 4
        whole = await chats.tap(person, back, texts.say("Show everything"))
        assert numbered(whole) == ["1", "2"]
        earlier = texts.count("… and {number} earlier part", "… and {number} earlier parts", 2)
        assert says(whole)[1:3] == ["The bridge fell", "1 · The bridge holds"]
        assert earlier in says(whole)
        assert "2 · The school opens" in says(whole)
        assert "The bridge is mended" not in whole["text"]
        opened = await chats.tap(person, whole, "1")
        assert says(opened)[0] == "The bridge holds"
        returned = await chats.tap(person, opened, texts.say("‹ Back"))
        assert says(returned)[1:] == says(whole)[1:]


async def test_a_day_off_ends_early(polling: Settings, telegram: Sandbox) -> None:
    """One tap, and what waited comes at once; asking before brings it, and then it does not come again."""
    chats = Chats(telegram.world)
    async with running(polling) as app:
        await chats.ask(ANNA, "/start")
        shown = await chats.tap(ANNA, await chats.ask(ANNA, "/dayoff"), "A week")
        await _publish(app, "Asked for")
        await _held(app, chats, ANNA, 1)
        caught = await chats.ask(ANNA, "/catchup")
        assert "Asked for" in caught["text"]
        await _publish(app, "Came by itself")
        await _held(app, chats, ANNA, 1)
        await chats.tap(ANNA, shown, "End the break")
        back = await _told(chats, ANNA, "Came by itself")
        assert "Asked for" not in back["text"]
        await _once(chats, ANNA, ["Asked for", "Came by itself"])


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_who_blocked_us_returns_months_later(
    polling: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """Preferences are as they were; one short message says what they missed; new stories come as before."""
    chats, texts = Chats(telegram.world), _of(language)
    async with running(polling) as app:
        await chats.ask(person, "/start")
        menu = await chats.tap(person, await chats.ask(person, "/preferences"), texts.say("Content"))
        menu = await chats.tap(person, menu, texts.say("Summary length"))
        menu = await chats.tap(person, menu, texts.count("{number} sentence", "{number} sentences", 5))
        chosen = await chats.tap(person, menu, texts.say("‹ Preferences"))
        telegram.world.block(person, blocked=True)
        await chats.handled()
        await _publish(app, "Nobody heard", "Nor this")
        await _finished(app)
        await app.services.silence.write()  # they were last seen before they were away
        to_the_next(telegram.world, 12, days=60)
        follow_clock(app, telegram.world)
        telegram.world.block(person, blocked=False)
        back = await _told(chats, person, texts.say("In short:"))
        assert len(says(back)) == 4
        everything = await chats.tap(person, back, texts.say("Show everything"))
        assert "Nobody heard" in everything["text"]
        assert "Nor this" in everything["text"]
        said = await chats.ask(person, "/preferences")
        assert said["text"] == chosen["text"]
        assert texts.say("Welcome back!") in (await chats.ask(person, "/start"))["text"]
        await _publish(app, "News again")
        assert "Five sentences." in (await _told(chats, person, "News again"))["text"]
