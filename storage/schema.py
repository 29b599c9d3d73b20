"""The version of a database's tables, and the migrations that bring them up to date."""

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, case, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, insert
from storage.models import DutyRun

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_TABLE = "alembic_version"  # Alembic's own
_PROOF = "prove that rows can be written"
_PROOFS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC)


class SchemaState(StrEnum):
    """A database's tables, compared with those that this program knows."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


async def state(database: Database) -> SchemaState:
    """Return how the database's tables compare with those that this program knows."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_state)


async def migrate(database: Database, revision: str = "head") -> None:
    """Bring the tables up or down to `revision`. Each migration is a transaction."""
    async with database.engine.connect() as connection:
        if not database.is_sqlite:
            async with connection.begin():
                await move(connection, revision)
            return
        await _pragma(connection, "journal_mode = WAL")  # the file keeps this setting
        # SQLite changes a table by making a new one; dropping the old one would delete all rows that refer to
        # it.
        await _pragma(connection, "foreign_keys = OFF")
        try:
            async with connection.begin():
                await connection.run_sync(_move, revision)
        finally:
            await _pragma(connection, "foreign_keys = ON")


async def move(connection: AsyncConnection, revision: str) -> None:
    """Bring the tables up or down to `revision` within the transaction of a connection to PostgreSQL."""
    await connection.run_sync(_move, revision)


async def prove_writable(database: Database) -> None:
    """Write a row, with another value each time. Raises DatabaseUnavailableError if that fails.

    SQLite leaves out a write that changes nothing, so it would not notice a full disk.
    """
    tick, tock = _PROOFS
    async with database.transaction() as session:
        other = case((DutyRun.ran_at == tick, tock), else_=tick)
        statement = insert(session, DutyRun).values(name=_PROOF, ran_at=tick)
        await session.execute(
            statement.on_conflict_do_update(index_elements=[DutyRun.name], set_={"ran_at": other})
        )


def head() -> str:
    """Return the newest revision that this program knows."""
    return revisions()[-1]


@cache  # it is read from files, and the health page asks at every visit
def revisions() -> tuple[str, ...]:
    """Return the revisions that this program knows, the oldest first."""
    return tuple(sorted(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*_*.py")))


async def _pragma(connection: AsyncConnection, setting: str) -> None:
    """Change a setting outside of any transaction: the driver itself begins none."""
    raw = await connection.get_raw_connection()
    await raw.driver_connection.execute(f"PRAGMA {setting}")  # type: ignore[union-attr]  # aiosqlite's own connection


def _state(connection: Connection) -> SchemaState:
    if not inspect(connection).has_table(_TABLE):
        return SchemaState.EMPTY
    revision = connection.scalar(select(column("version_num")).select_from(table(_TABLE)))
    if revision is None:
        return SchemaState.EMPTY
    if revision == head():
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision in revisions() else SchemaState.NEWER


def _move(connection: Connection, revision: str) -> None:
    from storage import migrator  # noqa: PLC0415  # loads Alembic, 9 MiB: only where tables change

    migrator.move(connection, head() if revision == "head" else revision)
