"""Digests: what was held comes in one message when readers are due, ranked, once, and nothing is lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from bot.delivery.leased_range import LEASE_S
from bot.delivery.outcome import Blocked, Rejected
from bot.digests import renderer
from bot.digests.digests import Digests
from bot.digests.view import digest
from bot.errors import NotFoundError
from bot.rendering.buttons import DigestPage
from bot.rendering.message import Message
from bot.rendering.render import Reader
from bot.subscribers.days_off import DaysOff
from storage.appeals import appeals
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import held
from storage.models import Delivery, Subscriber
from storage.stories import stories, threads
from storage.subscribers import subscribers
from storage.words import (
    AppealState,
    BroadcastKind,
    BroadcastState,
    DeliveryState,
    Length,
    Rhythm,
    StoryState,
    SubscriberState,
)
from tests.delivery.test_worker import Office, Telegram
from tests.factories import (
    Elapsed,
    MovableClock,
    add_story,
    add_subscribers,
    get_subscriber,
    running_broadcast,
)

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class ReadingTelegram(Telegram):
    """Knows the buttons of each message too."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[int, list[tuple[str, str]]] = {}

    async def send(self, chat_id: int, body: bytes) -> Any:
        rows = orjson.loads(body).get("reply_markup", {}).get("inline_keyboard", [])
        self.buttons[chat_id] = [(one["text"], one["callback_data"]) for row in rows for one in row]
        return await super().send(chat_id, body)


class Night(Office):
    """An Office at night: what is pushed is held."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        clock.now = NIGHT
        self.telegram = ReadingTelegram()
        self.digests = Digests(database, clock, self.gatherer, "UTC")

    async def tell(self, headline: str, *, appeal: bool = False, **values: object) -> int:
        """Push a Story of its own, and have it held: the Story's id."""
        async with self.database.transaction() as session:
            released = {"state": StoryState.PUBLISHED, "released_at": self.clock()}
            story_id = await add_story(session, headline=headline, **(released | values))
            texts = {length: f"{headline} in {length}." for length in Length}
            await stories.set_summaries(session, story_id, texts)
        if appeal:
            await _ask_for_help(self.database, story_id)
        self.broadcast_id = await running_broadcast(self.database, appeal=appeal, story_id=story_id)
        await self.finish(self.worker())
        return story_id

    async def gather(self) -> int:
        """Have whoever is due gathered: how many messages that were."""
        before = len(self.telegram.got)
        started = await self.digests.start_due()
        if started is not None:
            self.broadcast_id = started
            await self.finish(self.worker())
        return len(self.telegram.got) - before

    async def states(self, chat: int) -> list[DeliveryState]:
        """Of the receipts of a chat, oldest first."""
        subscriber = await get_subscriber(self.database, chat)
        async with self.database.read() as session:
            of = select(Delivery.state).where(Delivery.subscriber_id == subscriber.id)
            rows = await session.scalars(of.order_by(Delivery.broadcast_id))
        return list(rows)


async def _ask_for_help(database: Database, story_id: int) -> None:
    async with database.transaction() as session:
        appeal = await appeals.add(
            session,
            organisation="Lindenau Supper Circle",
            purpose="",
            url="https://example.org/help",
            valid_until=None,
            state=AppealState.VERIFIED,
            proposed_at=NIGHT,
        )
        await stories.set_appeal(session, story_id, appeal.id)


@pytest.fixture
def night(database: Database, clock: MovableClock) -> Night:
    return Night(database, clock)


async def test_the_night_is_gathered_in_the_morning(night: Night) -> None:
    """Nothing before 8:00; then one message with both stories, newest first; then nothing is held."""
    chats = await add_subscribers(night.database, 12)
    await night.tell("The bridge holds")
    await night.tell("The school opens")
    night.clock.now = MORNING - timedelta(seconds=1)
    assert await night.gather() == 0
    night.clock.now = MORNING
    assert await night.gather() == 12
    assert await night.gather() == 0
    assert sorted(night.telegram.chats) == sorted(chats)
    (text,) = {text for _, text in night.telegram.got}
    assert text.splitlines() == [
        "Your stories, gathered:",
        "",
        "1 · The school opens",
        "The school opens in short.",
        "",
        "2 · The bridge holds",
        "The bridge holds in short.",
    ]
    held_, sent = DeliveryState.MERGED, DeliveryState.SENT
    assert await night.states(chats[0]) == [held_, held_, sent]
    assert (await get_subscriber(night.database, chats[0])).due_at is None
    async with night.database.read() as session:
        progress = await broadcasts.progress(session, night.broadcast_id)
        found = await broadcasts.get(session, night.broadcast_id)
    assert (progress.sent, progress.held) == (12, 0)
    assert found is not None
    assert (found.kind, found.expected, found.story_id) == (BroadcastKind.DIGEST, 12, None)


