"""The worker on real databases, with a Telegram in memory: nobody is missed, nobody who left is sent to."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, select

from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.delivery import outage, outage_note
from bot.delivery import receipts as settling
from bot.delivery import sender as sending
from bot.delivery import worker as working
from bot.delivery.budget import Budget
from bot.delivery.leased_range import LEASE_S
from bot.delivery.outcome import Blocked, Gone, Moved, Outcome, PaymentRefused, Rejected, Sent, Transient
from bot.delivery.pacer import Lane, Pacer
from bot.delivery.selection import PushSelector, Selector
from bot.delivery.sender import MaySend, PendingSend, Sender, SendResult
from bot.delivery.set_aside import SetAside
from bot.delivery.worker import Worker, WorkerLimits
from bot.digests.corrections import DigestCorrectionSelector
from bot.digests.gatherer import Gatherer
from bot.digests.selection import DigestSelector
from storage.broadcasts import broadcasts
from storage.broadcasts.broadcasts import Variant
from storage.database import Database
from storage.deliveries import deliveries
from storage.deliveries.deliveries import Receipt, Recipient
from storage.engine.unavailable import DatabaseRefusedError, DatabaseUnavailableError
from storage.models import Broadcast, Delivery, Range, Subscriber
from storage.subscribers import subscribers
from storage.words import BroadcastKind, BroadcastState, DeliveryState, Length, SubscriberState
from tests.factories import Elapsed, MovableClock, add_subscribers, get_subscriber, running_broadcast
from tests.waiting import PATIENCE

WINDOW, SLICE = 4, 6


class Telegram:
    """Takes every message, unless `outcomes` says otherwise for a chat; `hooks` run in mid-send."""

    def __init__(self) -> None:
        self.got: list[tuple[int, str]] = []
        self.edited: list[tuple[int, int]] = []
        self.deleted: list[tuple[int, int]] = []
        self.knocks: list[int] = []
        self.outcomes: dict[int, Outcome | Exception] = {}
        self.hooks: dict[int, Callable[[], Awaitable[object]]] = {}  # by the place of the send, from 1 on

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        self.got.append((chat_id, orjson.loads(body)["text"]))
        place = len(self.got)
        if place in self.hooks:
            await self.hooks[place]()
        outcome = self.outcomes.get(chat_id, Sent(place))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        self.edited.append((chat_id, message_id))
        await self.send(chat_id, body)
        return self.outcomes.get(chat_id, Sent(message_id))  # type: ignore[return-value]  # no test edits with an error

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        self.deleted.append((chat_id, message_id))
        return Sent(message_id)

    async def knock(self, chat_id: int) -> Outcome | None:
        self.knocks.append(chat_id)
        return None

    @property
    def chats(self) -> list[int]:
        return [chat_id for chat_id, _ in self.got]


class OpenPacer(Pacer):
    """Lets so many pass at once, and the rest wait for ever."""

    def __init__(self, slots: int = 1_000_000) -> None:
        super().__init__(Budget(30))
        self._left = slots
        self.full = asyncio.Event()

    async def acquire(self, _chat_id: int | str | None = None, _lane: Lane = Lane.REPLY) -> None:
        self._left -= 1
        if self._left < 0:
            self.full.set()
            await asyncio.get_running_loop().create_future()  # never comes: only a cancellation ends it


class WatchedWorker(Worker):
    """Tells when it has found nothing to do, and when it has left a Range."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.rested = asyncio.Event()
        self.left = asyncio.Event()
        self.ended = False

    async def run(self) -> None:
        """As ever; whoever waits for a rest is told when there will be none any more."""
        self.ended = False
        try:
            await super().run()
        finally:
            self.ended = True
            self.rested.set()

    async def _rest(self, seconds: float) -> None:
        self.rested.set()
        await super()._rest(seconds)

    async def _leave(self, *given: Any, **named: Any) -> None:
        await super()._leave(*given, **named)
        self.left.set()

    async def until_left_after(self, happened: asyncio.Event) -> None:
        """Wait until it happened and the only Range was left: all that was sent is settled or lost."""
        await happened.wait()
        await self.left.wait()

    async def look(self) -> None:
        """Wait until it has looked for work and found none: it knows then which leases there are."""
        self.rested.clear()
        await self.rested.wait()
        assert not self.ended

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it is so; looked at whenever the worker rests."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self.rested.clear()
                if await is_so():
                    return
                assert not self.ended
                await self.rested.wait()


