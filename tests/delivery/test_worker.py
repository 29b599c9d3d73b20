"""The worker on real databases: each reader gets the message once, and a /stop, pause or cancel acts soon."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.delivery import range_sender
from bot.delivery.leased_range import LEASE_S
from bot.delivery.outcome import Blocked, Gone, Moved, Rejected
from bot.delivery.rate.pacer import Lane
from bot.delivery.sender import MaySend, PendingSend, Sender, SendResult
from storage.deliveries.recipients import Recipient
from storage.models import Subscriber
from storage.subscribers import subscribers
from storage.words import BroadcastState, DeliveryState, Length, SubscriberState
from tests.factories import add_subscribers, get_subscriber
from tests.fakes import SLICE, WINDOW, DeliveryWorld, OpenPacer


async def test_everybody_gets_it_exactly_once(world: DeliveryWorld) -> None:
    """Three workers send nine Ranges: each reader gets one message and one receipt, and the counts fit."""
    await world.open(43, size=5)
    await world.finish(*(world.worker(name) for name in ("one", "two", "three")))
    world.assert_once()
    receipts = await world.receipts()
    assert set(receipts) == set(world.chats)
    assert all(one.state is DeliveryState.SENT and one.message_id for one in receipts.values())
    progress = await world.progress()
    assert (progress.sent, progress.failed, progress.blocked) == (43, 0, 0)
    assert progress.ranges == progress.ranges_done == 9


async def test_each_reader_gets_the_body_for_their_language_and_length(world: DeliveryWorld) -> None:
    """A reader gets the Body of their language and Length; the source language if theirs has no texts."""
    (uk,) = await add_subscribers(world.database, 1, language="uk", length=Length.LONG)
    (other,) = await add_subscribers(world.database, 1, language="pl", length=Length.BRIEF)
    await world.open(1)
    await world.finish(world.worker())
    assert dict(world.telegram.got) == {
        uk: "uk long",
        other: "en brief",
        world.chats[0]: "en short",
    }


async def test_each_outcome_is_stored(world: DeliveryWorld) -> None:
    """Blocked, gone, rejected and an error of ours each have their receipt, and everybody else gets the
    message.
    """
    await world.open(20)
    blocked, gone, refused, faulty, moved = world.chats[2:7]
    world.telegram.outcomes = {
        blocked: Blocked(),
        gone: Gone(),
        refused: Rejected("too long"),
        faulty: ZeroDivisionError("ours"),
        moved: Moved(-1_001_000_000_777),
    }
    await world.finish(world.worker())
    assert Counter(world.telegram.chats) == Counter([*world.chats, -1_001_000_000_777])
    world.chats[6] = -1_001_000_000_777
    receipts = await world.receipts()
    assert receipts[-1_001_000_000_777].state is DeliveryState.SENT
    assert {chat: receipts[chat].reason for chat in (blocked, gone, refused, faulty)} == {
        blocked: "blocked",
        gone: "gone",
        refused: "too long",
        faulty: "internal error: ZeroDivisionError",
    }
    states = {chat: (await get_subscriber(world.database, chat)).state for chat in world.chats}
    assert states.pop(blocked) is SubscriberState.BLOCKED
    assert states.pop(gone) is SubscriberState.GONE
    assert set(states.values()) == {SubscriberState.ACTIVE}
    progress = await world.progress()
    assert (progress.sent, progress.failed, progress.blocked) == (16, 2, 2)


async def test_a_stop_during_the_run_is_obeyed(world: DeliveryWorld) -> None:
    """A reader who sends /stop before their slice is read gets nothing, and the Broadcast finishes."""
    await world.open(30)
    leaver = world.chats.pop()
    left = asyncio.Event()

    async def leave() -> None:
        async with world.database.transaction() as session:
            await subscribers.change(session, leaver, state=SubscriberState.STOPPED)
        left.set()

    world.at_send(3, leave)
    for number in range(4, 4 + WINDOW):
        world.at_send(number, left.wait)  # a slow database delays the others
    await world.finish(world.worker())
    world.assert_once()


async def test_a_stop_while_the_message_is_on_the_wire_stays_a_stop(world: DeliveryWorld) -> None:
    """A stopped reader stays stopped though Telegram then says that they blocked us."""
    await world.open(1)
    (chat,) = world.chats

    async def leave() -> None:
        async with world.database.transaction() as session:
            await subscribers.change(session, chat, state=SubscriberState.STOPPED)

    world.at_send(1, leave)
    world.telegram.outcomes[chat] = Blocked()
    await world.finish(world.worker())
    assert (await get_subscriber(world.database, chat)).state is SubscriberState.STOPPED


async def test_pause_acts_within_a_slice_and_resume_goes_on(world: DeliveryWorld) -> None:
    """A pause stops sending within a slice, with all receipts; after resume each reader has it once."""
    await world.open(60)
    paused = world.at_send(8, lambda: world.set_state(BroadcastState.PAUSED))
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until_left_after(paused)
        assert 8 <= len(world.telegram.got) <= world.sent_by_then + WINDOW + SLICE
        assert len(await world.receipts()) == len(world.telegram.got)
        await world.set_state(BroadcastState.RUNNING)
        worker.wake()
        await worker.until(world.is_finished)
    world.assert_once()


async def test_cancel_ends_a_broadcast_for_good(world: DeliveryWorld) -> None:
    """A cancel stops sending within a slice, with all receipts written, and the Broadcast stays cancelled."""
    await world.open(60)
    cancelled = world.at_send(8, lambda: world.set_state(BroadcastState.CANCELLED))
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until_left_after(cancelled)
    assert 8 <= len(world.telegram.got) <= world.sent_by_then + WINDOW + SLICE
    assert len(await world.receipts()) == len(world.telegram.got)
    assert await world.state() is BroadcastState.CANCELLED


async def test_a_stopped_worker_leaves_nobody_out(world: DeliveryWorld) -> None:
    """A stopped worker writes its receipts and gives back the Range; a second one sends to the rest."""
    await world.open(60)
    first = world.worker("first")

    async def stop() -> None:
        first.stop()

    world.at_send(9, stop)
    await first.run()
    assert 9 <= len(world.telegram.got) <= world.sent_by_then + WINDOW
    assert len(await world.receipts()) == len(world.telegram.got)
    world.clock.advance(seconds=LEASE_S + 1)
    await world.finish(world.worker("second"))
    world.assert_once()
    assert await world.attempts() == [2]  # it needed not wait for the lease to end


async def test_a_stopped_worker_cancels_sends_that_wait_for_a_slot(world: DeliveryWorld) -> None:
    """They have no receipt, and the next worker sends them."""
    await world.open(20)
    world.pacer = OpenPacer(slots=7)
    first = world.worker("first")
    running = asyncio.create_task(first.run())
    await world.pacer.full.wait()
    first.stop()
    await running
    assert len(world.telegram.got) == len(await world.receipts()) == 7
    assert not await world.is_finished()
    world.pacer = OpenPacer()
    await world.finish(world.worker("second"))
    world.assert_once()


class FloodedPacer(OpenPacer):
    """A Pacer in a flood: `meanwhile` runs once a window of sends waits, and then the flood ends."""

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


async def test_a_stop_during_a_flood_is_obeyed(world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who sends /stop while a flood delays their message gets nothing; others get it once."""
    monkeypatch.setattr(range_sender, "_FRESH_S", 0.0)
    await world.open(20)
    left = world.chats[1]

    async def leave() -> None:
        async with world.database.transaction() as session:
            await subscribers.change(session, left, state=SubscriberState.STOPPED)

    world.pacer = FloodedPacer(leave)
    await world.finish(world.worker())
    world.chats.remove(left)
    world.assert_once()