async def test_one_story_comes_as_it_is(night: Night) -> None:
    """With its Appeal where that is due; a correction will find its message."""
    chats = await add_subscribers(night.database, 2)
    async with night.database.transaction() as session:
        await subscribers.change(session, chats[1], appealed_at=NIGHT)
    await night.tell("The bridge holds", appeal=True)
    push = night.broadcast_id
    night.clock.now = MORNING
    await night.gather()
    assert dict(night.telegram.got) == {
        chats[0]: "en: The bridge holds appeal",
        chats[1]: "en: The bridge holds",
    }
    assert await night.states(chats[0]) == [DeliveryState.SENT, DeliveryState.SENT]
    assert (await get_subscriber(night.database, chats[0])).appealed_at == MORNING
    async with night.database.read() as session:
        first = (await get_subscriber(night.database, chats[0])).id
        receipt = await session.get(Delivery, (push, first))
    assert receipt is not None
    assert (receipt.message_id is not None, receipt.appeal) == (True, True)


async def test_what_asks_for_help_comes_first_then_what_is_followed_then_the_newest(night: Night) -> None:
    """Stories of a Thread together under its title; the help button opens the first one's card."""
    (chat,) = await add_subscribers(night.database, 1)
    follower = await get_subscriber(night.database, chat)
    async with night.database.transaction() as session:
        bridge = await threads.make(session, title="The bridge", now=NIGHT)
        school = await threads.make(session, title="The school", now=NIGHT)
        await threads.follow(session, subscriber_id=follower.id, thread_id=school)
    await night.tell("Bridge closed", thread_id=bridge)
    await night.tell("School opens", thread_id=school)
    supper = await night.tell("Supper for all", appeal=True)
    night.clock.advance(minutes=1)
    await night.tell("Weather")
    await night.tell("Bridge repaired", thread_id=bridge)
    night.clock.now = MORNING
    await night.gather()
    (text,) = [text for _, text in night.telegram.got]
    told = [line for line in text.splitlines() if line and "in short" not in line]
    assert told[1:] == [
        "1 · Supper for all",
        "2 · School opens",
        "The bridge",
        "3 · Bridge repaired",
        "4 · Bridge closed",
        "5 · Weather",
        "❤ Lindenau Supper Circle asks for help.",
    ]
    assert isinstance(night.telegram, ReadingTelegram)
    labels = dict(night.telegram.buttons[chat])
    assert list(labels) == ["1", "2", "3", "4", "5", "How to help"]
    assert labels["How to help"].startswith(f"story:{supper}:short:0:1:")
    assert (await get_subscriber(night.database, chat)).appealed_at == MORNING


async def test_seven_and_more_behind_a_button(night: Night) -> None:
    """The button finds the rest by what is kept, also days later; nothing of it comes again by itself."""
    (chat,) = await add_subscribers(night.database, 1)
    for number in range(16):
        await night.tell(f"Story {number:02}")
    night.clock.now = MORNING
    await night.gather()
    assert isinstance(night.telegram, ReadingTelegram)
    ((_, text),) = night.telegram.got
    ((label, data),) = [one for one in night.telegram.buttons[chat] if one[1].startswith("digest:")]
    assert ("Story 15" in text, "Story 08" in text, label) == (True, False, "9 more ›")
    night.clock.advance(days=3)
    subscriber = await get_subscriber(night.database, chat)
    page = DigestPage.parse(data)
    assert page is not None
    second = await night.digests.page(subscriber, page)
    assert ("8 · Story 08" in second.text, "Story 01" in second.text) == (True, False)
    third = await night.digests.page(subscriber, DigestPage(MORNING, 2))
    assert ("16 · Story 00" in third.text, "more" in str(third.rows)) == (True, False)
    with pytest.raises(NotFoundError):
        await night.digests.page(subscriber, DigestPage(MORNING, 3))
    assert await night.gather() == 0


