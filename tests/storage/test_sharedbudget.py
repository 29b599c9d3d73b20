"""One rate for many processes: slots out of one row, on PostgreSQL's own clock."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.pacer import Lane, Pacer
from bot.delivery.sharedbudget import ROW, SharedBudget
from storage import rates
from storage.database import Database

RATE = 200.0


@asynccontextmanager
async def process(database: Database, *, eager: bool = False) -> AsyncIterator[Pacer]:
    """A Pacer as a process of its own has it."""
    async with fetching(SharedBudget(database, RATE, eager=eager)) as budget:
        yield Pacer(budget)


@asynccontextmanager
async def fetching(budget: SharedBudget) -> AsyncIterator[SharedBudget]:
    """The budget, which meanwhile fetches its slots."""
    running = asyncio.create_task(budget.run())
    try:
        yield budget
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def push(pacer: Pacer, until: float, sent: list[float]) -> None:
    """Send as fast as it may."""
    while time.monotonic() < until:
        await pacer.acquire(None, Lane.BROADCAST)
        sent.append(time.monotonic())


def busiest(moments: list[float]) -> int:
    """The most in any sliding second."""
    moments = sorted(moments)
    return max(sum(start <= one < start + 1 for one in moments) for start in moments)


async def test_three_processes_share_one_rate(database: Database) -> None:
    """Together they send all that is allowed and no more, and each has a part of it."""
    sent: list[list[float]] = [[], [], []]
    async with AsyncExitStack() as stack:
        pacers = [await stack.enter_async_context(process(database)) for _ in sent]
        until = time.monotonic() + 2
        await asyncio.gather(*(push(pacer, until, one) for pacer, one in zip(pacers, sent, strict=True)))
    together = [moment for one in sent for moment in one]
    assert busiest(together) <= RATE * 1.05
    assert len(together) >= RATE  # two seconds' worth, on a machine that may be busy
    assert min(map(len, sent)) >= len(together) / 10


async def test_an_answer_does_not_wait_behind_pushes(database: Database) -> None:
    """While two processes push at the full rate, a third that answers readers has its slots soon."""
    waits: list[float] = []
    async with AsyncExitStack() as stack:
        pushing = [await stack.enter_async_context(process(database)) for _ in range(2)]
        answering = await stack.enter_async_context(process(database, eager=True))
        until = time.monotonic() + 1.5
        pushes = [asyncio.create_task(push(pacer, until, [])) for pacer in pushing]
        while time.monotonic() < until:
            asked = time.monotonic()
            await answering.acquire(7_000 + len(waits))
            waits.append(time.monotonic() - asked)
        await asyncio.gather(*pushes)
    waits.sort()
    assert waits[len(waits) // 2] < 0.1


async def test_a_flood_stops_all_and_slows_all(database: Database) -> None:
    """What one process is told holds for the others; two who are told the same lower the rate once."""
    async with process(database) as told, process(database) as other, process(database) as third:
        await asyncio.gather(*(pacer.acquire() for pacer in (told, other, third)))
        told.flood(0.6)
        other.flood(0.6)
        flooded = time.monotonic()
        await asyncio.sleep(0.2)  # until both have told it, and what was reserved before has gone
        await third.acquire()
        await third.acquire()
        assert time.monotonic() - flooded >= 0.55
        assert RATE * 0.6 < third.rate < RATE * 0.8


async def test_a_longer_429_in_the_same_pause_holds_for_all(database: Database) -> None:
    """It is told at once, not when the first pause is over; the rate is lowered once."""
    async with process(database) as told, process(database) as other:
        await asyncio.gather(told.acquire(), other.acquire())
        told.flood(0.4)
        await _until_taken(database, 0.3)
        told.flood(1.5)
        flooded = time.monotonic()
        await _until_taken(database, 0.8)
        while time.monotonic() < flooded + 1.45:
            await other.acquire()
        assert time.monotonic() - flooded >= 1.45
        assert RATE * 0.6 < other.rate < RATE * 0.8


async def test_a_database_far_away_slows_nobody_down(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slots that take a fifth of a second to fetch are taken as much earlier: most of the rate is sent."""
    lock = rates.lock

    async def far_away(session: AsyncSession, name: str) -> rates.Shared:
        shared = await lock(session, name)
        await asyncio.sleep(0.2)
        return shared

    monkeypatch.setattr(rates, "lock", far_away)
    sent: list[float] = []
    async with process(database) as pacer:
        await push(pacer, time.monotonic() + 6, sent)
    assert busiest(sent) <= RATE * 1.05
    assert len([one for one in sent if one >= sent[-1] - 2]) >= RATE


async def _until_taken(database: Database, seconds: float) -> None:
    """Wait until the row says that nobody may send for so long yet."""
    while True:
        async with database.sessions.begin() as session:
            shared = await rates.lock(session, ROW)
        if shared.taken_until - shared.now > seconds * 1e6:
            return
        await asyncio.sleep(0.01)


async def test_a_slot_given_back_is_taken_by_the_next(database: Database) -> None:
    """Who is cancelled after its turn came leaves the slot."""
    async with fetching(SharedBudget(database, RATE)) as budget:
        await Pacer(budget).acquire()
        now = time.monotonic()
        budget.give_back(now)
        assert budget.take(now) == now


async def test_without_the_database_readers_are_answered_slowly_and_nothing_is_pushed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that answers goes on at a tenth of the rate; one that pushes waits for the database."""

    async def fail(*_given: object) -> rates.Shared:
        raise OSError("the cellar is under water")

    monkeypatch.setattr(rates, "lock", fail)
    async with process(database, eager=True) as answering, process(database) as pushing:
        waiting = asyncio.create_task(pushing.acquire(None, Lane.BROADCAST))
        await answering.acquire()
        await answering.acquire()
        assert not waiting.done()
        waiting.cancel()


async def test_the_row_is_made_once(database: Database) -> None:
    """By whoever is first; times are the database's own."""
    async with database.sessions.begin() as session:
        first = await rates.lock(session, ROW)
        await rates.take(session, ROW, until=first.now + 5)
    async with database.sessions.begin() as session:
        second = await rates.lock(session, ROW)
    assert (first.taken_until, second.taken_until) == (0, first.now + 5)
    assert abs(second.now / 1e6 - time.time()) < 5
