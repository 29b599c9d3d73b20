"""Pushes follow each reader's Preferences: held until when, with an Appeal or not, with a sound or not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.broadcasts import Broadcasts
from bot.delivery.outcome import Outcome
from bot.editors.rights import Rights
from storage.database import Database
from storage.subscribers import subscribers
from storage.words import AppealRhythm, DeliveryState, Rhythm, StoryState, SubscriberState
from tests.factories import MovableClock, add_story, add_subscribers, get_subscriber
from tests.fakes import DeliveryWorld, FakeTelegram

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class ListeningTelegram(FakeTelegram):
    """A Telegram that records which chats got a message without a sound."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: set[int] = set()

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        if orjson.loads(body).get("disable_notification"):
            self.silent.add(chat_id)
        return await super().send(chat_id, body)


@pytest.fixture
def world(database: Database, clock: MovableClock) -> DeliveryWorld:
    world = DeliveryWorld(database, clock)
    world.telegram = ListeningTelegram()
    return world


async def due_at(world: DeliveryWorld, chat: int) -> datetime | None:
    return (await get_subscriber(world.database, chat)).due_at


async def all_due_at(world: DeliveryWorld, chats: Sequence[int]) -> set[datetime | None]:
    return {await due_at(world, chat) for chat in chats}


async def test_a_push_at_night_is_held_for_readers_with_quiet_hours(world: DeliveryWorld) -> None:
    """It is held until their morning, with a receipt, and counted; others get it at once."""
    world.clock.now = NIGHT
    awake = await add_subscribers(world.database, 7, quiet_from=None, quiet_until=None)
    asleep = await add_subscribers(world.database, 30)
    kyiv = await add_subscribers(world.database, 1, language="uk")
    world.chats = [*awake, *asleep, *kyiv]
    await world.broadcast(size=10)
    await world.finish(world.worker("one"), world.worker("two"))
    assert sorted(world.telegram.chats) == sorted(awake)
    receipts = await world.receipts()
    assert {receipts[chat].state for chat in asleep} == {DeliveryState.HELD}
    assert await all_due_at(world, asleep) == {MORNING}
    assert await all_due_at(world, kyiv) == {MORNING - timedelta(hours=2)}
    assert await all_due_at(world, awake) == {None}
    progress = await world.progress()
    assert (progress.sent, progress.held, progress.failed) == (7, 31, 0)


async def test_a_second_push_at_night_changes_no_due_time(world: DeliveryWorld) -> None:
    """What is held already is gathered when it was to be, with the second push."""
    world.clock.now = NIGHT
    world.chats = await add_subscribers(world.database, 3)
    for _ in range(2):
        await world.broadcast()
        await world.finish(world.worker())
    assert await all_due_at(world, world.chats) == {MORNING}
    assert world.telegram.chats == []


async def test_a_push_is_held_until_the_digest_or_the_end_of_a_day_off(world: DeliveryWorld) -> None:
    """An earlier instant at which the reader is due stays."""
    (daily,) = await add_subscribers(world.database, 1, rhythm=Rhythm.DAILY, hour=18)
    (away,) = await add_subscribers(world.database, 1, away_until=NIGHT + timedelta(days=3))
    (known,) = await add_subscribers(
        world.database, 1, rhythm=Rhythm.WEEKLY, weekday=2, due_at=NIGHT - timedelta(hours=2)
    )
    await world.broadcast()
    await world.finish(world.worker())
    assert world.telegram.got == []
    assert await due_at(world, daily) == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert await due_at(world, away) == MORNING + timedelta(days=3)
    assert await due_at(world, known) == NIGHT - timedelta(hours=2)


async def test_urgent_passes_quiet_hours_only_where_that_is_allowed(world: DeliveryWorld) -> None:
    """An urgent push passes quiet hours and the Digest where allowed, but no rest day and no day off."""
    world.clock.now = NIGHT
    (allows,) = await add_subscribers(world.database, 1, allows_urgent=True)
    (daily,) = await add_subscribers(world.database, 1, allows_urgent=True, rhythm=Rhythm.DAILY)
    await add_subscribers(world.database, 1)
    await add_subscribers(world.database, 1, allows_urgent=True, away_until=MORNING)
    await add_subscribers(world.database, 1, allows_urgent=True, rest_days=0b1000000)
    await world.broadcast(urgent=True)
    await world.finish(world.worker())
    assert sorted(world.telegram.chats) == sorted([allows, daily])


