"""Updates seen: taken in hand by one, and once done never again."""

from datetime import datetime, timedelta

from storage import updates
from storage.database import Database
from tests.factories import NOON, at_once

MINUTE = timedelta(minutes=1)


async def claim(database: Database, update_id: int = 1, now: datetime = NOON) -> bool:
    async with database.sessions.begin() as session:
        return await updates.claim(session, update_id, now=now, abandoned_after=MINUTE)


async def test_an_update_is_taken_in_hand_by_one(database: Database) -> None:
    """Of six at once exactly one gets it."""
    claimed = await at_once(
        database, lambda session: updates.claim(session, 2**40, now=NOON, abandoned_after=MINUTE)
    )
    assert sorted(claimed) == [False] * 5 + [True]


async def test_an_abandoned_update_is_taken_over_by_one(database: Database) -> None:
    """After its time, by one of six, who then has as long."""
    await claim(database)
    assert not await claim(database, now=NOON + MINUTE - timedelta(seconds=1))
    later = NOON + MINUTE
    claimed = await at_once(
        database, lambda session: updates.claim(session, 1, now=later, abandoned_after=MINUTE)
    )
    assert sorted(claimed) == [False] * 5 + [True]
    assert not await claim(database, now=later + timedelta(seconds=59))


async def test_what_is_done_is_never_taken_again(database: Database) -> None:
    """However long ago it was; forgetting it does nothing."""
    await claim(database)
    async with database.sessions.begin() as session:
        assert not await updates.is_done(session, 1)
        await updates.finish(session, 1)
        await updates.forget(session, 1)
        assert await updates.is_done(session, 1)
    assert not await claim(database, now=NOON + 100 * MINUTE)


async def test_what_was_not_done_can_be_forgotten(database: Database) -> None:
    """Then it is handled anew at once."""
    await claim(database)
    async with database.sessions.begin() as session:
        await updates.forget(session, 1)
    assert await claim(database)


async def test_old_ones_are_pruned(database: Database) -> None:
    """Those claimed before the given time, done or not; later ones stay."""
    for update_id, minutes in ((1, 0), (2, 1), (3, 2)):
        await claim(database, update_id, NOON + minutes * MINUTE)
    async with database.sessions.begin() as session:
        await updates.finish(session, 1)
        await updates.finish(session, 2)
        await updates.prune(session, older_than=NOON + MINUTE)
        assert not await updates.is_done(session, 1)
        assert await updates.is_done(session, 2)
    assert await claim(database, 1)
    assert not await claim(database, 3, NOON + 2 * MINUTE)