async def test_what_was_withdrawn_or_cancelled_drops_out(night: Night) -> None:
    """And where nothing is left, nobody is written to."""
    (chat,) = await add_subscribers(night.database, 1)
    withdrawn = await night.tell("Withdrawn")
    await night.tell("Cancelled")
    async with night.database.transaction() as session:
        await stories.change(session, withdrawn, state=StoryState.WITHDRAWN)
        await broadcasts.change(session, night.broadcast_id, state=BroadcastState.CANCELLED)
    night.clock.now = MORNING
    assert await night.gather() == 0
    assert await night.states(chat) == [DeliveryState.SKIPPED] * 3
    assert (await get_subscriber(night.database, chat)).due_at is None


async def test_a_day_off_ends_with_a_welcome(night: Night) -> None:
    """One message at the first opening after it, though one story alone was held; then all is as before."""
    (chat,) = await add_subscribers(night.database, 1)
    days_off = DaysOff(night.database, night.clock, "UTC")
    await days_off.start(chat, MORNING + timedelta(days=1, hours=-8))
    await night.tell("The bridge holds")
    night.clock.now = MORNING
    assert await night.gather() == 0
    night.clock.now = MORNING + timedelta(days=1)
    assert await night.gather() == 1
    assert night.telegram.got[0][1].startswith(
        "Welcome back! This happened meanwhile:\n\n1 · The bridge holds"
    )
    after = await get_subscriber(night.database, chat)
    assert (after.away_until, after.due_at) == (None, None)
    await night.tell("The school opens")
    assert len(night.telegram.got) == 2


async def test_a_day_off_with_nothing_in_it_ends_in_silence(night: Night) -> None:
    """And it is over all the same."""
    (chat,) = await add_subscribers(night.database, 1)
    days_off = DaysOff(night.database, night.clock, "UTC")
    await days_off.start(chat, MORNING)
    night.clock.now = MORNING
    assert await night.gather() == 0
    after = await get_subscriber(night.database, chat)
    assert (after.away_until, after.due_at) == (None, None)


async def test_a_digest_comes_at_its_hour(night: Night) -> None:
    """Daily at 18:00: what came through the day in one message, each day anew, in the reader's language."""
    (chat,) = await add_subscribers(
        night.database, 1, rhythm=Rhythm.DAILY, hour=18, language="uk", zone="UTC", length=Length.BRIEF
    )
    for day in range(2):
        night.clock.now = MORNING + timedelta(days=day)
        await night.tell(f"Story {day}")
        assert await night.gather() == 0
        night.clock.now = MORNING.replace(hour=18) + timedelta(days=day)
        assert await night.gather() == 1
        assert f"1 · Story {day}\n" in night.telegram.got[-1][1]
        assert f"Story {day} in brief." in night.telegram.got[-1][1]
    assert night.telegram.chats == [chat, chat]


async def test_catching_up_takes_all_that_is_held(night: Night) -> None:
    """At night too, for it was asked for; nothing of it comes in the morning, and the Appeal is noted."""
    (chat,) = await add_subscribers(night.database, 1)
    await night.tell("The bridge holds", appeal=True)
    await night.tell("The school opens")
    assert await night.digests.waiting(await get_subscriber(night.database, chat)) == 2
    message = (await night.digests.catch_up(chat)).message
    assert message.text.startswith("This happened meanwhile:\n\n1 · The bridge holds")
    assert "asks for help" in message.text
    after = await get_subscriber(night.database, chat)
    assert (after.due_at, after.appealed_at) == (None, NIGHT)
    assert "missed nothing" in (await night.digests.catch_up(chat)).message.text
    night.clock.now = MORNING
    assert await night.gather() == 0


async def test_quiet_hours_that_were_changed_are_kept_by_the_digest(night: Night) -> None:
    """It is gathered when the new ones end; a day off that began meanwhile holds it too."""
    early, away = await add_subscribers(night.database, 2)
    await night.tell("The bridge holds")
    async with night.database.transaction() as session:  # as if it came at the same moment
        await subscribers.change(session, early, quiet_until=10)
        await subscribers.change(session, away, away_until=MORNING + timedelta(days=1))
    night.clock.now = MORNING
    assert await night.gather() == 0
    due_at = [(await get_subscriber(night.database, chat)).due_at for chat in (early, away)]
    assert due_at == [MORNING + timedelta(hours=2), MORNING + timedelta(days=1)]
    night.clock.now = MORNING + timedelta(hours=2)
    assert await night.gather() == 1
    night.clock.now = MORNING + timedelta(days=1)
    assert await night.gather() == 1
    assert night.telegram.chats == [early, away]


