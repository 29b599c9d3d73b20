"""SQLite's part of a backup: the file as it was at one moment, by SQLite's own backup API."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from storage.backups.archive import PIECE, ArchiveReader, ArchiveWriter, Check
from storage.backups.errors import BackupRefusedError
from storage.private_files import make_private

PART = "comeback.db"

_STEP = 2048  # pages, some 8 MB, between two checks
_BUSY_S = 30.0
_BESIDE = ("", "-wal", "-shm", "-journal")
_REVISION = "SELECT version_num FROM alembic_version"


def write(database: Path, scratch: Path, archive: ArchiveWriter, check: Check) -> str:
    """Write the rows of one moment to the archive; return the revision of the tables.

    Processes may write to the database meanwhile. `scratch` is a file that is made and removed; it gets as
    large as the database.
    """
    with _temporary(scratch):
        revision = _copy(database, scratch, check)
        with archive.part(PART) as part, scratch.open("rb") as stream:
            while piece := stream.read(PIECE):
                part.write(piece)
    return revision


@contextmanager
def staged(reader: ArchiveReader, scratch: Path) -> Iterator[Path]:
    """Put the database of a backup into a file beside, for the time of the `with`, and prove its checksum."""
    [part] = reader.manifest.parts
    with _temporary(scratch):
        with scratch.open("wb") as stream:
            for piece in reader.pieces(part):
                stream.write(piece)
        yield scratch


def replace(database: Path, by: Path) -> None:
    """Put all that `by` holds in the place of what `database` holds, in one transaction.

    A crash in the middle leaves what was there. Raises BackupRefusedError if the old file is no database.
    """
    make_private(database)
    with closing(_connect(by)) as source, closing(_connect(database)) as target:
        try:
            target.execute("PRAGMA synchronous = FULL")
            source.backup(target)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                raise BackupRefusedError(
                    f"{database} is damaged: move it and the files beside it away, then restore again."
                ) from error
            raise
        with suppress(sqlite3.OperationalError):  # a reader: then the next checkpoint does it
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(database: Path, scratch: Path, check: Check) -> str:
    """Copy the rows of one moment; return the revision of its tables. Raises OSError on a full disk."""

    def look(_status: int, _remaining: int, _total: int) -> None:
        check()

    with closing(_connect(database)) as source, closing(_connect(scratch)) as target:
        target.execute("PRAGMA synchronous = OFF")  # it is read at once, and removed
        # Keeps the moment: otherwise the copy starts again whenever another process commits.
        source.execute("BEGIN")
        revision: str = source.execute(_REVISION).fetchone()[0]
        try:
            source.backup(target, pages=_STEP, progress=look)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error  # the backup's disk, not ours
    return revision


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)


@contextmanager
def _temporary(scratch: Path) -> Iterator[None]:
    """Make an empty file for us alone, and remove it and those beside it afterwards."""
    _remove(scratch)
    make_private(scratch)
    try:
        yield
    finally:
        _remove(scratch)


def _remove(scratch: Path) -> None:
    for suffix in _BESIDE:
        Path(f"{scratch}{suffix}").unlink(missing_ok=True)
