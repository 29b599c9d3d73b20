"""Opens the database for use: private to its owner, with current tables, and proved to be writable."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from bot.config import Settings
from bot.errors import ConfigError
from bot.tasks import rest, unless_stopped
from storage import schema
from storage.database import Database
from storage.engine.unavailable import DatabaseRefusedError, DatabaseUnavailableError
from storage.private_files import held, make_private
from storage.schema import SchemaState

log = logging.getLogger(__name__)

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0


@asynccontextmanager
async def open_database(settings: Settings, *, migrate: bool | None = None) -> AsyncIterator[Database]:
    """Open the database for the time of the `async with`. Raises ConfigError if it cannot be used.

    `migrate`: bring the tables up to date. By default that is done for SQLite only: of many processes on one
    PostgreSQL one should do it, by `comeback migrate`.
    """
    database = _database(settings, migrate=migrate)
    try:
        try:
            await _prepare(database, migrate=migrate)
        except DatabaseUnavailableError as error:
            raise _cannot_open(error) from error
        yield database
    finally:
        await database.close()


@contextmanager
def alone_on_file(settings: Settings) -> Iterator[None]:
    """Let no second bot run on the same SQLite file: each would take the other one for dead.

    Any number may run on PostgreSQL. Raises ConfigError if another process runs on the file.
    """
    database = _database(settings, migrate=None)
    if database.file is None:
        yield
        return
    with held(database.file.with_name(database.file.name + "-lock")) as is_ours:
        if not is_ours:
            raise ConfigError(
                "DATABASE_URL: another Comeback runs on {file} already. Stop it first.", file=database.file
            )
        yield


async def wait_for_database(settings: Settings, stopping: asyncio.Event) -> None:
    """Return when the database can be opened and written, or when `stopping` is set.

    Raises ConfigError where waiting is of no use: the server refuses us, or the tables are not ours.
    """
    wait = _FIRST_WAIT_S
    while not stopping.is_set():
        database = _database(settings, migrate=None)
        try:
            await unless_stopped(stopping, _prepare(database, migrate=None))
        except DatabaseRefusedError as error:
            raise _cannot_open(error) from error
        except DatabaseUnavailableError as error:
            why = {"address": database.shown_url, "reason": str(error), "in_s": wait}
            log.warning("the database cannot be reached, trying again", extra=why)
        else:
            return
        finally:
            await database.close()
        await rest(stopping, wait)
        wait = min(_LONGEST_WAIT_S, wait * 2)


def _database(settings: Settings, *, migrate: bool | None) -> Database:
    """Return the database, not connected yet. Raises ConfigError if an SQLite file has no folder."""
    database = Database(settings.database_url, patient=bool(migrate))
    if database.folder is not None and not database.folder.is_dir():
        raise ConfigError(
            "DATABASE_URL: the database cannot be opened (there is no folder {folder})",
            folder=database.folder,
        )
    for file in make_private(database.file) if database.file else ():
        log.warning("others could read this file; now only its owner can", extra={"file": str(file)})
    return database


def _cannot_open(error: DatabaseUnavailableError) -> ConfigError:
    return ConfigError("DATABASE_URL: the database cannot be opened ({reason})", reason=error)


async def _prepare(database: Database, *, migrate: bool | None) -> None:
    """Bring the tables up to date if we may, and write a row."""
    state = await schema.state(database)
    if state is SchemaState.NEWER:
        raise ConfigError(
            "DATABASE_URL: the database is of a newer version of Comeback. "
            "Update Comeback, or name another database."
        )
    may_migrate = database.is_sqlite if migrate is None else migrate
    if state is not SchemaState.CURRENT and not may_migrate:
        raise ConfigError("DATABASE_URL: the tables are not up to date. Run: comeback migrate")
    if state is not SchemaState.CURRENT:
        await schema.migrate(database)
    await schema.prove_writable(database)
