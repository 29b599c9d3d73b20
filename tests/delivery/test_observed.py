"""What a worker and its Pacer count for monitoring: what is certain, once."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest

from bot.delivery.leased_range import LEASE_S
from bot.delivery.outcome import Blocked, Gone, Rejected
from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Lane, Pacer
from bot.telegram.timed_messenger import TimedMessenger
from storage.deliveries import leases
from tests.factories import Elapsed
from tests.fakes import WINDOW, DeliveryWorld, FakeTelegram, WatchedWorker
from tests.virtualtime import run


class Counted:
    """An Observer that keeps all that is reported to it."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.taken = 0

    def settled(self, outcomes: Mapping[str, int]) -> None:
        self.outcomes.update(outcomes)

    def took_over(self, ranges: int) -> None:
        self.taken += ranges


def observed(
    world: DeliveryWorld, counted: Counted, name: str = "one", *, window: int = WINDOW
) -> WatchedWorker:
    """Return a worker with this observer."""
    worker = world.worker(name, window=window)
    worker._receipts._observer = counted
    worker._leases._observer = counted
    return worker


async def test_every_receipt_is_counted_by_what_it_says(world: DeliveryWorld) -> None:
    """A reader who blocked the bot, and one who is gone, apart from other failures."""
    await world.open(20, size=5)
    blocked, gone, refused, *_ = world.chats
    world.telegram.outcomes |= {blocked: Blocked(), gone: Gone(), refused: Rejected("too long")}
    counted = Counted()
    await world.finish(observed(world, counted))
    assert counted.outcomes == {"sent": 17, "blocked": 1, "gone": 1, "failed": 1}
    assert counted.taken == 0


async def test_receipts_of_a_lost_range_are_not_counted(world: DeliveryWorld, elapsed: Elapsed) -> None:
    """They were not written: the worker that has the Range now writes and counts them."""
    await world.open(10)

    async def steal() -> None:
        async with world.database.transaction() as session:
            assert await leases.claim(session, worker="thief", dead=await leases.observe(session))

    stolen, counted = world.at_send(1, steal), Counted()
    worker = observed(world, counted, window=1)  # so that nothing is settled before the theft
    async with world.at_work(worker):
        await worker.until_left_after(stolen)
        assert counted.outcomes.total() == 0
        await worker.look()
        elapsed.now += LEASE_S  # the thief died
        worker.wake()
        await worker.until(world.is_finished)
    assert counted.outcomes == {"sent": 10}
    assert counted.taken == 1


async def test_a_successor_counts_the_ranges_that_it_frees(world: DeliveryWorld) -> None:
    """Those of its dead predecessor, and nothing where there was none."""
    await world.open(30, size=10)
    async with world.database.transaction() as session:
        for _ in range(2):
            await leases.claim(session, worker="dead")
    counted = Counted()
    successor = observed(world, counted, "successor")
    await successor.take_over("dead")
    await successor.take_over("nobody")
    assert counted.taken == 2


def test_the_pacer_says_how_many_wait_in_each_lane() -> None:
    """One that was cancelled waits no longer."""

    async def main() -> None:
        pacer = Pacer(Budget(1), clock=asyncio.get_running_loop().time)
        await pacer.acquire(1)
        waiting = [asyncio.create_task(pacer.acquire(chat, Lane.BROADCAST)) for chat in range(2, 5)]
        reply = asyncio.create_task(pacer.acquire(5, Lane.REPLY))
        await asyncio.sleep(0)
        assert [pacer.waiting(lane) for lane in Lane] == [1, 0, 3]
        waiting.pop().cancel()
        await asyncio.sleep(0)
        assert pacer.waiting(Lane.BROADCAST) == 2
        await asyncio.gather(reply, *waiting)
        assert [pacer.waiting(lane) for lane in Lane] == [0, 0, 0]

    run(main())


def test_the_seconds_of_a_flood_are_counted_once() -> None:
    """All sends on the wire get the same 429; a longer one adds the rest, from a paired Pacer too."""

    async def main() -> None:
        seconds: list[float] = []
        clock = asyncio.get_running_loop().time
        pacer = Pacer(Budget(30), clock=clock, flooded=seconds.append)
        paid = Pacer(Budget(1000), clock=clock)
        pacer.pair(paid)
        for asked in (5, 3, 5):
            pacer.flood(asked)
        paid.flood(30)
        await pacer.flood_over()
        pacer.flood(2)
        assert sum(seconds) == pytest.approx(32)

    run(main())


async def test_the_time_of_every_call_but_knocks_is_measured() -> None:
    """Whatever comes of it, and the Outcome is passed on."""
    telegram, seconds = FakeTelegram(), list[float]()
    telegram.outcomes[2] = Blocked()
    timed = TimedMessenger(telegram, seconds.append)
    body = b'{"text":"x"}'
    assert await timed.send(2, body) == Blocked()
    await timed.edit(1, 7, body)
    await timed.delete(1, 7)
    await timed.knock(1)
    assert (len(seconds), telegram.knocks, telegram.deleted) == (3, [1], [(1, 7)])
    assert all(0 <= one < 60 for one in seconds)
