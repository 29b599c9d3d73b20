"""Machines whose clocks differ: on PostgreSQL the database's clock decides whose turn it is."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from bot.clock import utc_now
from bot.runtime.scheduler import Duty, Scheduler
from storage import timetable
from storage.database import Database, Moment
from tests.factories import MovableClock

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def postgresql(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
def machines(postgresql: Database) -> list[Callable[[], Moment]]:
    """Return the clocks of three machines, two of them an hour off."""
    clocks = [MovableClock(utc_now() + off) for off in (timedelta(0), HOUR, -HOUR)]
    return [postgresql.shared_clock(clock) for clock in clocks]


async def test_a_turn_belongs_to_one_machine(
    postgresql: Database, machines: list[Callable[[], Moment]]
) -> None:
    """A machine that is an hour ahead does not get the next turn already."""
    for number, now in enumerate(machines):
        async with postgresql.transaction() as session:
            first = not number
            assert await timetable.take(session, "sweep", now=now(), every=MINUTE) is first


async def test_the_timetable_goes_by_the_shared_clock(postgresql: Database) -> None:
    """Two processes an hour apart run a duty of every minute once."""
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    for off in (timedelta(0), HOUR):
        clock = MovableClock(utc_now() + off)
        duties = [Duty("sweep", MINUTE, work)]
        await Scheduler(postgresql, clock, duties, turn_clock=postgresql.shared_clock(clock)).tick()
    assert done == ["work"]


def test_on_sqlite_the_given_clock_counts(sqlite_url: str) -> None:
    """All processes of an SQLite database are on one machine."""
    clock = MovableClock()
    assert Database(sqlite_url).shared_clock(clock) is clock
