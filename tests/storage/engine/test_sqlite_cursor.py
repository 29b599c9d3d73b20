"""A statement and its rows come in one trip to the connection's thread."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.engine import sqlite

MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n"


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that threads were asked to call, as they come."""
    seen: list[str] = []
    execute = sqlite._Threaded._execute

    async def noted(self: Any, fn: Any, *given: Any, **named: Any) -> Any:
        seen.append(fn.__name__)
        return await execute(self, fn, *given, **named)

    monkeypatch.setattr(sqlite._Threaded, "_execute", noted)
    return seen


async def test_a_read_makes_one_trip_and_a_write_two(on_sqlite: Database, trips: list[str]) -> None:
    """The transaction begins with its first statement; only a commit is waited for."""
    async with on_sqlite.read() as session:
        await session.scalar(text("SELECT 1"))
    trips.clear()
    async with on_sqlite.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM topics")) == 0
    assert trips == ["_do"]
    trips.clear()
    async with on_sqlite.transaction() as session:
        await session.execute(text("INSERT INTO topics (slug, name) VALUES ('a', 'A')"))
    assert trips == ["_do", "commit"]


async def test_a_transaction_without_a_statement_makes_no_trip(on_sqlite: Database, trips: list[str]) -> None:
    """And the next writer gets its turn."""
    async with on_sqlite.read() as session:
        await session.scalar(text("SELECT 1"))
    trips.clear()
    for _ in range(2):
        async with on_sqlite.transaction():
            pass
    assert trips == []
    async with on_sqlite.transaction() as session:
        await session.execute(text("INSERT INTO topics (slug, name) VALUES ('a', 'A')"))


async def test_a_transaction_that_fails_before_its_first_statement_keeps_no_turn(
    on_sqlite: Database,
) -> None:
    """Even where the end of the read before it is not through: the next writer gets its turn."""
    async with asyncio.timeout(60):
        for _ in range(100):
            async with on_sqlite.read() as session:
                await session.scalar(text("SELECT count(*) FROM topics"))
            async with on_sqlite.transaction() as session:
                await session.connection()  # begun, and rolled back before a statement
                await session.rollback()
        async with on_sqlite.transaction() as session:
            await session.execute(text("INSERT INTO topics (slug, name) VALUES ('a', 'A')"))
            assert await session.scalar(text("SELECT count(*) FROM topics")) == 1


async def test_a_long_result_comes_whole(on_sqlite: Database) -> None:
    """By whichever way it is read."""
    async with on_sqlite.read() as session:
        assert list(await session.scalars(text(MANY))) == list(range(1, 2501))
        streamed = [row[0] async for row in await session.stream(text(MANY))]
        assert streamed == list(range(1, 2501))
        result = await session.stream(text(MANY))
        assert [row[0] for row in await result.fetchmany(1500)] == list(range(1, 1501))
        assert [row[0] for row in await result.fetchall()] == list(range(1501, 2501))


async def test_a_read_that_ended_keeps_no_old_rows(on_sqlite: Database) -> None:
    """The connection that it used sees what was written since."""
    for number in range(20):
        async with on_sqlite.read() as session:
            assert await session.scalar(text("SELECT count(*) FROM topics")) == number
        async with on_sqlite.transaction() as session:
            statement = text("INSERT INTO topics (slug, name) VALUES (:slug, :slug)")
            result = await session.execute(statement, {"slug": f"topic {number}"})
            assert result.rowcount == 1  # type: ignore[attr-defined]  # a CursorResult
