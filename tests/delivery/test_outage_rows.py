"""Outages in the database, as workers store them."""

from datetime import timedelta

from storage.database import Database
from storage.deliveries import outages
from tests.factories import NOON


async def _since(database: Database, **later: float) -> object:
    async with database.read() as session:
        return await outages.since(session, now=NOON + timedelta(**later))


async def test_the_outage_that_began_first_counts(database: Database) -> None:
    """Of two workers without answers the earlier beginning counts; a row can be renewed and removed."""
    assert await _since(database) is None
    async with database.transaction() as session:
        await outages.note(session, "one", since=NOON - timedelta(minutes=2), now=NOON)
        await outages.note(session, "two", since=NOON - timedelta(minutes=5), now=NOON)
        await outages.note(session, "two", since=NOON - timedelta(minutes=4), now=NOON)
    assert await _since(database) == NOON - timedelta(minutes=4)
    async with database.transaction() as session:
        await outages.end(session, "two", now=NOON)
    assert await _since(database) == NOON - timedelta(minutes=2)


async def test_the_row_of_a_dead_worker_expires(database: Database) -> None:
    """It counts no more after 30 seconds, and the end of another outage removes it."""
    async with database.transaction() as session:
        await outages.note(session, "dead", since=NOON, now=NOON)
    assert await _since(database, seconds=29) == NOON
    assert await _since(database, seconds=31) is None
    async with database.transaction() as session:
        await outages.end(session, "other", now=NOON + timedelta(seconds=31))
    assert await _since(database, seconds=29) is None
