"""The scheduler: runs each duty in its time, a shared one in one process, and survives their errors."""

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.runtime import scheduler as module
from bot.runtime.scheduler import Duty, Scheduler
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.models import DutyRun
from tests.factories import MovableClock
from tests.waiting import comes_true, soon

MINUTE = timedelta(minutes=1)


class Count:
    """The work of a duty: counts its runs, and raises `error` if it is set."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self.done = asyncio.Event()
        self.error = error

    async def __call__(self) -> None:
        self.times += 1
        self.done.set()
        if self.error:
            raise self.error


async def test_a_duty_runs_at_once_and_then_in_its_rhythm(database: Database, clock: MovableClock) -> None:
    """It does not run between two turns."""
    work = Count()
    scheduler = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    seen = []
    for _ in range(7):
        await scheduler.tick()
        seen.append(work.times)
        clock.advance(seconds=20)
    assert seen == [1, 1, 1, 2, 2, 2, 3]


async def test_missed_turns_are_not_made_up_for(database: Database, clock: MovableClock) -> None:
    """After an hour of sleep, a duty of every minute runs once."""
    work = Count()
    scheduler = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    await scheduler.tick()
    clock.advance(hours=1)
    await scheduler.tick()
    await scheduler.tick()
    assert work.times == 2


async def test_one_of_many_processes_runs_a_shared_duty(database: Database, clock: MovableClock) -> None:
    """All tick at once, turn after turn, one of them just started."""
    work = Count()
    for turn in range(1, 4):
        fresh = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
        schedulers = [fresh] + [Scheduler(database, clock, [Duty("sweep", MINUTE, work)]) for _ in range(3)]
        await asyncio.gather(*(one.tick() for one in schedulers))
        assert work.times == turn
        clock.advance(minutes=1)


async def test_every_process_runs_a_duty_that_is_not_shared(database: Database, clock: MovableClock) -> None:
    """Such a duty takes no turn in the database."""
    work = Count()
    duty = Duty("look", MINUTE, work, shared=False)
    for _ in range(3):
        await Scheduler(database, clock, [duty]).tick()
    assert work.times == 3


async def test_a_duty_that_fails_ends_neither_the_others_nor_itself(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged with its name, and runs again in its next turn."""
    bad, good = Count(ValueError("broken")), Count()
    scheduler = Scheduler(database, clock, [Duty("bad", MINUTE, bad), Duty("good", MINUTE, good)])
    with caplog.at_level(logging.ERROR):
        await scheduler.tick()
    clock.advance(minutes=1)
    await scheduler.tick()
    assert (bad.times, good.times) == (2, 2)
    assert "bad" in {getattr(record, "duty", None) for record in caplog.records}


async def test_a_duty_that_keeps_failing_counts_as_failing(database: Database, clock: MovableClock) -> None:
    """From its third failure in a row until it succeeds."""
    work = Count(ValueError("broken"))
    scheduler = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    named = []
    for error in (work.error, work.error, work.error, None):
        work.error = error
        await scheduler.tick()
        named.append(scheduler.failing())
        clock.advance(minutes=1)
    assert named == [[], [], ["sweep"], []]