class Office:
    """A Broadcast to some Subscribers, and whoever works on it."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.clock = clock
        self.telegram = Telegram()
        self.pacer = OpenPacer()
        self.pauses: list[str] = []
        self.paused = asyncio.Event()
        self.chats: list[int] = []
        self.broadcast_id = 0
        self.sent_by_then = 0
        self.gatherer = Gatherer(self.bodies, UTC)

    def bodies(self, pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
        """What a push of a Story would send: language, headline, and whether an Appeal rides along."""
        return {
            Variant(language, length, told_in, rides): {
                "text": f"{language}: {story.headline}{' appeal' if rides and story.appeal else ''}"
            }
            for told_in, story in pushed.told.items()
            for language in ("en", "uk")
            for length in Length
            for rides in ((True, False) if story.appeal else (True,))
        }

    async def open(self, people: int, *, size: int = 500, **subscriber: object) -> None:
        """Let a Broadcast to so many run."""
        self.chats = await add_subscribers(self.database, people, **subscriber)
        await self.broadcast(size=size)

    async def broadcast(self, *, size: int = 500, appeal: bool = False, urgent: bool = False) -> None:
        """Let a Broadcast run to everybody there is."""
        self.broadcast_id = await running_broadcast(self.database, size=size, appeal=appeal, urgent=urgent)

    def sender(self) -> Sender:
        return Sender(self.telegram, self.pacer, self.moved)

    def worker(
        self, name: str = "one", sender: Sender | None = None, *, window: int = WINDOW, slice_: int = SLICE
    ) -> WatchedWorker:
        return WatchedWorker(
            self.database,
            sender or self.sender(),
            self.clock,
            name=name,
            packings=self.packings(),
            pause=self._pause,
            limits=WorkerLimits(window=window, slice=slice_, idle_s=0.01),
        )

    def packings(self) -> dict[BroadcastKind, Selector]:
        """As bot.runtime.sending has them."""
        mend = DigestCorrectionSelector(self.database, self.clock, self.gatherer)
        push = PushSelector(self.database, self.clock, "UTC")
        digest = DigestSelector(self.database, self.clock, self.gatherer, "UTC")
        return {
            BroadcastKind.PUSH: push,
            BroadcastKind.CORRECTION: mend,
            BroadcastKind.WITHDRAWAL: mend,
            BroadcastKind.DIGEST: digest,
        }

    @asynccontextmanager
    async def at_work(self, *workers: WatchedWorker) -> AsyncIterator[None]:
        running = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for worker in workers:
                worker.stop()
            await asyncio.gather(*running)

    def at_send(self, place: int, hook: Callable[[], Awaitable[object]]) -> asyncio.Event:
        """Have the hook run in the middle of that send, from 1 on; the event tells that it ended.

        Others are sent to meanwhile: `sent_by_then` is how many had been by its end.
        """
        ended = asyncio.Event()

        async def run() -> None:
            await hook()
            self.sent_by_then = len(self.telegram.got)
            ended.set()

        self.telegram.hooks[place] = run
        return ended

    async def finish(self, *workers: WatchedWorker) -> None:
        """Work until the Broadcast is finished."""
        async with self.at_work(*workers):
            await workers[0].until(self.is_finished)

    async def set_state(self, state: BroadcastState) -> None:
        async with self.database.transaction() as session:
            await broadcasts.change(session, self.broadcast_id, state=state)
            if state is BroadcastState.RUNNING:  # as resume does: nothing of it may be left to do
                await broadcasts.finish(session, self.broadcast_id, now=self.clock())

    async def state(self) -> BroadcastState:
        async with self.database.read() as session:
            found = await session.get(Broadcast, self.broadcast_id)
        assert found is not None
        return found.state

    async def is_finished(self) -> bool:
        return await self.state() is BroadcastState.FINISHED

    async def has_one_open_range(self) -> bool:
        """All Ranges but one are done, and nobody has that one."""
        async with self.database.read() as session:
            rows = [(done, name) for done, name in await session.execute(select(Range.done, Range.worker))]
        return rows.count((False, None)) == 1 and rows.count((True, None)) == len(rows) - 1

    async def attempts(self) -> list[int]:
        """How often each Range was leased."""
        async with self.database.read() as session:
            found = await session.scalars(select(Range.attempt).order_by(Range.id))
        return list(found)

    async def receipts(self) -> dict[int, Delivery]:
        """By chat."""
        async with self.database.read() as session:
            kept = await deliveries.receipts(session, self.broadcast_id)
        ids = {(await get_subscriber(self.database, chat)).id: chat for chat in self.chats}
        return {ids[one.subscriber_id]: one for one in kept}

    async def progress(self) -> broadcasts.Progress:
        async with self.database.read() as session:
            return await broadcasts.progress(session, self.broadcast_id)

    async def _pause(self, _broadcast_id: int, reason: str) -> None:
        self.pauses.append(reason)
        await self.set_state(BroadcastState.PAUSED)
        self.paused.set()

    async def moved(self, old: int, new: int) -> None:
        async with self.database.transaction() as session:
            await subscribers.move_chat(session, old=old, new=new, now=self.clock())


@pytest.fixture
def office(database: Database, clock: MovableClock) -> Office:
    return Office(database, clock)


def assert_once(office: Office) -> None:
    """Everybody got it, and nobody twice."""
    assert Counter(office.telegram.chats) == Counter(office.chats)


async def test_everybody_gets_it_exactly_once(office: Office) -> None:
    """Three workers on nine Ranges; afterwards there is a receipt for each, and the sums are right."""
    await office.open(43, size=5)
    await office.finish(*(office.worker(name) for name in ("one", "two", "three")))
    assert_once(office)
    receipts = await office.receipts()
    assert set(receipts) == set(office.chats)
    assert all(one.state is DeliveryState.SENT and one.message_id for one in receipts.values())
    progress = await office.progress()
    assert (progress.sent, progress.failed, progress.blocked) == (43, 0, 0)
    assert progress.ranges == progress.ranges_done == 9


async def test_everybody_gets_their_own_body(office: Office) -> None:
    """In their language and Length; the source language where theirs has none."""
    (uk,) = await add_subscribers(office.database, 1, language="uk", length=Length.LONG)
    (other,) = await add_subscribers(office.database, 1, language="pl", length=Length.BRIEF)
    await office.open(1)
    await office.finish(office.worker())
    assert dict(office.telegram.got) == {
        uk: "uk long",
        other: "en brief",
        office.chats[0]: "en short",
    }


async def test_what_telegram_tells_is_noted(office: Office) -> None:
    """Blocked, gone, refused, a fault of ours: each has its receipt, and everybody else is sent to."""
    await office.open(20)
    blocked, gone, refused, faulty, moved = office.chats[2:7]
    office.telegram.outcomes = {
        blocked: Blocked(),
        gone: Gone(),
        refused: Rejected("too long"),
        faulty: ZeroDivisionError("ours"),
        moved: Moved(-1_001_000_000_777),
    }
    await office.finish(office.worker())
    assert Counter(office.telegram.chats) == Counter([*office.chats, -1_001_000_000_777])
    office.chats[6] = -1_001_000_000_777
    receipts = await office.receipts()
    assert receipts[-1_001_000_000_777].state is DeliveryState.SENT
    assert {chat: receipts[chat].reason for chat in (blocked, gone, refused, faulty)} == {
        blocked: "blocked",
        gone: "gone",
        refused: "too long",
        faulty: "internal error: ZeroDivisionError",
    }
    states = {chat: (await get_subscriber(office.database, chat)).state for chat in office.chats}
    assert states.pop(blocked) is SubscriberState.BLOCKED
    assert states.pop(gone) is SubscriberState.GONE
    assert set(states.values()) == {SubscriberState.ACTIVE}
    progress = await office.progress()
    assert (progress.sent, progress.failed, progress.blocked) == (16, 2, 2)


async def test_a_stop_during_the_run_is_obeyed(office: Office) -> None:
    """Whoever says /stop before their slice is read gets nothing, and the Broadcast ends without them."""
    await office.open(30)
    leaver = office.chats.pop()
    left = asyncio.Event()

    async def leave() -> None:
        async with office.database.transaction() as session:
            await subscribers.change(session, leaver, state=SubscriberState.STOPPED)
        left.set()

    office.at_send(3, leave)
    for place in range(4, 4 + WINDOW):
        office.at_send(place, left.wait)  # however slow the database is, nobody else gets it meanwhile
    await office.finish(office.worker())
    assert_once(office)


async def test_a_stop_while_it_was_on_the_wire_stays_a_stop(office: Office) -> None:
    """Though Telegram then says that they blocked us."""
    await office.open(1)
    (chat,) = office.chats

    async def leave() -> None:
        async with office.database.transaction() as session:
            await subscribers.change(session, chat, state=SubscriberState.STOPPED)

    office.at_send(1, leave)
    office.telegram.outcomes[chat] = Blocked()
    await office.finish(office.worker())
    assert (await get_subscriber(office.database, chat)).state is SubscriberState.STOPPED


async def test_pause_acts_within_a_slice_and_resume_goes_on(office: Office) -> None:
    """What was on its way is settled, the Range is free for anybody, and in the end each has got it once."""
    await office.open(60)
    paused = office.at_send(8, lambda: office.set_state(BroadcastState.PAUSED))
    worker = office.worker()
    async with office.at_work(worker):
        await worker.until_left_after(paused)
        assert 8 <= len(office.telegram.got) <= office.sent_by_then + WINDOW + SLICE
        assert len(await office.receipts()) == len(office.telegram.got)
        await office.set_state(BroadcastState.RUNNING)
        worker.wake()
        await worker.until(office.is_finished)
    assert_once(office)


async def test_cancel_ends_it_for_good(office: Office) -> None:
    """No more than a slice after it; it does not become finished."""
    await office.open(60)
    cancelled = office.at_send(8, lambda: office.set_state(BroadcastState.CANCELLED))
    worker = office.worker()
    async with office.at_work(worker):
        await worker.until_left_after(cancelled)
    assert 8 <= len(office.telegram.got) <= office.sent_by_then + WINDOW + SLICE
    assert len(await office.receipts()) == len(office.telegram.got)
    assert await office.state() is BroadcastState.CANCELLED


async def test_a_worker_whose_lease_was_taken_writes_nothing(office: Office, elapsed: Elapsed) -> None:
    """It sends nothing more and writes no receipt; who holds the Range next misses nobody."""
    await office.open(40)

    async def steal() -> None:
        async with office.database.transaction() as session:
            dead = await deliveries.leased(session)
            assert await deliveries.claim(session, worker="thief", dead=dead)

    stolen = office.at_send(1, steal)
    worker = office.worker(window=1)  # so that nothing is settled before the theft
    async with office.at_work(worker):
        await worker.until_left_after(stolen)
        assert len(office.telegram.got) == 1
        assert await office.receipts() == {}
        assert (await office.progress()).sent == 0
        assert await office.attempts() == [2]
        await worker.look()
        elapsed.now += LEASE_S  # the thief died
        worker.wake()
        await worker.until(office.is_finished)
    assert set(await office.receipts()) == set(office.telegram.chats) == set(office.chats)
    assert len(office.telegram.chats) == len(office.chats) + 1


async def test_a_worker_that_was_frozen_sends_no_more(office: Office, elapsed: Elapsed) -> None:
    """It feels that its lease may have run out before it asks anybody, and leaves the Range alone."""
    await office.open(40)

    async def freeze() -> None:
        elapsed.now += LEASE_S

    frozen = office.at_send(1, freeze)
    worker = office.worker()
    async with office.at_work(worker):
        await worker.until_left_after(frozen)
        assert len(office.telegram.got) <= office.sent_by_then + WINDOW
        await worker.look()
        elapsed.now += LEASE_S
        worker.wake()
        await worker.until(office.is_finished)
    assert_once(office)  # what it had sent it could still settle: nobody had taken the Range


async def test_stop_leaves_nobody_out(office: Office) -> None:
    """What is on the wire is settled, the Range given back, and a second worker sends to the others."""
    await office.open(60)
    first = office.worker("first")

    async def stop() -> None:
        first.stop()

    office.at_send(9, stop)
    await first.run()
    assert 9 <= len(office.telegram.got) <= office.sent_by_then + WINDOW
    assert len(await office.receipts()) == len(office.telegram.got)
    office.clock.advance(seconds=LEASE_S + 1)
    await office.finish(office.worker("second"))
    assert_once(office)
    assert await office.attempts() == [2]  # it needed not wait for the lease to end


async def test_stop_gives_up_those_who_wait_for_a_slot(office: Office) -> None:
    """They are not waited for, have no receipt, and get it from the next worker."""
    await office.open(20)
    office.pacer = OpenPacer(slots=7)
    first = office.worker("first")
    running = asyncio.create_task(first.run())
    await office.pacer.full.wait()
    first.stop()
    await running
    assert len(office.telegram.got) == len(await office.receipts()) == 7
    assert not await office.is_finished()
    office.pacer = OpenPacer()
    await office.finish(office.worker("second"))
    assert_once(office)


class FloodedPacer(OpenPacer):
    """Has something happen while everybody waits for the end of a flood."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self._waiting = 0
        self._over = asyncio.Event()

    async def acquire(self, _chat_id: int | str | None = None, _lane: Lane = Lane.REPLY) -> None:
        self._waiting += 1
        if self._waiting == WINDOW:
            await self._meanwhile()
            self._over.set()
        await self._over.wait()