async def test_who_says_that_they_helped_during_a_flood_gets_no_appeal(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their message was made with an Appeal, and waits: it comes without one, and once."""
    monkeypatch.setattr(range_sender, "_FRESH_S", 0.0)
    world.chats = await add_subscribers(world.database, 20)
    await world.broadcast(appeal=True)
    helped, until = world.chats[1], world.clock.now + timedelta(days=90)

    async def say_it() -> None:
        async with world.database.transaction() as session:
            await subscribers.change(session, helped, helped_until=until)

    world.pacer = FloodedPacer(say_it)
    await world.finish(world.worker())
    world.assert_once()
    without = [chat for chat, text in world.telegram.got if not text.endswith("appeal")]
    assert without == [helped]


async def test_a_day_off_that_begins_during_a_flood_is_kept(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who takes a day off while their message waits does not get it: it is held."""
    monkeypatch.setattr(range_sender, "_FRESH_S", 0.0)
    await world.open(20)
    away, until = world.chats[1], world.clock.now + timedelta(days=2)

    async def leave() -> None:
        async with world.database.transaction() as session:
            await subscribers.change(session, away, away_until=until)

    world.pacer = FloodedPacer(leave)
    await world.finish(world.worker())
    assert (await world.receipts())[away].state is DeliveryState.HELD
    world.chats.remove(away)
    world.assert_once()


async def test_a_pause_during_a_flood_is_obeyed(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No message that waited for the end of a flood is sent after a pause; after resume each reader has it
    once.
    """
    monkeypatch.setattr(range_sender, "_FRESH_S", 0.0)
    await world.open(20)
    world.pacer = FloodedPacer(lambda: world.set_state(BroadcastState.PAUSED))
    worker = world.worker()
    async with world.at_work(worker):
        await worker.left.wait()
        assert world.telegram.got == []
        await world.set_state(BroadcastState.RUNNING)
        worker.wake()
        await worker.until(world.is_finished)
    world.assert_once()


async def test_a_send_without_a_result_keeps_the_range_open(world: DeliveryWorld) -> None:
    """The next lease of the Range sends what ended without a result."""
    await world.open(10)
    given_up = set(world.chats[::3])

    class Forgetful(Sender):
        async def send(
            self, recipient: Recipient, body: bytes, pending: PendingSend, may_send: MaySend
        ) -> SendResult | None:
            if recipient.chat_id in given_up:
                given_up.remove(recipient.chat_id)
                return None
            return await super().send(recipient, body, pending, may_send)

    sender = Forgetful(world.telegram, world.pacer, world.moved)
    await world.finish(world.worker(sender=sender))
    world.assert_once()
    assert await world.attempts() == [2]


async def test_a_reader_who_is_forgotten_meanwhile_delays_nobody(world: DeliveryWorld) -> None:
    """A reader whose row is deleted while their message is on the wire gets no receipt; others do."""
    await world.open(30)
    (lost,) = world.chats[2:3]

    async def forget() -> None:
        async with world.database.transaction() as session:
            await session.execute(delete(Subscriber).where(Subscriber.chat_id == lost))

    world.at_send(1, forget)
    await world.finish(world.worker())
    world.chats.remove(lost)
    assert set(await world.receipts()) == set(world.chats)
