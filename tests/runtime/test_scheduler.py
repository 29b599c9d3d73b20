"""The clock loop: each duty in its time, once whoever runs it, and none stopped by another's fault."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.runtime import scheduler as module
from bot.runtime.scheduler import Duty, Scheduler
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from tests.factories import MovableClock
from tests.waiting import soon

MINUTE = timedelta(minutes=1)


class Count:
    """A duty's work: counts how often it was done."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self.done = asyncio.Event()
        self.error = error

    async def __call__(self) -> None:
        self.times += 1
        self.done.set()
        if self.error:
            raise self.error


async def test_a_duty_is_done_at_once_and_then_in_its_time(database: Database, clock: MovableClock) -> None:
    """Not between the turns, and again when the next one has come."""
    work = Count()
    table = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    seen = []
    for _ in range(7):
        await table.tick()
        seen.append(work.times)
        clock.advance(seconds=20)
    assert seen == [1, 1, 1, 2, 2, 2, 3]


async def test_missed_turns_are_not_made_up_for(database: Database, clock: MovableClock) -> None:
    """After an hour of sleep a duty of every minute is done once."""
    work = Count()
    table = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    await table.tick()
    clock.advance(hours=1)
    await table.tick()
    await table.tick()
    assert work.times == 2


async def test_of_many_processes_one_does_a_shared_duty(database: Database, clock: MovableClock) -> None:
    """All at once, turn after turn, also where a process has just begun."""
    work = Count()
    for turn in range(1, 4):
        fresh = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
        tables = [fresh] + [Scheduler(database, clock, [Duty("sweep", MINUTE, work)]) for _ in range(3)]
        await asyncio.gather(*(table.tick() for table in tables))
        assert work.times == turn
        clock.advance(minutes=1)


async def test_every_process_does_what_is_not_shared(database: Database, clock: MovableClock) -> None:
    """Such a duty asks nobody."""
    work = Count()
    duty = Duty("look", MINUTE, work, shared=False)
    for _ in range(3):
        await Scheduler(database, clock, [duty]).tick()
    assert work.times == 3


async def test_a_duty_that_fails_ends_neither_the_others_nor_itself(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged with its name, and tried again in its next turn."""
    bad, good = Count(ValueError("broken")), Count()
    table = Scheduler(database, clock, [Duty("bad", MINUTE, bad), Duty("good", MINUTE, good)])
    with caplog.at_level(logging.ERROR):
        await table.tick()
    clock.advance(minutes=1)
    await table.tick()
    assert (bad.times, good.times) == (2, 2)
    assert "bad" in {getattr(record, "duty", None) for record in caplog.records}


async def test_a_duty_that_keeps_failing_is_named(database: Database, clock: MovableClock) -> None:
    """From its third failure in a row until a turn of it works."""
    work = Count(ValueError("broken"))
    table = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    named = []
    for error in (work.error, work.error, work.error, None):
        work.error = error
        await table.tick()
        named.append(table.failing())
        clock.advance(minutes=1)
    assert named == [[], [], ["sweep"], []]


async def test_a_duty_that_always_fails_is_told_of_less_and_less(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Of ten failures the first with its traceback, then the 2nd, 4th and 8th; a success starts anew."""
    bad = Count(ValueError("broken"))
    table = Scheduler(database, clock, [Duty("bad", MINUTE, bad)])
    for _ in range(10):
        await table.tick()
        clock.advance(minutes=1)
    assert [vars(record)["times"] for record in caplog.records] == [1, 2, 4, 8]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False, False]
    caplog.clear()
    bad.error = None
    await table.tick()
    clock.advance(minutes=1)
    bad.error = ValueError("broken again")
    await table.tick()
    assert [bool(record.exc_info) for record in caplog.records] == [True]


async def test_a_database_that_is_away_is_no_fault_of_the_duty(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The watch tells of it, once for all; the duty has its next turn."""
    work = Count(DatabaseUnavailableError("connection refused"))
    table = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    for _ in range(2):
        await table.tick()
        clock.advance(minutes=1)
    assert work.times == 2
    assert not caplog.records


async def test_stop_finishes_what_is_under_way_and_begins_nothing(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the rest of the same tick; and the loop ends by itself."""
    monkeypatch.setattr(module, "TICK", timedelta(days=1))  # the loop must not wait for its next tick
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()
    later = Count()

    async def long() -> None:
        begun.set()
        await go_on.wait()
        finished.set()

    table = Scheduler(database, clock, [Duty("long", MINUTE, long), Duty("later", MINUTE, later)])
    running = asyncio.create_task(table.run())
    await begun.wait()
    table.stop()
    go_on.set()
    await running
    assert finished.is_set()
    assert later.times == 0


async def test_stop_lets_a_slow_duty_end(database: Database, clock: MovableClock) -> None:
    """One that is about to: what it has told nobody yet would be lost."""
    begun, ended = asyncio.Event(), Count()

    async def tell() -> None:
        begun.set()
        await table._stopping.wait()
        await asyncio.sleep(0)
        await ended()

    table = Scheduler(database, clock, [Duty("tell", MINUTE, tell, slow=True)])
    running = asyncio.create_task(table.run())
    await begun.wait()
    table.stop()
    await running
    assert ended.times == 1


async def test_stop_wakes_a_loop_that_waits(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not sit out its tick."""
    monkeypatch.setattr(module, "TICK", timedelta(days=1))
    work = Count()
    table = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    running = asyncio.create_task(table.run())
    await work.done.wait()
    table.stop()
    await soon(running)
    assert work.times == 1


async def test_a_slow_duty_holds_up_no_other(database: Database, clock: MovableClock) -> None:
    """The others go on meanwhile, it is not begun a second time, and it is broken off at the end."""
    quick, begun, broken_off = Count(), Count(), asyncio.Event()

    async def wait_for_a_site() -> None:
        await begun()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            broken_off.set()
            raise

    duties = [Duty("poll", MINUTE, wait_for_a_site, slow=True), Duty("sweep", MINUTE, quick)]
    table = Scheduler(database, clock, duties)
    running = asyncio.create_task(table.run())
    await begun.done.wait()
    await quick.done.wait()
    clock.advance(minutes=2)
    await table.tick()
    assert (begun.times, quick.times) == (1, 2)
    table.stop()
    await running
    assert broken_off.is_set()