async def test_a_stop_during_a_flood_is_obeyed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by those sends that waited in line already; everybody else gets it once."""
    monkeypatch.setattr(working, "_FRESH_S", 0.0)
    await office.open(20)
    left = office.chats[1]

    async def leave() -> None:
        async with office.database.transaction() as session:
            await subscribers.change(session, left, state=SubscriberState.STOPPED)

    office.pacer = FloodedPacer(leave)
    await office.finish(office.worker())
    office.chats.remove(left)
    assert_once(office)


async def test_a_pause_during_a_flood_is_obeyed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who waited in line is sent to; after resuming everybody gets it once."""
    monkeypatch.setattr(working, "_FRESH_S", 0.0)
    await office.open(20)
    office.pacer = FloodedPacer(lambda: office.set_state(BroadcastState.PAUSED))
    worker = office.worker()
    async with office.at_work(worker):
        await worker.left.wait()
        assert office.telegram.got == []
        await office.set_state(BroadcastState.RUNNING)
        worker.wake()
        await worker.until(office.is_finished)
    assert_once(office)


async def test_whoever_was_given_up_keeps_the_range_open(office: Office) -> None:
    """A send without a verdict is left to the next lease, also where it was the last one of the Range."""
    await office.open(10)
    given_up = set(office.chats[::3])

    class Forgetful(Sender):
        async def send(
            self, recipient: Recipient, body: bytes, flight: PendingSend, may_send: MaySend
        ) -> SendResult | None:
            if recipient.chat_id in given_up:
                given_up.remove(recipient.chat_id)
                return None
            return await super().send(recipient, body, flight, may_send)

    sender = Forgetful(office.telegram, office.pacer, office.moved)
    await office.finish(office.worker(sender=sender))
    assert_once(office)
    assert await office.attempts() == [2]


