"""Outages as workers note them."""

from datetime import timedelta

from storage.database import Database
from storage.deliveries import outages
from tests.factories import NOON


async def _since(database: Database, **later: float) -> object:
    async with database.read() as session:
        return await outages.since(session, now=NOON + timedelta(**later))


async def test_the_first_of_those_that_last_counts(database: Database) -> None:
    """Two workers get no answer, each since another moment; a note is renewed and taken back."""
    assert await _since(database) is None
    async with database.transaction() as session:
        await outages.note(session, "one", since=NOON - timedelta(minutes=2), now=NOON)
        await outages.note(session, "two", since=NOON - timedelta(minutes=5), now=NOON)
        await outages.note(session, "two", since=NOON - timedelta(minutes=4), now=NOON)
    assert await _since(database) == NOON - timedelta(minutes=4)
    async with database.transaction() as session:
        await outages.end(session, "two", now=NOON)
    assert await _since(database) == NOON - timedelta(minutes=2)


async def test_the_note_of_a_worker_that_died_ends_by_itself(database: Database) -> None:
    """Nobody renews it, so it counts no more; the next who ends an outage removes it."""
    async with database.transaction() as session:
        await outages.note(session, "dead", since=NOON, now=NOON)
    assert await _since(database, seconds=29) == NOON
    assert await _since(database, seconds=31) is None
    async with database.transaction() as session:
        await outages.end(session, "other", now=NOON + timedelta(seconds=31))
    assert await _since(database, seconds=29) is None
