"""Processes that share one rate, in virtual time, with the row in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from random import Random
from statistics import median
from typing import cast

import pytest

from bot.delivery.rate.pacer import Lane, Pacer
from bot.delivery.rate.shared_budget import ALONE, HORIZON, PORTION, SharedBudget
from storage.database import Database
from storage.deliveries import rates
from storage.deliveries.rates import SharedRate, TakenSlots
from storage.engine.unavailable import DatabaseUnavailableError
from tests.virtualtime import run

RATE = 200.0
ROUND_TRIP = (0.001, 0.004)  # seconds; never twice the same, as with a real one
NEVER = SharedRate(now=0, taken_until=0, slowed_to=None, slowed_at=None)


@dataclass
class RateRow:
    """A database with this one row: one transaction at a time, by the loop's clock."""

    row: SharedRate = NEVER
    chance: Random = field(default_factory=lambda: Random(1))  # the same in every run
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["RateRow"]:
        async with self.turn:
            await asyncio.sleep(self.chance.uniform(*ROUND_TRIP))
            yield self

    async def take_next(self, _name: str, *, span: int, lead: int, reach: int) -> TakenSlots | None:
        clock = int(now() * 1e6)
        if self.row.slowed_at is not None or self.row.taken_until > clock + reach:
            return None
        self.row = replace(self.row, taken_until=max(self.row.taken_until, clock + lead) + span)
        return TakenSlots(clock, self.row.taken_until)

    async def lock(self, _name: str) -> SharedRate:
        return replace(self.row, now=int(now() * 1e6))

    async def take(self, _name: str, *, until: int) -> None:
        self.row = replace(self.row, taken_until=until)

    async def slow_down(self, _name: str, *, until: int, slowed_to: float, slowed_at: int) -> None:
        self.row = SharedRate(now=0, taken_until=until, slowed_to=slowed_to, slowed_at=slowed_at)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the statements change the RateRow that is their session."""
    for name in ("take_next", "lock", "take", "slow_down"):
        monkeypatch.setattr(rates, name, getattr(RateRow, name))


@asynccontextmanager
async def process(row_: RateRow, *, eager: bool = False) -> AsyncIterator[Pacer]:
    """Run the Pacer of one process inside the context."""
    budget = SharedBudget(cast("Database", row_), RATE, eager=eager, clock=now)
    running = asyncio.create_task(budget.run())
    try:
        yield Pacer(budget, clock=now)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def push(pacer: Pacer, until: float, sent: list[float]) -> None:
    """Send as fast as the Pacer allows, until then."""
    while now() < until:
        await pacer.acquire(None, Lane.BROADCAST)
        sent.append(now())


def busiest(moments: list[float]) -> int:
    """Return the largest number of moments in any second."""
    moments = sorted(moments)
    return max(sum(start <= one < start + 1 for one in moments) for start in moments)


def test_three_processes_share_one_rate() -> None:
    """Together they send all that is allowed and no more, and each gets a part of it."""

    async def scenario() -> None:
        row_ = RateRow()
        sent: list[list[float]] = [[], [], []]
        async with AsyncExitStack() as stack:
            pacers = [await stack.enter_async_context(process(row_)) for _ in sent]
            until = now() + 10
            await asyncio.gather(*(push(pacer, until, one) for pacer, one in zip(pacers, sent, strict=True)))
        together = [moment for one in sent for moment in one]
        assert busiest(together) <= RATE * 1.05
        assert len(together) >= 10 * RATE * 0.95
        assert min(map(len, sent)) >= len(together) / 4

    run(scenario())


def test_a_reply_does_not_wait_behind_pushes() -> None:
    """While two processes push at the full rate, a third one that replies gets its slots soon."""

    async def scenario() -> None:
        row_, waits = RateRow(), list[float]()
        async with AsyncExitStack() as stack:
            pushing = [await stack.enter_async_context(process(row_)) for _ in range(2)]
            answering = await stack.enter_async_context(process(row_, eager=True))
            until = now() + 5
            pushes = [asyncio.create_task(push(pacer, until, [])) for pacer in pushing]
            while now() < until:
                asked = now()
                await answering.acquire(7_000 + len(waits))
                waits.append(now() - asked)
            await asyncio.gather(*pushes)
        assert median(waits) < HORIZON
        assert max(waits) < HORIZON + 2 * PORTION

    run(scenario())


def test_a_flood_stops_all_and_slows_all() -> None:
    """A 429 to one process stops all; two processes with the same 429 lower the rate once."""

    async def scenario() -> None:
        row_ = RateRow()
        async with process(row_) as flooded_one, process(row_) as other, process(row_) as third:
            await asyncio.gather(*(pacer.acquire() for pacer in (flooded_one, other, third)))
            flooded_one.flood(60)
            other.flood(60)
            flooded = now()
            await asyncio.sleep(1)  # until both have stored it, and what was reserved before has gone
            await third.acquire()
            assert now() - flooded >= 60
            assert RATE * 0.6 < third.rate < RATE * 0.8

    run(scenario())


def test_without_the_database_readers_are_answered_at_a_tenth_of_the_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that replies goes on slowly; one that pushes waits for the database and then goes on."""

    async def scenario() -> None:
        row_, sent = RateRow(), list[float]()
        async with process(row_, eager=True) as answering, process(row_) as pushing:
            with monkeypatch.context() as flooded:
                flooded.setattr(rates, "take_next", fail)
                waiting = asyncio.create_task(push(pushing, now() + 20, sent))
                await answering.acquire()
                begun = now()
                for _ in range(100):
                    await answering.acquire()
                assert now() - begun == pytest.approx(100 / (RATE * ALONE), rel=0.05)
                assert sent == []
            await waiting
            assert sent

    async def fail(*_given: object, **_named: object) -> TakenSlots:
        raise DatabaseUnavailableError("the database is away")

    run(scenario())