async def test_refusals_in_a_row_pause_the_broadcast(office: Office) -> None:
    """After 25 the message itself must be wrong: it is paused, and the reason names the last one."""
    await office.open(120)
    office.telegram.outcomes = dict.fromkeys(office.chats, Rejected("can't parse entities"))
    worker = office.worker()
    async with office.at_work(worker):
        await worker.until_left_after(office.paused)
    assert office.pauses[0] == "25 refusals in a row, the last one: can't parse entities"
    assert 25 <= len(office.telegram.got) < 120
    assert await office.state() is BroadcastState.PAUSED


async def test_refusals_between_successes_pause_nothing(office: Office) -> None:
    """One that arrives shows that the message is right; who blocked us is no refusal."""
    await office.open(120)
    for place, chat in enumerate(office.chats):
        if place % 20 != 10:
            office.telegram.outcomes[chat] = Rejected("x")
        elif place % 40 == 10:
            office.telegram.outcomes[chat] = Blocked()
    await office.finish(office.worker())  # a send here never waits, so they land in order
    assert office.pauses == []
    assert_once(office)


async def test_another_broadcast_does_not_hide_refusals(office: Office) -> None:
    """Two run side by side: the one that is refused pauses itself, however well the other does."""
    await office.open(60)
    office.telegram.outcomes = dict.fromkeys(office.chats, Rejected("x"))
    await add_subscribers(office.database, 60, language="uk")
    await running_broadcast(office.database, languages=("uk",))
    async with office.at_work(office.worker()):
        await office.paused.wait()
    assert office.pauses[0] == "25 refusals in a row, the last one: x"
    assert await office.state() is BroadcastState.PAUSED


