"""What both databases promise: addresses, times, foreign keys, locks, and one error when they are away."""

import asyncio
import gc
import weakref
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from storage.broadcasts import broadcasts
from storage.database import Database
from storage.engine.address import driver_url
from storage.engine.unavailable import DatabaseUnavailableError
from storage.models import Body, Broadcast, Range
from storage.stories import topics
from tests.factories import NOON, add_story, add_subscribers, running_broadcast
from tests.waiting import soon


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("sqlite:///comeback.db", "sqlite+aiosqlite:///comeback.db"),
        ("sqlite:////var/lib/comeback.db", "sqlite+aiosqlite:////var/lib/comeback.db"),
        ("postgres://ann:p%40ss@db:5433/x", "postgresql+asyncpg://ann:p%40ss@db:5433/x"),
        ("postgresql://db/x", "postgresql+asyncpg://db/x"),
        ("postgresql+asyncpg://db/x?ssl=require", "postgresql+asyncpg://db/x?ssl=require"),
    ],
)
def test_an_address_gets_the_driver_that_we_ship(given: str, expected: str) -> None:
    """Addresses as people know them from elsewhere; a translated one stays as it is."""
    assert driver_url(given) == expected
    assert driver_url(expected) == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "comeback.db",
        "mysql://db/x",
        "postgresql+psycopg://db/x",
        "postgresql://db:port/x",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_address_of_another_kind_of_database_is_refused(given: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ValueError, match=r"."):
        driver_url(given)


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    """From any time zone, to the microsecond."""
    kyiv = timezone(timedelta(hours=2))
    given = datetime(2026, 11, 22, 14, 0, 0, 123456, tzinfo=kyiv)
    async with database.transaction() as session:
        story_id = await add_story(session)
        broadcast = await broadcasts.add(session, story_id=story_id, now=NOON)
        await broadcasts.change(session, broadcast.id, start_at=given)
    async with database.read() as session:
        kept = await session.get(Broadcast, broadcast.id)
    assert kept is not None
    assert kept.start_at == given
    assert kept.start_at.tzinfo is UTC
    assert kept.finished_at is None


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """In a row and in a condition."""
    naive = NOON.replace(tzinfo=None)
    async with database.read() as session:
        with pytest.raises(StatementError, match="zone"):
            await add_story(session, published=naive)
    async with database.read() as session:
        with pytest.raises(StatementError, match="zone"):
            await broadcasts.due_to_start(session, now=naive, longest=timedelta(hours=1))


async def test_a_row_that_refers_to_no_row_is_refused(database: Database) -> None:
    """Foreign keys are checked on SQLite too."""
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await broadcasts.add(session, story_id=999, now=NOON)


async def test_a_reader_sees_one_moment(database: Database) -> None:
    """It does not see what another transaction has not committed, and it waits for no writer."""
    async with database.transaction() as writing:
        await topics.ensure(writing, {"a": "A"})
        async with database.read() as reading:
            assert await soon(topics.every(reading)) == []
    async with database.read() as reading:
        assert len(await topics.every(reading)) == 1


async def test_writers_wait_for_one_another(database: Database) -> None:
    """Twenty transactions that read before they write lose nothing, and none fails as busy."""

    async def add(number: int) -> None:
        async with database.transaction() as session:
            await topics.every(session)
            await topics.ensure(session, {f"topic-{number}": str(number)})

    await asyncio.gather(*(add(number) for number in range(20)))
    async with database.read() as session:
        assert len(await topics.every(session)) == 20


async def test_deleting_a_broadcast_deletes_its_ranges_and_bodies(database: Database) -> None:
    """The foreign keys do it."""
    await add_subscribers(database, 2)
    broadcast_id = await running_broadcast(database, size=1)
    async with database.transaction() as session:
        broadcast = await session.get(Broadcast, broadcast_id)
        await session.delete(broadcast)
    async with database.read() as session:
        for table in (Range, Body):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def _select(database: Database) -> None:
    try:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
    finally:
        await database.close()


async def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path, postgres: str) -> None:
    """No server, no such database, no such folder, another kind of file: all raise the same error."""
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    for url in (
        f"postgresql://postgres@/x?host={tmp_path}",
        f"postgresql://postgres@/nothing?host={postgres}",
        f"sqlite:///{tmp_path}/nowhere/comeback.db",
        f"sqlite:///{tmp_path}/broken.db",
    ):
        with pytest.raises(DatabaseUnavailableError) as trouble:
            await _select(Database(url))
        line = str(trouble.value)
        assert line
        assert "\n" not in line
        assert "SELECT" not in line


async def test_a_closed_database_is_let_go(database_url: str) -> None:
    """The ORM caches statements for its dialect for good; no engine, pool or file stays with them."""
    database = Database(database_url)

    def notice(_error: DatabaseUnavailableError, database: Database = database) -> None:
        """Refer to the database, as what watches it does."""

    database.on_failure(notice)
    await add_subscribers(database, 1)
    await database.close()
    await database.close()
    gone = weakref.ref(database)
    del database, notice
    gc.collect()
    assert gone() is None