async def test_the_failures_of_a_duty_are_logged_less_and_less(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Of ten failures, the first with its traceback, then the 2nd, 4th and 8th; a success starts again."""
    bad = Count(ValueError("broken"))
    scheduler = Scheduler(database, clock, [Duty("bad", MINUTE, bad)])
    for _ in range(10):
        await scheduler.tick()
        clock.advance(minutes=1)
    assert [vars(record)["times"] for record in caplog.records] == [1, 2, 4, 8]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False, False]
    caplog.clear()
    bad.error = None
    await scheduler.tick()
    clock.advance(minutes=1)
    bad.error = ValueError("broken again")
    await scheduler.tick()
    assert [bool(record.exc_info) for record in caplog.records] == [True]


async def test_a_database_that_is_away_is_not_a_failure_of_the_duty(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The database watch logs it; the duty runs in its next turn."""
    work = Count(DatabaseUnavailableError("connection refused"))
    scheduler = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    for _ in range(2):
        await scheduler.tick()
        clock.advance(minutes=1)
    assert work.times == 2
    assert not caplog.records


async def test_a_stop_lets_the_duty_end_and_begins_no_other(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one of the same tick; then the loop ends."""
    monkeypatch.setattr(module, "TICK", timedelta(days=1))  # the loop must not wait for its next tick
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()
    later = Count()

    async def long() -> None:
        begun.set()
        await go_on.wait()
        finished.set()

    scheduler = Scheduler(database, clock, [Duty("long", MINUTE, long), Duty("later", MINUTE, later)])
    running = asyncio.create_task(scheduler.run())
    await begun.wait()
    scheduler.stop()
    go_on.set()
    await running
    assert finished.is_set()
    assert later.times == 0


async def test_a_stop_lets_a_slow_duty_end(database: Database, clock: MovableClock) -> None:
    """A slow duty that is about to end may do so."""
    begun, ended = asyncio.Event(), Count()

    async def tell() -> None:
        begun.set()
        await scheduler._stopping.wait()
        await asyncio.sleep(0)
        await ended()

    scheduler = Scheduler(database, clock, [Duty("tell", MINUTE, tell, slow=True)])
    running = asyncio.create_task(scheduler.run())
    await begun.wait()
    scheduler.stop()
    await running
    assert ended.times == 1


async def test_a_stop_wakes_a_loop_that_waits(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop does not wait for its next tick."""
    monkeypatch.setattr(module, "TICK", timedelta(days=1))
    work = Count()
    scheduler = Scheduler(database, clock, [Duty("sweep", MINUTE, work)])
    running = asyncio.create_task(scheduler.run())
    await work.done.wait()
    scheduler.stop()
    await soon(running)
    assert work.times == 1


async def test_a_slow_duty_holds_up_no_other(database: Database, clock: MovableClock) -> None:
    """The others run meanwhile, it does not start a second time, and it is cancelled at the end."""
    quick, begun, cancelled = Count(), Count(), asyncio.Event()

    async def wait_for_a_site() -> None:
        await begun()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    duties = [Duty("poll", MINUTE, wait_for_a_site, slow=True), Duty("sweep", MINUTE, quick)]
    scheduler = Scheduler(database, clock, duties)
    running = asyncio.create_task(scheduler.run())
    await begun.done.wait()
    await quick.done.wait()
    clock.advance(minutes=2)
    await scheduler.tick()
    assert (begun.times, quick.times) == (1, 2)
    scheduler.stop()
    await running
    assert cancelled.is_set()


async def test_a_turn_lasts_as_long_as_its_duty(database: Database, clock: MovableClock) -> None:
    """No other process begins a shared duty that is still under way; after its end one may."""
    begun, end, other, often = Count(), asyncio.Event(), Count(), timedelta(seconds=0.02)

    async def send_many() -> None:
        await begun()
        await end.wait()

    first = Scheduler(database, clock, [Duty("announce", often, send_many, slow=True)])
    second = Scheduler(database, clock, [Duty("announce", often, other)])
    await first.tick()
    await soon(begun.done.wait())
    for _ in range(3):
        clock.advance(minutes=1)

        async def is_kept() -> bool:
            async with database.read() as session:
                return await session.scalar(select(DutyRun.ran_at)) == clock()

        await comes_true(is_kept)
        await second.tick()
    assert (begun.times, other.times) == (1, 0)
    end.set()
    await asyncio.wait(first._slow.values())
    clock.advance(minutes=1)
    await second.tick()
    assert other.times == 1


@pytest.mark.parametrize("slow", [False, True])
async def test_a_duty_whose_turn_does_not_end_counts_as_hanging(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    """After minutes, if others wait for it, or hours; one that has ended never does."""
    elapsed, hangs, ended = [0.0], asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(module, "elapsed_clock", lambda: elapsed[0])

    async def hang() -> None:
        hangs.set()
        await ended.wait()

    scheduler = Scheduler(
        database, clock, [Duty("quick", MINUTE, Count()), Duty("bad", MINUTE, hang, slow=slow)]
    )
    ticking = asyncio.create_task(scheduler.tick())
    await soon(hangs.wait())
    longest = module._LONGEST_SLOW_S if slow else module._LONGEST_S
    assert scheduler.hanging() == []
    elapsed[0] = longest + 1
    assert scheduler.hanging() == ["bad"]
    ended.set()
    await ticking
    await asyncio.gather(*scheduler._slow.values())
    assert scheduler.hanging() == []