async def refused_ones(office: Office, language: str) -> int:
    """A Broadcast whose message Telegram refuses to each of those who read in this language."""
    chats = await add_subscribers(office.database, 60, language=language)
    office.telegram.outcomes |= dict.fromkeys(chats, Rejected("x"))
    return await running_broadcast(office.database, languages=(language,))


async def test_a_pause_that_takes_long_holds_up_no_other(office: Office) -> None:
    """While it is being stored, another Broadcast pauses itself, and a third one goes on to its end."""
    first, second = [await refused_ones(office, language) for language in ("uk", "pl")]
    office.chats = await add_subscribers(office.database, 40)
    office.broadcast_id = await running_broadcast(office.database, languages=("en",))
    asked, go_on = set[int](), asyncio.Event()

    async def pause(broadcast_id: int, _reason: str) -> None:
        asked.add(broadcast_id)
        if asked == {first, second}:
            go_on.set()
        await go_on.wait()
        async with office.database.transaction() as session:
            await broadcasts.change(session, broadcast_id, state=BroadcastState.PAUSED)

    worker = office.worker()
    worker._pause = pause
    await office.finish(worker)
    assert asked == {first, second}
    assert (await office.progress()).sent == 40
    async with office.database.read() as session:
        states = [(await broadcasts.get(session, one)) for one in (first, second)]
    assert [one and one.state for one in states] == [BroadcastState.PAUSED] * 2


async def test_a_pause_is_stored_however_long_the_database_is_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile nothing more of it is sent, and its Ranges are not claimed and given back again and again."""
    monkeypatch.setattr(working, "_TROUBLE_S", 0.0)
    await office.open(120)
    office.telegram.outcomes = dict.fromkeys(office.chats, Rejected("x"))
    worker = office.worker()
    tries, sent_then = 0, 0
    store = worker._pause

    async def pause(broadcast_id: int, reason: str) -> None:
        nonlocal tries, sent_then
        tries += 1
        if tries == 2:
            await worker.left.wait()
            sent_then = len(office.telegram.got)
        if tries < 5:
            await worker.look()
            raise DatabaseUnavailableError("away")
        await store(broadcast_id, reason)

    worker._pause = pause
    async with office.at_work(worker):
        await office.paused.wait()
    assert await office.state() is BroadcastState.PAUSED
    assert len(office.telegram.got) == sent_then < 120
    assert await office.attempts() == [1]


async def test_one_that_paused_itself_goes_on_when_it_is_resumed(office: Office) -> None:
    """As soon as its state says so: nobody who was not refused is missed, nobody gets it twice."""
    await office.open(120)
    refused = dict.fromkeys(office.chats, Rejected("x"))
    office.telegram.outcomes = dict(refused)
    worker = office.worker()
    async with office.at_work(worker):
        await worker.until_left_after(office.paused)
        office.telegram.outcomes.clear()
        await office.set_state(BroadcastState.RUNNING)
        worker.wake()
        await worker.until(office.is_finished)
    assert_once(office)
    assert await office.attempts() == [2]


async def test_a_fault_of_ours_loses_nothing_and_the_worker_can_go_on(
    office: Office, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a Range is read: the run ends with the error, the next misses and repeats nobody."""
    await office.open(40, size=10)
    worker = office.worker()
    monkeypatch.setattr(deliveries, "due", failing_once(monkeypatch, deliveries, "due"))
    with pytest.raises(ExceptionGroup):
        await worker.run()

    async def finished() -> bool:
        elapsed.now += LEASE_S
        return await office.is_finished()

    async with office.at_work(worker):
        await worker.until(finished)
    assert_once(office)
    assert (await office.progress()).sent == 40
    assert worker._window._value == WINDOW