async def test_who_cannot_be_written_to_holds_up_nobody(night: Night) -> None:
    """Refused: tried again in an hour. Blocked: kept for a return, and gathered then."""
    refused, blocked, fine = await add_subscribers(night.database, 3)
    await night.tell("The bridge holds")
    night.telegram.outcomes = {refused: Rejected("no"), blocked: Blocked()}
    night.clock.now = MORNING
    assert await night.gather() == 3
    assert await night.gather() == 0
    assert (await get_subscriber(night.database, refused)).due_at == MORNING + timedelta(hours=1)
    assert (await get_subscriber(night.database, fine)).due_at is None
    night.telegram.outcomes = {}
    night.clock.advance(days=60)
    async with night.database.transaction() as session:
        await subscribers.change(session, blocked, state=SubscriberState.ACTIVE)
    assert await night.gather() == 2
    assert sorted(night.telegram.chats[3:]) == sorted([refused, blocked])


async def test_a_fault_of_ours_is_one_readers_failure(
    night: Night, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Their stories stay held and are tried in an hour; everybody else has theirs."""
    unlucky, fine = await add_subscribers(night.database, 2)
    async with night.database.transaction() as session:
        await subscribers.change(session, unlucky, length=Length.LONG)
    await night.tell("The bridge holds")
    await night.tell("The school opens")
    draw = digest

    def faulty(tellings: Any, page: DigestPage, reader: Reader, **more: Any) -> Message:
        if reader.length is Length.LONG:
            raise ZeroDivisionError
        return draw(tellings, page, reader, **more)

    monkeypatch.setattr(renderer, "digest", faulty)
    night.clock.now = MORNING
    assert await night.gather() == 1
    assert night.telegram.chats == [fine]
    assert "could not be drawn" in caplog.text
    assert (await night.states(unlucky))[-1] is DeliveryState.FAILED
    assert (await get_subscriber(night.database, unlucky)).due_at == MORNING + timedelta(hours=1)
    monkeypatch.setattr(renderer, "digest", draw)
    night.clock.advance(hours=1)
    assert await night.gather() == 1


async def test_a_worker_that_dies_loses_nothing(night: Night, elapsed: Elapsed) -> None:
    """What was not settled comes again, at most a window of it; all the rest comes once."""
    chats = await add_subscribers(night.database, 30)
    await night.tell("The bridge holds")
    await night.tell("The school opens")
    night.clock.now = MORNING
    started = await night.digests.start_due()
    assert started is not None
    night.broadcast_id = started
    dying = night.worker("dying")
    reached = asyncio.Event()

    async def hang() -> None:
        reached.set()
        await asyncio.get_running_loop().create_future()

    night.at_send(15, hang)
    run = asyncio.create_task(dying.run())
    await reached.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    night.telegram.hooks.clear()
    heir = night.worker("heir")
    async with night.at_work(heir):
        await heir.look()
        elapsed.now += LEASE_S
        await heir.until(night.is_finished)
    counts = {chat: night.telegram.chats.count(chat) for chat in chats}
    assert min(counts.values()) == 1
    assert sum(counts.values()) - 30 <= 4
    assert {state for chat in chats for state in await night.states(chat)} == {
        DeliveryState.MERGED,
        DeliveryState.SENT,
    }


async def test_two_that_begin_at_once_begin_one_digest(night: Night) -> None:
    """And who becomes due while it runs, is in the next one."""
    await add_subscribers(night.database, 5)
    later = await add_subscribers(night.database, 1, quiet_until=9)
    await night.tell("The bridge holds")
    night.clock.now = MORNING
    started = await asyncio.gather(*(night.digests.start_due() for _ in range(4)))
    assert len([one for one in started if one is not None]) == 1
    night.clock.advance(hours=1)
    second = await night.digests.start_due()
    assert second is not None
    night.broadcast_id = second
    worker = night.worker()
    async with night.at_work(worker):
        await worker.until(lambda: _all_finished(night.database))
    assert len(night.telegram.got) == 6
    assert night.telegram.chats.count(later[0]) == 1


async def _all_finished(database: Database) -> bool:
    async with database.read() as session:
        return all(one.state is BroadcastState.FINISHED for one in await broadcasts.listed(session))


async def test_what_is_held_while_the_digest_is_on_its_way_is_not_forgotten(night: Night) -> None:
    """It is due again, and comes with the next one."""
    (chat,) = await add_subscribers(night.database, 1, rhythm=Rhythm.DAILY)
    night.clock.now = MORNING - timedelta(hours=1)
    await night.tell("Early")
    night.clock.now = MORNING
    started = await night.digests.start_due()
    assert started is not None
    async with night.database.transaction() as session:
        subscriber = await session.get(Subscriber, (await get_subscriber(night.database, chat)).id)
        assert subscriber is not None
        late = await add_story(session, headline="Late", state=StoryState.PUBLISHED, released_at=NIGHT)
        push = await broadcasts.add(session, story_id=late, now=NIGHT)

        async def hold_late() -> None:
            async with night.database.transaction() as session:
                session.add(
                    Delivery(
                        broadcast_id=push.id,
                        subscriber_id=subscriber.id,
                        state=DeliveryState.HELD,
                        settled_at=night.clock(),
                    )
                )
                await held.hold(session, [(subscriber.id, MORNING + timedelta(days=1))])

    night.at_send(1, hold_late)
    night.broadcast_id = started
    await night.finish(night.worker())
    assert (await get_subscriber(night.database, chat)).due_at == MORNING + timedelta(days=1)
    night.clock.now = MORNING + timedelta(days=1)
    assert await night.gather() == 1
    assert "Late" in night.telegram.got[-1][1]
    assert "Early" not in night.telegram.got[-1][1]


async def test_who_named_an_hour_does_not_wait_behind_a_long_push(night: Night) -> None:
    """Urgent first, then the Digest, then what was begun before both."""
    early = await add_subscribers(night.database, 4, quiet_from=None, quiet_until=None)
    (late,) = await add_subscribers(night.database, 1)
    await night.tell("The bridge holds")
    await night.tell("The school opens")
    night.clock.now = MORNING
    night.telegram.got.clear()
    await running_broadcast(night.database, size=1)
    assert await night.digests.start_due() is not None
    night.broadcast_id = await running_broadcast(night.database, size=1, urgent=True)
    worker = night.worker(window=1)
    async with night.at_work(worker):
        await worker.until(lambda: _all_finished(night.database))
    assert sorted(night.telegram.chats[:5]) == sorted([*early, late])
    assert night.telegram.chats[5] == late
    assert sorted(night.telegram.chats[6:]) == sorted([*early, late])


async def test_a_digest_that_is_over_is_not_listed(night: Night) -> None:
    """Editors see what they sent, and a Digest while it can be paused."""
    await add_subscribers(night.database, 1)
    await night.tell("The bridge holds")
    night.clock.now = MORNING
    started = await night.digests.start_due()
    async with night.database.read() as session:
        assert (await broadcasts.listed(session))[0].id == started
    night.broadcast_id = started or 0
    await night.finish(night.worker())
    async with night.database.read() as session:
        assert started not in [one.id for one in await broadcasts.listed(session)]


async def test_a_clock_that_stood_wrong_holds_nothing_for_years(night: Night) -> None:
    """Who is due later than can be is due now; whose day off is long is not."""
    (lost,) = await add_subscribers(night.database, 1, due_at=NIGHT + timedelta(days=700))
    away_until = NIGHT + timedelta(days=60)
    (away,) = await add_subscribers(night.database, 1, due_at=away_until, away_until=away_until)
    await night.digests.mend()
    assert (await get_subscriber(night.database, lost)).due_at == NIGHT
    assert (await get_subscriber(night.database, away)).due_at == away_until


@pytest.mark.parametrize("dense", [True, False])
async def test_who_is_due_is_found_by_either_index(database: Database, dense: bool) -> None:
    """Active, due by then, within the ids: whichever way the database is told to look."""
    await add_subscribers(database, 3, due_at=MORNING)
    await add_subscribers(database, 2, due_at=MORNING + timedelta(seconds=1))
    await add_subscribers(database, 2, due_at=MORNING, state=SubscriberState.STOPPED)
    await add_subscribers(database, 1)
    async with database.read() as session:
        wanted = held.due_within(2, 100, MORNING, dense=dense)
        found = await session.scalars(
            Subscriber.__table__.select().with_only_columns(Subscriber.id).where(wanted)
        )
        assert len(list(found)) == 2
