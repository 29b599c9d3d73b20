"""Backups of a whole database, and the way back: all of it, or nothing."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Connection, inspect, literal, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage import schema
from storage.backups import archive, postgresql, restored, sqlite
from storage.backups.archive import ArchiveReader, ArchiveWriter
from storage.backups.errors import BackupRefusedError
from storage.backups.manifest import NEWER, POSTGRESQL, SQLITE, Manifest
from storage.backups.restored import Restoring, Settled
from storage.database import Database
from storage.engine import fulltext
from storage.engine.unavailable import unavailable
from storage.schema import SchemaState

_OF_PROCESSES = frozenset(  # rows that a bot makes by itself: a database that has no others is empty
    {
        *("alembic_version", "content_versions", "duties", "outages", "owner_notices", "rates"),
        *("receivers", "secrets"),
    }
)
_NAMES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}


async def back_up(
    database: Database, file: Path, *, program: str, now: datetime, replace: bool = False
) -> Manifest:
    """Write all rows of this moment into one file, while other processes read and write them.

    The tables may be of an earlier version. If this task is cancelled, the work ends with the next piece and
    nothing is left. Raises BackupRefusedError if there is nothing to back up or the file may not be replaced,
    OSError if the disk does not take it, DatabaseUnavailableError.
    """
    await _require_ours(database)
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise BackupRefusedError("The backup was broken off.")

    def described(writer: ArchiveWriter, revision: str) -> Manifest:
        made = Manifest(program, _kind(database), revision, now, tuple(writer.parts))
        writer.close(made)
        return made

    def of_sqlite() -> Manifest:
        with archive.written(file, replace=replace, check=check) as writer:
            scratch = file.with_name(f"{file.name}.copy{archive.PARTIAL}")
            return described(writer, sqlite.write(_file_of(database), scratch, writer, check))

    async def of_postgresql() -> Manifest:
        async with database.engine.connect() as connection:
            driver = await _driver(connection)
            with archive.written(file, replace=replace, check=check) as writer:
                return described(writer, await postgresql.write(driver, writer))

    try:
        async with _translated():
            return await (asyncio.to_thread(of_sqlite) if database.is_sqlite else of_postgresql())
    finally:
        stopped.set()


async def read(file: Path) -> Manifest:
    """Return what a backup holds, once all of it is proved by its checksums. Raises BackupRefusedError."""

    def verified() -> Manifest:
        with archive.opened(file) as reader:
            reader.verify()
            return reader.manifest

    return await asyncio.to_thread(verified)


async def restore(
    database: Database,
    file: Path,
    restoring: Callable[[Manifest], Restoring],
    *,
    replace: bool = False,
) -> Settled:
    """Put a backup in the place of all rows, with tables of this version, and settle it (`restored.settle`).

    It is one transaction: whatever happens meanwhile, there are all the old rows or all the new ones. The
    caller keeps other processes from an SQLite file. Raises BackupRefusedError if the file is damaged, of a
    newer version or of another kind of database, or if there are rows that may not be replaced, or processes
    at work on a PostgreSQL.
    """
    with archive.opened(file) as reader:
        _require_fitting(reader.manifest, database)
        if await _has_rows(database) and not replace:
            raise BackupRefusedError(
                "The database has data, which a restore would replace. If you want that, add --replace."
            )
        way = _restore_sqlite if database.is_sqlite else _restore_postgresql
        async with _translated():
            return await way(database, reader, restoring(reader.manifest))


async def _restore_sqlite(database: Database, reader: ArchiveReader, restoring: Restoring) -> Settled:
    """Make the new database in a file beside the old one, and replace the old one by it at the end."""
    file = _file_of(database)
    with sqlite.staged(reader, file.with_name(f"{file.name}-restoring")) as scratch:
        new = Database(f"sqlite:///{scratch}", patient=True)
        try:
            if await _revision_of(new) != reader.manifest.revision:
                raise BackupRefusedError("This backup contradicts itself: take another one.")
            await schema.migrate(new)
            async with new.transaction() as session:
                settled = await restored.settle(session, restoring)
        finally:
            await new.close()
        await asyncio.to_thread(sqlite.replace, file, scratch)
    return settled


async def _restore_postgresql(database: Database, reader: ArchiveReader, restoring: Restoring) -> Settled:
    """Verify the file, and then do all in one transaction, with no other process at the tables."""
    await asyncio.to_thread(reader.verify)
    async with database.engine.connect() as connection, connection.begin():
        await connection.execute(text("SELECT 1"))  # SQLAlchemy begins with the first statement
        driver = await _driver(connection)
        await postgresql.lock_out(driver)
        await postgresql.empty(driver)
        await schema.move(connection, reader.manifest.revision)
        await postgresql.empty(driver)  # what migrations put in
        await postgresql.read(driver, reader, await connection.run_sync(_in_order))
        await schema.move(connection, "head")
        joined = AsyncSession(bind=connection, join_transaction_mode="create_savepoint")
        async with joined as session, session.begin():
            settled = await restored.settle(session, restoring)
    return settled


def _in_order(connection: Connection) -> list[str]:
    """Return the names of all tables, each behind those that it refers to."""
    found = inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in found if name is not None]


def _require_fitting(manifest: Manifest, database: Database) -> None:
    if manifest.database != _kind(database):
        raise BackupRefusedError(
            f"This is a backup of {_NAMES.get(manifest.database, 'another database')}: it goes back only into"
            " the same kind of database. Change DATABASE_URL."
        )
    if manifest.revision not in schema.revisions():
        raise BackupRefusedError(NEWER)


async def _require_ours(database: Database) -> None:
    """Raise BackupRefusedError if there are no tables of ours, or such that we do not know."""
    is_missing = database.file is not None and not database.file.exists()
    state = SchemaState.EMPTY if is_missing else await schema.state(database)
    if state is SchemaState.EMPTY:
        raise BackupRefusedError("DATABASE_URL: there is nothing to back up yet.")
    if state is SchemaState.NEWER:
        raise BackupRefusedError(
            "DATABASE_URL: the database is of a newer version of Comeback: update Comeback first."
        )


async def _has_rows(database: Database) -> bool:
    """Return whether there are rows that people care about. Raises BackupRefusedError if it is newer."""
    if database.file is not None and not database.file.exists():
        return False
    if await schema.state(database) is SchemaState.EMPTY:
        return False
    await _require_ours(database)

    def look(connection: Connection) -> bool:
        tables = inspect(connection).get_table_names()
        wanted = [one for one in tables if one not in _OF_PROCESSES and not one.startswith(fulltext.TABLE)]
        return any(
            connection.scalar(select(literal(1)).select_from(table(one)).limit(1)) is not None
            for one in wanted
        )

    async with database.engine.connect() as connection:
        return await connection.run_sync(look)


async def _revision_of(database: Database) -> str | None:
    async with database.engine.connect() as connection:
        revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def _kind(database: Database) -> str:
    return SQLITE if database.is_sqlite else POSTGRESQL


def _file_of(database: Database) -> Path:
    if database.file is None:
        raise BackupRefusedError("DATABASE_URL: name the SQLite file itself, as in sqlite:///comeback.db.")
    return database.file


async def _driver(connection: AsyncConnection) -> asyncpg.Connection:
    """Return asyncpg's own connection."""
    pooled = await connection.get_raw_connection()
    driver: Any = pooled.driver_connection
    return driver


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Raise DatabaseUnavailableError for the errors of drivers, which are used directly here."""
    try:
        yield
    except (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        found = unavailable(error)
        if found is None:
            raise
        raise found from error