def failing_once(monkeypatch: pytest.MonkeyPatch, module: Any, verb: str) -> Any:
    """In place of a function of ours: fails, and puts the real one back."""
    real = getattr(module, verb)

    async def fail(*_given: object, **_named: object) -> None:
        monkeypatch.setattr(module, verb, real)
        raise ZeroDivisionError("ours")

    return fail


@pytest.mark.parametrize(
    "trouble",
    [DatabaseUnavailableError("database is locked"), DatabaseRefusedError("wrong password")],
    ids=["locked", "refused"],
)
async def test_a_database_that_fails_to_settle_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Nothing is lost, nobody is sent to twice, and no more than the window goes out meanwhile."""
    monkeypatch.setattr(settling, "_RETRY_S", 0.0)
    await office.open(30)
    left, out_meanwhile = 5, 0
    settle = deliveries.settle

    async def failing(*given: Any, **named: Any) -> bool:
        nonlocal left, out_meanwhile
        left -= 1
        if left >= 0:
            out_meanwhile = max(out_meanwhile, len(office.telegram.got))
            raise trouble
        return await settle(*given, **named)

    monkeypatch.setattr(deliveries, "settle", failing)
    await office.finish(office.worker())
    assert left < 0
    assert out_meanwhile <= WINDOW
    assert_once(office)
    assert set(await office.receipts()) == set(office.chats)
    assert (await office.progress()).sent == 30


async def test_a_receipt_that_cannot_be_written_holds_up_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By a fault of ours: what it came to is written all the same, the rest as it is; one traceback."""
    await office.open(12)
    settle = deliveries.settle
    whose = (await get_subscriber(office.database, office.chats[4])).id

    async def failing(session: Any, lease: Any, receipts: Sequence[Receipt], **named: Any) -> bool:
        if any(one.subscriber_id == whose and one.message_id for one in receipts):
            raise ValueError("a fault of ours")
        return await settle(session, lease, receipts, **named)

    monkeypatch.setattr(deliveries, "settle", failing)
    await office.finish(office.worker())
    assert_once(office)
    assert (await office.progress()).sent == 12
    assert [bool(one.exc_info) for one in caplog.records if one.levelno == logging.ERROR] == [True]


