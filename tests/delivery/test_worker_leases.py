"""The worker and its leases: after a kill or a theft another worker goes on where it ended."""

from collections import Counter

import pytest
from sqlalchemy import select

from bot.delivery.leased_range import LEASE_S
from bot.delivery.outcome import Transient
from bot.delivery.set_aside import SetAside
from storage.deliveries import leases
from storage.models import Range
from storage.words import BroadcastState
from tests.factories import Elapsed
from tests.fakes import WINDOW, DeliveryWorld


async def test_a_worker_whose_lease_was_taken_writes_nothing(world: DeliveryWorld, elapsed: Elapsed) -> None:
    """It sends nothing more and writes no receipt; the next worker misses nobody."""
    await world.open(40)

    async def steal() -> None:
        async with world.database.transaction() as session:
            dead = await leases.observe(session)
            assert await leases.claim(session, worker="thief", dead=dead)

    stolen = world.at_send(1, steal)
    worker = world.worker(window=1)  # so that nothing is settled before the theft
    async with world.at_work(worker):
        await worker.until_left_after(stolen)
        assert len(world.telegram.got) == 1
        assert await world.receipts() == {}
        assert (await world.progress()).sent == 0
        assert await world.attempts() == [2]
        await worker.look()
        elapsed.now += LEASE_S  # the thief died
        worker.wake()
        await worker.until(world.is_finished)
    assert set(await world.receipts()) == set(world.telegram.chats) == set(world.chats)
    assert len(world.telegram.chats) == len(world.chats) + 1


async def test_a_worker_that_was_frozen_sends_no_more(world: DeliveryWorld, elapsed: Elapsed) -> None:
    """A worker whose lease may have ended while it was frozen leaves the Range by itself."""
    await world.open(40)

    async def freeze() -> None:
        elapsed.now += LEASE_S

    frozen = world.at_send(1, freeze)
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until_left_after(frozen)
        assert len(world.telegram.got) <= world.sent_by_then + WINDOW
        await worker.look()
        elapsed.now += LEASE_S
        worker.wake()
        await worker.until(world.is_finished)
    world.assert_once()  # what it had sent it could still settle: nobody had taken the Range


async def test_a_successor_goes_on_at_once_with_a_dead_workers_ranges(world: DeliveryWorld) -> None:
    """It waits for none of the dead worker's leases, and leaves those of a living one alone."""
    await world.open(30, size=10)
    async with world.database.transaction() as session:
        for worker in ("dead", "alive"):
            assert await leases.claim(session, worker=worker)
    successor = world.worker(name="successor")
    await successor.take_over("dead")
    async with world.at_work(successor):

        async def only_one_is_left() -> bool:
            async with world.database.read() as session:
                open_ones = await session.scalars(select(Range.worker).where(~Range.done))
                return list(open_ones) == ["alive"]

        await successor.until(only_one_is_left)
    assert len(world.telegram.got) == 20


async def open_to_a_deaf_reader(world: DeliveryWorld) -> int:
    """Start a Broadcast to 40 readers. All sends to one of them fail. Return that chat."""
    await world.open(40, size=10)
    deaf = world.chats[3]
    world.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    return deaf


@pytest.mark.usefixtures("quick_retries")
async def test_a_send_that_fails_for_one_reader_is_tried_last_and_delays_nobody(
    world: DeliveryWorld,
) -> None:
    """Its Range stays open and free, all others finish, and the reader has no failure."""
    deaf = await open_to_a_deaf_reader(world)
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until(world.has_one_open_range)
        assert await world.state() is BroadcastState.RUNNING
        assert set(world.telegram.chats) == set(world.chats)
        assert set(await world.receipts()) == set(world.chats) - {deaf}
        assert (await world.progress()).failed == 0


@pytest.mark.usefixtures("quick_retries")
async def test_a_send_that_was_set_aside_is_tried_again_after_longer_and_longer_waits(
    world: DeliveryWorld, elapsed: Elapsed
) -> None:
    """Each time it has one try; when it works at last the Broadcast finishes."""
    deaf = await open_to_a_deaf_reader(world)
    worker = world.worker()
    async with world.at_work(worker):

        async def is_tried_again() -> bool:
            return world.telegram.chats.count(deaf) >= tries

        await worker.until(world.has_one_open_range)
        tries = world.telegram.chats.count(deaf)
        for wait in (5, 10, 20):
            await worker.until(world.has_one_open_range)
            assert world.telegram.chats.count(deaf) == tries
            elapsed.now += wait - 1
            worker.wake()
            await worker.until(world.has_one_open_range)
            assert world.telegram.chats.count(deaf) == tries
            elapsed.now += 1
            tries += 1
            await worker.until(is_tried_again)
        await worker.until(world.has_one_open_range)
        del world.telegram.outcomes[deaf]
        elapsed.now += 40
        await worker.until(world.is_finished)
    assert set(await world.receipts()) == set(world.chats)
    assert Counter(world.telegram.chats) - Counter({deaf: 100}) == Counter(set(world.chats) - {deaf})


@pytest.mark.usefixtures("quick_retries", "elapsed")
async def test_a_range_that_is_set_aside_during_a_claim_is_released(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Range that one task sets aside, after another task read which Ranges wait, is not sent."""
    await world.open(20, size=10)
    deaf = world.chats[3]
    world.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until(world.has_one_open_range)
        tries, attempts = world.telegram.chats.count(deaf), sum(await world.attempts())
        now = SetAside.waiting
        asked_before = iter([set[int]()])
        monkeypatch.setattr(SetAside, "waiting", lambda aside: next(asked_before, now(aside)))

        async def lease_was_taken() -> bool:
            return sum(await world.attempts()) > attempts

        worker.wake()
        await worker.until(lease_was_taken)
        await worker.until(world.has_one_open_range)
        assert world.telegram.chats.count(deaf) == tries


@pytest.mark.usefixtures("quick_retries")
async def test_a_send_that_was_set_aside_is_tried_after_a_kill_too(world: DeliveryWorld) -> None:
    """Another worker finds the reader, since only the receipt is missing."""
    await world.open(10)
    deaf = world.chats[3]
    world.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    first = world.worker("first")
    async with world.at_work(first):
        await first.left.wait()
    del world.telegram.outcomes[deaf]
    second = world.worker("second")
    await second.take_over("first")
    await world.finish(second)
    assert set(await world.receipts()) == set(world.chats)