async def test_quiet_hours_that_begin_while_a_message_waits_count(world: DeliveryWorld) -> None:
    """A message that was read in time is held if quiet hours begin before its send."""
    world.clock.now = NIGHT.replace(hour=21, minute=59)
    await world.open(20)

    async def night_falls() -> None:
        world.clock.now = NIGHT

    world.at_send(4, night_falls)
    await world.finish(world.worker(window=1))
    assert len(world.telegram.chats) == 4
    assert (await world.progress()).held == 16


async def test_an_appeal_comes_as_often_as_allowed(world: DeliveryWorld) -> None:
    """With every Story, once a week, once a month or never, as the reader chose."""
    kinds = {}
    for rhythm in AppealRhythm:
        (kinds[rhythm],) = await add_subscribers(world.database, 1, appeal_rhythm=rhythm)
    got: dict[AppealRhythm, str] = dict.fromkeys(AppealRhythm, "")
    for days in (0, 0, 6, 1, 23):
        world.clock.advance(days=days)
        world.telegram.got.clear()
        await world.broadcast(appeal=True)
        await world.finish(world.worker())
        sent = dict(world.telegram.got)
        for rhythm, chat in kinds.items():
            got[rhythm] += "+" if sent[chat].endswith("appeal") else "-"
    assert got == {
        AppealRhythm.EVERY_STORY: "+++++",
        AppealRhythm.WEEKLY: "+--++",
        AppealRhythm.MONTHLY: "+---+",
        AppealRhythm.ON_REQUEST: "-----",
    }
    assert (await get_subscriber(world.database, kinds[AppealRhythm.WEEKLY])).appealed_at == world.clock.now
    world.chats = list(kinds.values())
    receipts = await world.receipts()
    assert [receipts[chat].appeal for chat in world.chats] == [True, True, True, False]


async def test_who_helped_gets_no_appeal_before_their_time_is_over(world: DeliveryWorld) -> None:
    """Not even a reader who wants one with every story; afterwards they come as before."""
    until, often = world.clock.now + timedelta(days=30), AppealRhythm.EVERY_STORY
    (helped,) = await add_subscribers(world.database, 1, appeal_rhythm=often, helped_until=until)
    (other,) = await add_subscribers(world.database, 1, appeal_rhythm=often)
    for moment, expected in ((world.clock.now, False), (until - timedelta(days=1), False), (until, True)):
        world.clock.now = moment
        world.telegram.got.clear()
        await world.broadcast(appeal=True)
        await world.finish(world.worker())
        sent = dict(world.telegram.got)
        assert (sent[helped].endswith("appeal"), sent[other].endswith("appeal")) == (expected, True)


async def test_two_broadcasts_at_once_bring_one_appeal(world: DeliveryWorld) -> None:
    """Of three Broadcasts at once, a weekly reader gets the Appeal with one only."""
    await world.open(40)
    await world.broadcast(appeal=True)
    await world.broadcast(appeal=True)
    workers = [world.worker(name) for name in ("one", "two", "three")]

    async def all_have_it() -> bool:
        return len(world.telegram.got) == 120

    async with world.at_work(*workers):
        await workers[0].until(all_have_it)
    appeals = [chat for chat, text in world.telegram.got if text.endswith("appeal")]
    assert sorted(appeals) == sorted(world.chats)


async def test_a_story_without_an_appeal_does_not_count(world: DeliveryWorld) -> None:
    """No time of an Appeal is stored."""
    await world.open(2)
    await world.finish(world.worker())
    assert {(await get_subscriber(world.database, chat)).appealed_at for chat in world.chats} == {None}


async def test_a_reader_who_wants_no_sound_gets_none(world: DeliveryWorld) -> None:
    """Only their message is sent without a sound."""
    (silent,) = await add_subscribers(world.database, 1, silent=True)
    await world.open(3)
    await world.finish(world.worker())
    assert isinstance(world.telegram, ListeningTelegram)
    assert world.telegram.silent == {silent}


async def test_a_held_push_is_done(world: DeliveryWorld) -> None:
    """A held push has a receipt, so that no worker sends it later."""
    world.clock.now = NIGHT
    await world.open(4)
    await world.finish(world.worker())
    world.clock.now = MORNING
    assert world.telegram.got == []
    assert (await world.progress()).held == 4
    assert await world.attempts() == [1]


async def test_nothing_is_held_for_a_reader_who_left(world: DeliveryWorld) -> None:
    """Only active Subscribers are in the Audience, by day and by night."""
    world.clock.now = NIGHT
    await world.open(3)
    async with world.database.transaction() as session:
        await subscribers.change(session, world.chats[0], state=SubscriberState.STOPPED)
    await world.finish(world.worker())
    assert (await world.progress()).held == 2