async def test_receipts_that_cannot_be_written_at_all_stop_the_sending(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is sent to twice: the window fills, and the worker says how many receipts wait."""
    await office.open(30)

    full = asyncio.Event()

    async def failing(*_given: Any, **_named: Any) -> bool:
        if worker.unwritten == WINDOW - 1:
            full.set()
        raise ValueError("a fault of ours")

    monkeypatch.setattr(deliveries, "settle", failing)
    worker = office.worker()
    run = asyncio.create_task(worker.run())
    await asyncio.wait_for(full.wait(), 60)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
    assert len(office.telegram.got) == WINDOW
    assert [bool(one.exc_info) for one in caplog.records if one.levelno == logging.ERROR].count(True) == 1


@pytest.mark.parametrize("verb", ["is_anything_open", "claim", "is_workable", "due", "close"])
async def test_a_database_that_fails_elsewhere_is_asked_again(
    office: Office, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """The worker lives on; a Range that it could not read or close comes back when its lease has ended."""
    monkeypatch.setattr(working, "_TROUBLE_S", 0.0)
    await office.open(10)
    working_one = getattr(deliveries, verb)

    async def failing(*_given: Any, **_named: Any) -> Any:
        monkeypatch.setattr(deliveries, verb, working_one)
        raise DatabaseUnavailableError

    monkeypatch.setattr(deliveries, verb, failing)
    worker = office.worker()

    async def finished() -> bool:
        elapsed.now += LEASE_S
        return await office.is_finished()

    async with office.at_work(worker):
        await worker.until(finished)
    assert getattr(deliveries, verb) is working_one
    assert_once(office)


async def test_whoever_is_forgotten_meanwhile_holds_up_nobody(office: Office) -> None:
    """A Subscriber whose row is deleted while their message is on the wire has no receipt; the rest have."""
    await office.open(30)
    (lost,) = office.chats[2:3]

    async def forget() -> None:
        async with office.database.transaction() as session:
            await session.execute(delete(Subscriber).where(Subscriber.chat_id == lost))

    office.at_send(1, forget)
    await office.finish(office.worker())
    office.chats.remove(lost)
    assert set(await office.receipts()) == set(office.chats)


async def test_who_takes_a_dead_workers_place_goes_on_at_once(office: Office) -> None:
    """No lease is waited for: who has the place knows that its holder died; others' Ranges stay theirs."""
    await office.open(30, size=10)
    async with office.database.transaction() as session:
        for worker in ("dead", "alive"):
            assert await deliveries.claim(session, worker=worker)
    successor = office.worker(name="successor")
    await successor.take_over("dead")
    async with office.at_work(successor):

        async def only_one_is_left() -> bool:
            async with office.database.read() as session:
                open_ones = await session.scalars(select(Range.worker).where(~Range.done))
                return list(open_ones) == ["alive"]

        await successor.until(only_one_is_left)
    assert len(office.telegram.got) == 20


async def test_where_telegram_takes_no_stars_it_goes_on_for_nothing(office: Office) -> None:
    """Nobody fails for it, it is noted once, and whoever follows is not asked to be paid for."""
    await office.open(30, size=10)
    async with office.database.transaction() as session:
        await broadcasts.change(session, office.broadcast_id, paid=True)
    told: list[str] = []

    async def note(_broadcast_id: int, reason: str) -> None:
        told.append(reason)

    class Thrifty(Telegram):
        """Takes no Stars."""

        paid = 0

        async def send(self, chat_id: int, body: bytes) -> Outcome:
            if orjson.loads(body).get("allow_paid_broadcast"):
                self.paid += 1
                return PaymentRefused("Bad Request: BALANCE_TOO_LOW")
            return await super().send(chat_id, body)

    telegram = Thrifty()
    sender = Sender(telegram, office.pacer, office.moved, paid=OpenPacer())
    worker = office.worker(sender=sender)
    worker._note_unpaid = note
    await office.finish(worker)
    assert Counter(telegram.chats) == Counter(office.chats)
    assert told == ["Bad Request: BALANCE_TOO_LOW"]
    assert 1 <= telegram.paid <= WINDOW + worker._limits.queue
    progress = await office.progress()
    assert (progress.sent, progress.failed) == (30, 0)


async def test_a_paid_push_has_turns_of_its_own(office: Office) -> None:
    """It is sent as one that may cost Stars, at the pace of those; the free pacer gives no turn away."""
    await office.open(12, size=10)
    async with office.database.transaction() as session:
        await broadcasts.change(session, office.broadcast_id, paid=True)
    bodies: list[dict[str, Any]] = []

    class Rich(Telegram):
        async def send(self, chat_id: int, body: bytes) -> Outcome:
            bodies.append(orjson.loads(body))
            return await super().send(chat_id, body)

    telegram = Rich()
    sender = Sender(telegram, OpenPacer(slots=0), office.moved, paid=OpenPacer())
    await office.finish(office.worker(sender=sender))
    assert all(body["allow_paid_broadcast"] for body in bodies)
    assert Counter(telegram.chats) == Counter(office.chats)


class Away(Telegram):
    """Does not answer while `away` is set; each message arrives all the same where `accepts`."""

    def __init__(self, *, accepts: bool) -> None:
        super().__init__()
        self.away = False
        self.accepts = accepts
        self.tries = 0

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        self.tries += 1
        if self.away and not self.accepts:
            return Transient("502", maybe_sent=True, answered=True)
        outcome = await super().send(chat_id, body)
        return Transient("no answer", maybe_sent=True) if self.away else outcome

    async def knock(self, chat_id: int) -> Outcome | None:
        await super().knock(chat_id)
        return Transient("502") if self.away else None


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long it waits between tries is not what is tested."""
    monkeypatch.setattr(outage, "QUIET_S", 0.0)
    monkeypatch.setattr(outage, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(outage, "LONGEST_PAUSE_S", 0.02)
    monkeypatch.setattr(sending, "_FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(outage_note, "_AGAIN_S", 0.05)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("accepts", [False, True])
async def test_an_outage_in_the_middle_of_a_push_misses_nobody(office: Office, *, accepts: bool) -> None:
    """However long: nobody fails, at most a window is repeated, and editors see since when it lasts."""
    await office.open(60, size=20)
    telegram = office.telegram = Away(accepts=accepts)

    async def go_away() -> None:
        telegram.away = True

    office.at_send(20, go_away)
    worker = office.worker()
    status = Broadcasts(office.database, office.clock, lambda _pushed: {}).status
    async with office.at_work(worker):

        async def is_seen() -> bool:
            return (await status(office.broadcast_id)).outage_since is not None

        async def has_knocked() -> bool:
            return len(telegram.knocks) > knocks + 20

        async def is_over() -> bool:
            return not await is_seen()

        await until(is_seen)
        told = await status(office.broadcast_id)
        assert told.outage_since is not None
        assert office.clock() - timedelta(minutes=1) < told.outage_since <= office.clock()
        assert told.progress.failed == 0
        before = telegram.tries
        knocks = len(telegram.knocks)
        await until(has_knocked)
        assert telegram.tries == before  # nothing but knocks
        telegram.away = False
        await worker.until(office.is_finished)
        await until(is_over)
    assert set(telegram.chats) == set(office.chats)
    assert len(telegram.chats) <= len(office.chats) + WINDOW
    assert {one.state for one in (await office.receipts()).values()} == {DeliveryState.SENT}


@pytest.mark.usefixtures("hurried")
async def test_what_one_reader_cannot_get_is_tried_last_and_holds_up_nobody(
    office: Office, elapsed: Elapsed
) -> None:
    """Its Range stays open and is nobody's, others are finished; when it works at last the Broadcast ends."""
    await office.open(40, size=10)
    deaf = office.chats[3]
    office.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    worker = office.worker()
    async with office.at_work(worker):

        async def is_tried_again() -> bool:
            return office.telegram.chats.count(deaf) >= tries

        await worker.until(office.has_one_open_range)
        assert await office.state() is BroadcastState.RUNNING
        assert set(office.telegram.chats) == set(office.chats)
        assert set(await office.receipts()) == set(office.chats) - {deaf}
        assert (await office.progress()).failed == 0
        tries = office.telegram.chats.count(deaf)
        for wait in (5, 10, 20):  # each time it is tried once more, after a longer wait
            await worker.until(office.has_one_open_range)
            assert office.telegram.chats.count(deaf) == tries
            elapsed.now += wait - 1
            worker.wake()
            await worker.until(office.has_one_open_range)
            assert office.telegram.chats.count(deaf) == tries
            elapsed.now += 1
            tries += 1
            await worker.until(is_tried_again)
        await worker.until(office.has_one_open_range)
        del office.telegram.outcomes[deaf]
        elapsed.now += 40
        await worker.until(office.is_finished)
    assert set(await office.receipts()) == set(office.chats)
    assert Counter(office.telegram.chats) - Counter({deaf: 100}) == Counter(set(office.chats) - {deaf})


@pytest.mark.usefixtures("hurried", "elapsed")
async def test_a_range_that_is_set_aside_while_a_lease_is_taken_is_left_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One task asks which Ranges wait, another sets one aside, and only then the first takes its lease."""
    await office.open(20, size=10)
    deaf = office.chats[3]
    office.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    worker = office.worker()
    async with office.at_work(worker):
        await worker.until(office.has_one_open_range)
        tries, attempts = office.telegram.chats.count(deaf), sum(await office.attempts())
        now = SetAside.waiting
        asked_before = iter([set[int]()])
        monkeypatch.setattr(SetAside, "waiting", lambda aside: next(asked_before, now(aside)))

        async def lease_was_taken() -> bool:
            return sum(await office.attempts()) > attempts

        worker.wake()
        await worker.until(lease_was_taken)
        await worker.until(office.has_one_open_range)
        assert office.telegram.chats.count(deaf) == tries


@pytest.mark.usefixtures("hurried")
async def test_who_was_set_aside_gets_it_after_a_kill_too(office: Office) -> None:
    """Nothing but a missing receipt says that they wait, so that another worker finds them."""
    await office.open(10)
    deaf = office.chats[3]
    office.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    first = office.worker("first")
    async with office.at_work(first):
        await first.left.wait()
    del office.telegram.outcomes[deaf]
    second = office.worker("second")
    await second.take_over("first")
    await office.finish(second)
    assert set(await office.receipts()) == set(office.chats)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("seed", range(6))
async def test_the_window_neither_grows_nor_shrinks(office: Office, seed: int) -> None:
    """Whatever becomes of a send, before its place was taken or after: as many places as there were."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    await office.open(80, size=20)
    left: dict[int, int] = dict.fromkeys(office.chats, 3)  # faults that each meets at the most

    class Faulty(Sender):
        async def send(
            self, recipient: Recipient, body: bytes, flight: PendingSend, may_send: MaySend
        ) -> SendResult | None:
            left[recipient.chat_id] -= 1
            fault = chance.choice("abcdef") if left[recipient.chat_id] >= 0 else ""
            if fault == "a":
                raise ZeroDivisionError("before it took a place")
            if fault == "b":
                return None
            if fault == "c":
                await flight.take_place()
                raise ZeroDivisionError("after it took a place")
            if fault == "d":
                await flight.take_place()
                return None
            if fault == "e":
                flight.set_aside = True
                return None
            return await super().send(recipient, body, flight, may_send)

    worker = office.worker(sender=Faulty(office.telegram, office.pacer, office.moved))
    most = 0

    async def watch() -> bool:
        nonlocal most
        most = max(most, worker._window._value)
        office.clock.advance(seconds=1)
        return await office.state() in {BroadcastState.FINISHED, BroadcastState.PAUSED}

    async with office.at_work(worker):
        await worker.until(watch)
    assert most <= WINDOW
    assert worker._window._value == WINDOW
    assert worker._begun._value == WINDOW + worker._limits.queue
    assert not worker._sends


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it is so."""
    async with asyncio.timeout(60):
        while not await is_so():  # noqa: ASYNC110  # it waits for what others see, too
            await asyncio.sleep(0.005)
