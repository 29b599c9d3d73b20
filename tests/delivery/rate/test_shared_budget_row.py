"""The shared rate on real databases: slots come from one row, by the database's own clock."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.rate.budget import SLOWER
from bot.delivery.rate.pacer import Lane, Pacer
from bot.delivery.rate.shared_budget import PORTION, ROW, SharedBudget
from bot.runtime.supervisor import Supervisor
from storage.database import Database
from storage.deliveries import rates
from storage.engine.unavailable import DatabaseUnavailableError
from tests.waiting import comes_true, soon

RATE = 200.0


@asynccontextmanager
async def process(database: Database, *, eager: bool = False) -> AsyncIterator[Pacer]:
    """Run the Pacer of one process inside the context."""
    async with fetching(SharedBudget(database, RATE, eager=eager)) as budget:
        yield Pacer(budget)


@asynccontextmanager
async def fetching(budget: SharedBudget) -> AsyncIterator[SharedBudget]:
    """Let the budget fetch its slots inside the context."""
    running = asyncio.create_task(budget.run())
    try:
        yield budget
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_no_slot_is_given_twice(database: Database) -> None:
    """Three processes that fetch at once take as many slots from the row as they got."""
    async with database.transaction() as session:
        before = (await rates.lock(session, ROW)).now
    async with AsyncExitStack() as stack:
        budgets = [SharedBudget(database, RATE) for _ in range(3)]
        for budget in budgets:
            budget.take(time.monotonic())  # it has none yet, and asks
            await stack.enter_async_context(fetching(budget))

        async def all_have_some() -> bool:
            return all(budget._slots for budget in budgets)

        await comes_true(all_have_some)
    async with database.transaction() as session:
        taken_until = (await rates.lock(session, ROW)).taken_until
    slots = sum(len(budget._slots) for budget in budgets)
    assert slots == 3 * RATE * PORTION
    assert taken_until - before >= slots / RATE * 1e6


async def test_a_longer_429_in_the_same_pause_holds_for_all(database: Database) -> None:
    """The row has the later end at once, and the rate is lowered once."""
    async with process(database) as pacer:
        await pacer.acquire()
        pacer.flood(60)
        await _flooded_for(database, 50)
        pacer.flood(600)
        shared = await _flooded_for(database, 500)
    assert shared.slowed_to == pytest.approx(RATE * SLOWER)


async def test_a_distant_database_stops_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots that take a quarter of a second to fetch are taken as much earlier."""
    lock, take_next = rates.lock, rates.take_next

    async def lock_far_away(session: AsyncSession, name: str) -> rates.SharedRate:
        shared = await lock(session, name)
        await asyncio.sleep(0.25)
        return shared

    async def take_far_away(session: AsyncSession, name: str, **given: int) -> rates.TakenSlots | None:
        taken = await take_next(session, name, **given)
        await asyncio.sleep(0.25)
        return taken

    monkeypatch.setattr(rates, "lock", lock_far_away)
    monkeypatch.setattr(rates, "take_next", take_far_away)
    sent = 0
    async with process(database) as pacer:
        for chat_id in range(1, 101):
            await soon(pacer.acquire(chat_id, Lane.BROADCAST))
            sent += 1
    assert sent == 100


async def _flooded_for(database: Database, seconds: float) -> rates.SharedRate:
    """Return the row once it says that nobody may send for so many seconds."""

    async def row() -> rates.SharedRate:
        async with database.transaction() as session:
            return await rates.lock(session, ROW)

    async def is_flooded() -> bool:
        shared = await row()
        return shared.taken_until - shared.now > seconds * 1e6

    await comes_true(is_flooded)
    return await row()


async def test_a_slot_given_back_is_taken_by_the_next(database: Database) -> None:
    """A slot that was not used goes to the next send."""
    async with fetching(SharedBudget(database, RATE)) as budget:
        await Pacer(budget).acquire()
        now = time.monotonic()
        budget.give_back(now)
        assert budget.take(now) == now


