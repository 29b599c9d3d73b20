"""Turns of recurring duties: one process takes each turn."""

from datetime import datetime, timedelta
from functools import partial

from storage import timetable
from storage.database import Database
from tests.factories import NOON, at_once

EVERY = timedelta(minutes=5)


async def take(database: Database, name: str = "sweep", now: datetime = NOON) -> bool:
    async with database.transaction() as session:
        return await timetable.take(session, name, now=now, every=EVERY)


async def test_a_turn_is_taken_once_in_a_period(database: Database) -> None:
    """The first at once, each further one a period after the turn before."""
    almost = timedelta(seconds=299)
    assert await take(database)
    assert not await take(database, now=NOON + almost)
    assert await take(database, now=NOON + 3 * EVERY + almost)
    assert not await take(database, now=NOON + 4 * EVERY)
    assert await take(database, now=NOON + 4 * EVERY + almost)


async def test_a_clock_that_is_set_back_holds_up_no_duty(database: Database) -> None:
    """A turn that lies two days ahead does not count; from then on the new time does."""
    back = NOON - timedelta(days=2)
    assert await take(database)
    assert await take(database, now=back)
    assert not await take(database, now=back + EVERY / 2)
    assert await take(database, now=back + EVERY)


async def test_a_process_that_asks_a_moment_late_gets_no_second_turn(database: Database) -> None:
    """It read its clock and then waited while another took the turn: no clock was set back."""
    assert await take(database)
    assert not await take(database, now=NOON - timedelta(seconds=30))


async def test_every_duty_has_its_own_turns(database: Database) -> None:
    """A turn of one duty is not a turn of another."""
    assert await take(database, "sweep")
    assert await take(database, "look")
    assert not await take(database, "look")


async def test_one_of_many_at_once_takes_the_turn(database: Database) -> None:
    """The very first turn as well as a later one."""
    for now in (NOON, NOON + EVERY):
        taken = await at_once(database, partial(timetable.take, name="sweep", now=now, every=EVERY))
        assert sorted(taken) == [False] * 5 + [True]


async def test_a_turn_that_is_given_back_may_be_taken_at_once(database: Database) -> None:
    """Only that one; a turn that was never taken can be given back without effect."""
    assert await take(database, "sweep")
    assert await take(database, "look")
    async with database.transaction() as session:
        await timetable.give_back(session, "sweep")
        await timetable.give_back(session, "nothing")
    assert await take(database, "sweep")
    assert not await take(database, "look")


async def test_a_turn_that_is_kept_puts_off_the_next_one(database: Database) -> None:
    """By a period from then on; a turn that nobody took is not taken by that."""
    assert await take(database)
    async with database.transaction() as session:
        await timetable.keep(session, "sweep", now=NOON + EVERY / 2)
        await timetable.keep(session, "look", now=NOON)
    assert not await take(database, now=NOON + EVERY)
    assert await take(database, now=NOON + EVERY * 1.5)
    assert await take(database, "look")
