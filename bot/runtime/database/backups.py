"""Makes backups and restores them, with the settings of this process; every error is one sentence."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from importlib import metadata
from pathlib import Path

from bot.broadcasts.audiences import RANGE
from bot.broadcasts.reasons import RESTORED
from bot.config import Settings
from bot.editors.actors import COMMAND_LINE
from bot.errors import BackupError, ConfigError
from bot.runtime.database.database import alone_on_file
from bot.subscribers.silence import ASKED_AFTER
from storage.backups import backups
from storage.backups.errors import BackupRefusedError
from storage.backups.manifest import Manifest
from storage.backups.restored import Restoring, Settled
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError


async def make(settings: Settings, file: Path, *, now: datetime, replace: bool = False) -> Manifest:
    """Write a backup of this moment, while the bot may run.

    Raises BackupError if it cannot be written, ConfigError if the database cannot be read.
    """
    async with _opened(settings) as database:
        with _said(file, "written"):
            program = metadata.version("comeback")
            return await backups.back_up(database, file, program=program, now=now, replace=replace)


async def describe(file: Path) -> Manifest:
    """Return what a backup holds, once all of it is proved by its checksums. Raises BackupError."""
    with _said(file, "read"):
        return await backups.read(file)


async def restore(settings: Settings, file: Path, *, now: datetime, replace: bool = False) -> Settled:
    """Put a backup in the place of all data; see `storage.backups.backups.restore`.

    Raises BackupError if it cannot be read or does not fit, or if the database has data that may not be
    replaced; ConfigError if a Comeback runs on the database, or if it cannot be opened.
    """

    def restoring(manifest: Manifest) -> Restoring:
        return Restoring(
            made_at=manifest.made_at,
            at=now,
            actor=COMMAND_LINE,
            reason=RESTORED,
            silent_since=now.date() - ASKED_AFTER,
            range_size=RANGE,
        )

    with alone_on_file(settings), _said(file, "read"):
        async with _opened(settings) as database:
            return await backups.restore(database, file, restoring, replace=replace)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url, patient=True)
    try:
        yield database
    except DatabaseUnavailableError as error:
        raise ConfigError("DATABASE_URL: the database cannot be used ({reason})", reason=error) from error
    finally:
        await database.close()


@contextmanager
def _said(file: Path, what: str) -> Iterator[None]:
    """Raise BackupError in place of an error of the file's."""
    try:
        yield
    except BackupRefusedError as error:
        raise BackupError("{why}", why=error) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise BackupError(
            "{file} cannot be {what}: {reason}.", file=file, what=what, reason=reason
        ) from error