async def test_without_the_database_readers_are_answered_slowly_and_nothing_is_pushed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that replies goes on at a tenth of the rate; one that pushes waits for the database."""

    async def fail(*_given: object, **_named: object) -> rates.TakenSlots:
        raise DatabaseUnavailableError("the database is away")

    monkeypatch.setattr(rates, "take_next", fail)
    async with process(database, eager=True) as answering, process(database) as pushing:
        waiting = asyncio.create_task(pushing.acquire(None, Lane.BROADCAST))
        await answering.acquire()
        await answering.acquire()
        assert not waiting.done()
        waiting.cancel()


async def test_a_clock_that_is_set_back_delays_nobody(database: Database) -> None:
    """Slots and a flood from before the clock was set back do not count."""
    day = 86_400_000_000
    async with database.transaction() as session:
        now = (await rates.lock(session, ROW)).now + 2 * day  # the time before the clock was set back
        await rates.slow_down(session, ROW, until=now - day, slowed_to=3.0, slowed_at=now - day)
        await rates.take(session, ROW, until=now)
    async with fetching(SharedBudget(database, RATE)) as budget:
        async with asyncio.timeout(60):
            await Pacer(budget).acquire()
    async with database.transaction() as session:
        shared = await rates.lock(session, ROW)
    assert shared.slowed_at is None
    assert shared.taken_until < shared.now + 60_000_000


async def test_a_long_flood_stays(database: Database) -> None:
    """However far ahead its end is, it counts."""
    async with database.transaction() as session:
        until = (await rates.lock(session, ROW)).now + 3_600_000_000
        await rates.slow_down(session, ROW, until=until, slowed_to=3.0, slowed_at=until)
        await rates.take(session, ROW, until=until)
    async with database.transaction() as session:
        shared = await rates.lock(session, ROW)
    assert (shared.taken_until, shared.slowed_at) == (until, until)


async def test_an_error_of_ours_while_slots_are_fetched_stops_no_sending(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, the task is started again, and the waiting send gets its slot."""
    monkeypatch.setattr("bot.runtime.supervisor._FIRST_PAUSE_S", 0.01)
    take_next = rates.take_next

    async def fail(*_given: object, **_named: object) -> rates.TakenSlots:
        monkeypatch.setattr(rates, "take_next", take_next)
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(rates, "take_next", fail)
    budget = SharedBudget(database, RATE)
    async with Supervisor(patience=1) as parts:
        parts.start("shared rate", budget.run)
        async with asyncio.timeout(60):
            await Pacer(budget).acquire()
    assert "ZeroDivisionError: ours" in caplog.text


async def test_the_row_is_made_once(database: Database) -> None:
    """The first process inserts the row, and its times are the database's."""
    begun = time.time()
    async with database.transaction() as session:
        first = await rates.lock(session, ROW)
        await rates.take(session, ROW, until=first.now + 5)
    async with database.transaction() as session:
        second = await rates.lock(session, ROW)
    assert (first.taken_until, second.taken_until) == (0, first.now + 5)
    assert begun - 0.1 <= second.now / 1e6 <= time.time() + 0.1


async def test_slots_are_taken_in_one_statement_where_that_is_simple(database: Database) -> None:
    """Not where the row is missing, where slots would begin too late, or after a flood: these take a look."""
    wanted = {"span": 50_000, "lead": 10_000, "reach": 40_000}
    async with database.transaction() as session:
        assert await rates.take_next(session, ROW, **wanted) is None
        await rates.lock(session, ROW)
        first = await rates.take_next(session, ROW, **wanted)
        assert first is not None
        assert first.until - first.now == pytest.approx(60_000, abs=5_000)
        assert await rates.take_next(session, ROW, **wanted | {"reach": 0}) is None
        second = await rates.take_next(session, ROW, **wanted | {"reach": 1_000_000})
        assert second is not None
        assert second.until >= first.until + 50_000
        await rates.slow_down(session, ROW, until=0, slowed_to=3.0, slowed_at=second.now)
        assert await rates.take_next(session, ROW, **wanted) is None
