"""Turns of recurring duties: one a tick, whoever asks."""

from datetime import datetime, timedelta
from functools import partial

from storage import timetable
from storage.database import Database
from tests.factories import NOON, at_once

EVERY = timedelta(minutes=5)


async def take(database: Database, name: str = "sweep", now: datetime = NOON) -> bool:
    async with database.transaction() as session:
        return await timetable.take(session, name, now=now, every=EVERY)


async def test_a_turn_is_taken_once_a_period(database: Database) -> None:
    """The first at once, the next when the period is over, counted from the turn that was taken."""
    almost = timedelta(seconds=299)
    assert await take(database)
    assert not await take(database, now=NOON + almost)
    assert await take(database, now=NOON + 3 * EVERY + almost)
    assert not await take(database, now=NOON + 4 * EVERY)
    assert await take(database, now=NOON + 4 * EVERY + almost)


async def test_a_clock_that_is_set_back_holds_up_no_duty(database: Database) -> None:
    """A turn that lies two days ahead was taken before; from then on the new time counts."""
    back = NOON - timedelta(days=2)
    assert await take(database)
    assert await take(database, now=back)
    assert not await take(database, now=back + EVERY / 2)
    assert await take(database, now=back + EVERY)


async def test_who_asks_a_moment_late_takes_no_second_turn(database: Database) -> None:
    """One that looked at its clock and then waited while another took the turn: no clock was set back."""
    assert await take(database)
    assert not await take(database, now=NOON - timedelta(seconds=30))


async def test_every_duty_has_its_own_turns(database: Database) -> None:
    """One does not use up another's."""
    assert await take(database, "sweep")
    assert await take(database, "look")
    assert not await take(database, "look")


async def test_of_many_at_once_one_takes_the_turn(database: Database) -> None:
    """The very first as well as a later one."""
    for now in (NOON, NOON + EVERY):
        taken = await at_once(database, partial(timetable.take, name="sweep", now=now, every=EVERY))
        assert sorted(taken) == [False] * 5 + [True]


async def test_a_turn_that_is_given_back_may_be_taken_at_once(database: Database) -> None:
    """Only that one; giving back what nobody has is nothing."""
    assert await take(database, "sweep")
    assert await take(database, "look")
    async with database.transaction() as session:
        await timetable.give_back(session, "sweep")
        await timetable.give_back(session, "nothing")
    assert await take(database, "sweep")
    assert not await take(database, "look")
