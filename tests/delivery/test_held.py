"""The worker and the readers' pace: who is held until when, who gets an Appeal, who gets it silently."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bot.broadcasts.broadcasts import Broadcasts
from bot.delivery.outcome import Outcome
from storage.database import Database
from storage.subscribers import subscribers
from storage.words import AppealRhythm, DeliveryState, Rhythm, StoryState, SubscriberState
from tests.delivery.test_worker import Office, Telegram
from tests.factories import MovableClock, add_story, add_subscribers, get_subscriber

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class ListeningTelegram(Telegram):
    """Knows too which messages came without a sound."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: set[int] = set()

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        if orjson.loads(body).get("disable_notification"):
            self.silent.add(chat_id)
        return await super().send(chat_id, body)


@pytest.fixture
def office(database: Database, clock: MovableClock) -> Office:
    office = Office(database, clock)
    office.telegram = ListeningTelegram()
    return office


async def due_at(office: Office, chat: int) -> datetime | None:
    return (await get_subscriber(office.database, chat)).due_at


async def test_at_night_it_is_held_for_whoever_has_quiet_hours(office: Office) -> None:
    """A receipt says so, it is counted, and the Broadcast ends; whoever is awake gets it at once."""
    office.clock.now = NIGHT
    awake = await add_subscribers(office.database, 7, quiet_from=None, quiet_until=None)
    asleep = await add_subscribers(office.database, 30)
    kyiv = await add_subscribers(office.database, 1, language="uk")
    office.chats = [*awake, *asleep, *kyiv]
    await office.broadcast(size=10)
    await office.finish(office.worker("one"), office.worker("two"))
    assert sorted(office.telegram.chats) == sorted(awake)
    receipts = await office.receipts()
    assert {receipts[chat].state for chat in asleep} == {DeliveryState.HELD}
    assert {await due_at(office, chat) for chat in asleep} == {MORNING}
    assert await due_at(office, kyiv[0]) == MORNING - timedelta(hours=2)
    assert {await due_at(office, chat) for chat in awake} == {None}
    progress = await office.progress()
    assert (progress.sent, progress.held, progress.failed) == (7, 31, 0)
    await office.broadcast()
    await office.finish(office.worker())
    assert await due_at(office, asleep[0]) == MORNING
    assert len(office.telegram.chats) == 14


async def test_a_digest_reader_is_held_until_the_digest(office: Office) -> None:
    """And a day off holds whoever is at once else; the earliest instant stays."""
    (daily,) = await add_subscribers(office.database, 1, rhythm=Rhythm.DAILY, hour=18)
    (away,) = await add_subscribers(office.database, 1, away_until=NIGHT + timedelta(days=3))
    (known,) = await add_subscribers(
        office.database, 1, rhythm=Rhythm.WEEKLY, weekday=2, due_at=NIGHT - timedelta(hours=2)
    )
    await office.broadcast()
    await office.finish(office.worker())
    assert office.telegram.got == []
    assert await due_at(office, daily) == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert await due_at(office, away) == MORNING + timedelta(days=3)
    assert await due_at(office, known) == NIGHT - timedelta(hours=2)


async def test_urgent_passes_quiet_hours_only_where_that_is_allowed(office: Office) -> None:
    """And neither a day of rest nor a day off, whoever allows what."""
    office.clock.now = NIGHT
    (allows,) = await add_subscribers(office.database, 1, allows_urgent=True)
    (daily,) = await add_subscribers(office.database, 1, allows_urgent=True, rhythm=Rhythm.DAILY)
    await add_subscribers(office.database, 1)
    await add_subscribers(office.database, 1, allows_urgent=True, away_until=MORNING)
    await add_subscribers(office.database, 1, allows_urgent=True, rest_days=0b1000000)
    await office.broadcast(urgent=True)
    await office.finish(office.worker())
    assert sorted(office.telegram.chats) == sorted([allows, daily])


async def test_quiet_hours_that_begin_while_it_waits_are_kept(office: Office) -> None:
    """Asked again right before the send: it is held, though it was read while there was time."""
    office.clock.now = NIGHT.replace(hour=21, minute=59)
    await office.open(20)

    async def night_falls() -> None:
        office.clock.now = NIGHT

    office.at_send(4, night_falls)
    await office.finish(office.worker(window=1))
    assert len(office.telegram.chats) == 4
    assert (await office.progress()).held == 16


async def test_an_appeal_rides_along_as_often_as_allowed(office: Office) -> None:
    """Once a week, once a month, with every story, never; and it is noted when."""
    kinds = {}
    for rhythm in AppealRhythm:
        (kinds[rhythm],) = await add_subscribers(office.database, 1, appeal_rhythm=rhythm)
    got: dict[AppealRhythm, str] = dict.fromkeys(AppealRhythm, "")
    for days in (0, 0, 6, 1, 23):
        office.clock.advance(days=days)
        office.telegram.got.clear()
        await office.broadcast(appeal=True)
        await office.finish(office.worker())
        sent = dict(office.telegram.got)
        for rhythm, chat in kinds.items():
            got[rhythm] += "+" if sent[chat].endswith("appeal") else "-"
    assert got == {
        AppealRhythm.EVERY_STORY: "+++++",
        AppealRhythm.WEEKLY: "+--++",
        AppealRhythm.MONTHLY: "+---+",
        AppealRhythm.ON_REQUEST: "-----",
    }
    assert (await get_subscriber(office.database, kinds[AppealRhythm.WEEKLY])).appealed_at == office.clock.now
    office.chats = list(kinds.values())
    receipts = await office.receipts()
    assert [receipts[chat].appeal for chat in office.chats] == [True, True, True, False]