async def test_readers_get_the_story_in_a_language_that_they_read(world: DeliveryWorld) -> None:
    """It comes in their own language or another that they chose; else they are not in the Audience."""
    readers = {}
    for language, chosen in (("en", ""), ("uk", ""), ("pl", ""), ("en", "uk"), ("uk", "en pl"), ("en", "fr")):
        values = {"language": language, "story_languages": chosen}
        (readers[language, chosen],) = await add_subscribers(world.database, 1, **values)
    async with world.database.transaction() as session:
        original = await add_story(session, headline="The bridge", state=StoryState.PUBLISHED)
        translation = {"language": "uk", "headline": "Міст", "translation_of": original}
        await add_story(session, state=StoryState.PUBLISHED, **translation)
        released = {"state": StoryState.PUBLISHED, "released_at": world.clock() - timedelta(days=29)}
        await add_story(session, language="fr", **released)
    desk = Broadcasts(world.database, world.clock, Agreement(Rights()), world.bodies)
    world.broadcast_id = await desk.schedule(original, actor="test")
    await desk.start_due()
    await world.finish(world.worker())
    got = {reader: dict(world.telegram.got).get(chat) for reader, chat in readers.items()}
    assert got == {
        ("en", ""): "en: The bridge",
        ("uk", ""): "uk: Міст",
        ("pl", ""): "en: The bridge",
        ("en", "uk"): "en: Міст",
        ("uk", "en pl"): "uk: The bridge",
        ("en", "fr"): None,
    }
    assert (await desk.status(world.broadcast_id)).broadcast.expected == 5


@pytest.mark.parametrize("of_late", [False, True])
async def test_readers_whose_language_has_no_stories_get_what_there_is(
    world: DeliveryWorld, of_late: bool
) -> None:
    """A newsroom that published nothing in French for 30 days sends its readers of French the others."""
    (reader,) = await add_subscribers(world.database, 1, language="fr", story_languages="fr")
    (other,) = await add_subscribers(world.database, 1, language="fr", story_languages="en fr")
    async with world.database.transaction() as session:
        story = await add_story(session, headline="The bridge", state=StoryState.PUBLISHED)
        released = {
            "state": StoryState.PUBLISHED,
            "released_at": world.clock() - timedelta(days=29 if of_late else 31),
        }
        await add_story(session, language="fr", **released)
        await add_story(session, language="fr", state=StoryState.DRAFT)
    desk = Broadcasts(world.database, world.clock, Agreement(Rights()), world.bodies)
    assert await desk.reach(story) == (1 if of_late else 2)
    world.broadcast_id = await desk.schedule(story, actor="test")
    await desk.start_due()
    await world.finish(world.worker())
    got = dict(world.telegram.got)
    assert got.get(reader) == (None if of_late else "en: The bridge")
    assert got[other] == "en: The bridge"


async def test_a_translation_goes_to_readers_of_its_language(world: DeliveryWorld) -> None:
    """Only readers who chose its language, or have none chosen, get it, and none who had the original."""
    (reads,) = await add_subscribers(world.database, 1, story_languages="uk")
    await add_subscribers(world.database, 1, language="uk", story_languages="en")
    await add_subscribers(world.database, 1, language="uk", zone="UTC", quiet_from=11, quiet_until=13)
    (speaks,) = await add_subscribers(world.database, 1, language="uk")
    desk = Broadcasts(world.database, world.clock, Agreement(Rights()), world.bodies)
    async with world.database.transaction() as session:
        original = await add_story(session, state=StoryState.PUBLISHED)
        await subscribers.change(session, speaks, state=SubscriberState.PAUSED)
        await subscribers.change(session, reads, state=SubscriberState.PAUSED)
    world.broadcast_id = await desk.schedule(original, actor="test")
    await desk.start_due()
    await world.finish(world.worker())
    async with world.database.transaction() as session:
        translation = await add_story(
            session, language="uk", headline="Міст", translation_of=original, state=StoryState.PUBLISHED
        )
        for chat in (speaks, reads):
            await subscribers.change(session, chat, state=SubscriberState.ACTIVE)
    world.telegram.got.clear()
    world.broadcast_id = await desk.schedule(translation, actor="test")
    await desk.start_due()
    await world.finish(world.worker())
    assert sorted(world.telegram.chats) == sorted([reads, speaks])
