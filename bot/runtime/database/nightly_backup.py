"""The nightly backup: one process writes it, the oldest ones go, and owners hear of a failure."""

import logging
import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.config import Settings
from bot.errors import UserError
from bot.runtime.database import backups
from storage import timetable
from storage.backups.archive import PARTIAL
from storage.database import Database
from storage.editors import owner_notices
from storage.private_files import lock, private
from storage.words import OwnerNews

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)
"""How long after a failure the next try comes."""

_MADE, _FAILED = "backup made", "backup failed"  # rows of the timetable
_PATTERN = "comeback-%Y%m%dT%H%M%SZ.backup"  # in UTC: the order of the names is that of the moments
_OURS = re.compile(r"comeback-\d{8}T\d{6}Z\.backup")


class NightlyBackup:
    """Writes a backup once a night into BACKUP_FOLDER, and keeps the newest BACKUP_KEEP of them."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._folder = Path(settings.backup_folder)

    async def run(self) -> None:
        """Write the backup of this night, unless it is there or a try has just failed.

        The first time there is none: it is written at once, which shows that the folder works.
        """
        now = self._clock()
        night = last_hour(now, self._settings)
        async with self._database.read() as session:
            made, failed = await timetable.last(session, _MADE), await timetable.last(session, _FAILED)
        if _is_within(made, night, now) or _is_within(failed, now - AGAIN_AFTER, now):
            return
        try:
            await self._write(now)
        except UserError as error:
            log.error("the nightly backup failed", extra={"reason": str(error)})  # noqa: TRY400  # no fault of ours
            await self._note_failure(error, now, is_first=not _is_within(failed, night, now))

    async def _write(self, now: datetime) -> None:
        """Write it, and remove the oldest."""
        with suppress(OSError):  # the write says what is wrong
            self._folder.mkdir(mode=0o700, exist_ok=True)
        _remove_partials(self._folder)
        file = self._folder / now.astimezone(UTC).strftime(_PATTERN)
        await backups.make(self._settings, file, now=now, replace=True)
        async with self._database.transaction() as session:
            await timetable.note(session, _MADE, now=now)
        log.info("the nightly backup is made", extra={"file": str(file), "bytes": file.stat().st_size})
        for old in kept(self._folder)[: -self._settings.backup_keep]:
            with suppress(FileNotFoundError):
                old.unlink()

    async def _note_failure(self, error: UserError, now: datetime, *, is_first: bool) -> None:
        """Store when it failed and, once a night, a notice for owners."""
        async with self._database.transaction() as session:
            await timetable.note(session, _FAILED, now=now)
            if is_first:
                details = {"reason": str(error)}
                await owner_notices.add(session, OwnerNews.BACKUP_FAILED, details, now=now)


def kept(folder: Path) -> list[Path]:
    """Return the nightly backups in a folder, the oldest first. Files with other names are not ours."""
    try:
        return sorted(file for file in folder.iterdir() if _OURS.fullmatch(file.name))
    except OSError:
        return []


def newest_of(folder: Path) -> datetime | None:
    """Return the moment of the newest nightly backup in a folder; None if there is none."""
    found = kept(folder)
    return datetime.strptime(found[-1].name, _PATTERN).replace(tzinfo=UTC) if found else None


def last_hour(now: datetime, settings: Settings) -> datetime:
    """Return when it was BACKUP_HOUR last, in DEFAULT_TIMEZONE."""
    local = now.astimezone(settings.zone)
    night = local.replace(hour=settings.backup_hour, minute=0, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


def _is_within(at: datetime | None, since: datetime, now: datetime) -> bool:
    """Return whether `at` is from `since` until now. A later one is from before a clock was set back."""
    return at is not None and since <= at <= now


def _remove_partials(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote a nightly backup."""
    for partial in folder.glob(f"comeback-*.backup{PARTIAL}"):
        if _OURS.fullmatch(partial.name.removesuffix(PARTIAL)):
            with suppress(OSError):
                _remove_unless_written(partial)


def _remove_unless_written(partial: Path) -> None:
    descriptor = private(str(partial), os.O_RDWR)
    try:
        if lock(descriptor):
            for file in partial.parent.glob(f"{partial.name.removesuffix(PARTIAL)}.*"):
                file.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