async def test_two_broadcasts_at_once_bring_one_appeal(office: Office) -> None:
    """Whichever worker is first; the other sends the story without."""
    await office.open(40)
    await office.broadcast(appeal=True)
    await office.broadcast(appeal=True)
    workers = [office.worker(name) for name in ("one", "two", "three")]

    async def all_have_it() -> bool:
        return len(office.telegram.got) == 120

    async with office.at_work(*workers):
        await workers[0].until(all_have_it)
    appeals = [chat for chat, text in office.telegram.got if text.endswith("appeal")]
    assert sorted(appeals) == sorted(office.chats)


async def test_a_story_without_an_appeal_costs_none(office: Office) -> None:
    """Nothing rode along, so nothing is noted."""
    await office.open(2)
    await office.finish(office.worker())
    assert {(await get_subscriber(office.database, chat)).appealed_at for chat in office.chats} == {None}


async def test_who_wants_no_sound_gets_none(office: Office) -> None:
    """The message says so to Telegram, for them alone."""
    (silent,) = await add_subscribers(office.database, 1, silent=True)
    await office.open(3)
    await office.finish(office.worker())
    assert isinstance(office.telegram, ListeningTelegram)
    assert office.telegram.silent == {silent}


async def test_what_is_held_is_not_to_do_any_more(office: Office) -> None:
    """A worker that takes the Range over finds a receipt, and the reader is not held twice."""
    office.clock.now = NIGHT
    await office.open(4)
    await office.finish(office.worker())
    office.clock.now = MORNING
    assert office.telegram.got == []
    assert (await office.progress()).held == 4
    assert await office.attempts() == [1]


async def test_a_reader_who_left_is_not_held(office: Office) -> None:
    """Only the active are in the Audience, by day and by night."""
    office.clock.now = NIGHT
    await office.open(3)
    async with office.database.transaction() as session:
        await subscribers.change(session, office.chats[0], state=SubscriberState.STOPPED)
    await office.finish(office.worker())
    assert (await office.progress()).held == 2


async def test_each_gets_it_in_a_language_that_they_read(office: Office) -> None:
    """In their own, in another that they chose, or they are not in the Audience."""
    readers = {}
    for language, chosen in (("en", ""), ("uk", ""), ("pl", ""), ("en", "uk"), ("uk", "en pl"), ("en", "fr")):
        values = {"language": language, "story_languages": chosen}
        (readers[language, chosen],) = await add_subscribers(office.database, 1, **values)
    async with office.database.transaction() as session:
        original = await add_story(session, headline="The bridge", state=StoryState.PUBLISHED)
        translation = {"language": "uk", "headline": "Міст", "translation_of": original}
        await add_story(session, state=StoryState.PUBLISHED, **translation)
    desk = Broadcasts(office.database, office.clock, office.bodies)
    office.broadcast_id = await desk.schedule(original, actor="test")
    await desk.start_due()
    await office.finish(office.worker())
    got = {reader: dict(office.telegram.got).get(chat) for reader, chat in readers.items()}
    assert got == {
        ("en", ""): "en: The bridge",
        ("uk", ""): "uk: Міст",
        ("pl", ""): "en: The bridge",
        ("en", "uk"): "en: Міст",
        ("uk", "en pl"): "uk: The bridge",
        ("en", "fr"): None,
    }
    assert (await desk.status(office.broadcast_id)).broadcast.expected == 5


async def test_a_translation_goes_to_who_reads_its_language(office: Office) -> None:
    """Who chose to read it, whatever the bot speaks with them; not who was sent, or is held, the original."""
    (reads,) = await add_subscribers(office.database, 1, story_languages="uk")
    await add_subscribers(office.database, 1, language="uk", story_languages="en")
    await add_subscribers(office.database, 1, language="uk", zone="UTC", quiet_from=11, quiet_until=13)
    (speaks,) = await add_subscribers(office.database, 1, language="uk")
    desk = Broadcasts(office.database, office.clock, office.bodies)
    async with office.database.transaction() as session:
        original = await add_story(session, state=StoryState.PUBLISHED)
        await subscribers.change(session, speaks, state=SubscriberState.PAUSED)
        await subscribers.change(session, reads, state=SubscriberState.PAUSED)
    office.broadcast_id = await desk.schedule(original, actor="test")
    await desk.start_due()
    await office.finish(office.worker())
    async with office.database.transaction() as session:
        translation = await add_story(
            session, language="uk", headline="Міст", translation_of=original, state=StoryState.PUBLISHED
        )
        for chat in (speaks, reads):
            await subscribers.change(session, chat, state=SubscriberState.ACTIVE)
    office.telegram.got.clear()
    office.broadcast_id = await desk.schedule(translation, actor="test")
    await desk.start_due()
    await office.finish(office.worker())
    assert sorted(office.telegram.chats) == sorted([reads, speaks])
