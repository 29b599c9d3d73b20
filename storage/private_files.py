"""Makes the files of this process private to its user, and locks files."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_OTHERS = stat.S_IRWXO
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BESIDE = ("", "-wal", "-shm", "-journal")  # the files that SQLite keeps beside a database


def only_ours() -> None:
    """Make all files that this process creates from now on private to its user."""
    os.umask(_GROUP_AND_OTHERS)


def private(path: str, flags: int) -> int:
    """Open a file, private to its owner if it is created: an `opener` for open(). Do not wait for a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), mode=0o600)


def lock(descriptor: int) -> bool:
    """Lock an open file for this process; return False if another process holds the lock.

    The operating system releases the lock when the file is closed or the process ends, also by a kill. On
    Windows nothing is locked.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@contextmanager
def held(file: Path) -> Iterator[bool]:
    """Lock a file for the time of the `with`; yield False if another process holds the lock.

    The file is created if it is missing, and stays. Where it cannot be created, nothing is locked.
    """
    try:
        descriptor = private(str(file), os.O_WRONLY | os.O_CREAT)
    except OSError:
        yield True
        return
    try:
        yield lock(descriptor)
    finally:
        os.close(descriptor)


def make_private(database: Path) -> list[Path]:
    """Create an SQLite file if it is missing, and make it and the files beside it private to their owner.

    Return the files that others could read until now. SQLite gives the files beside it the same mode. A file
    that another user owns stays as it is; what cannot be created or changed is left to SQLite, which reports
    it.
    """
    with suppress(OSError):
        os.close(private(str(database), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    return list(_tightened(Path(f"{database}{suffix}") for suffix in _BESIDE))


def _tightened(files: Iterator[Path]) -> Iterator[Path]:
    for file in files:
        with suppress(OSError):
            found = file.stat()
            if stat.S_ISREG(found.st_mode) and _is_ours(found) and found.st_mode & _GROUP_AND_OTHERS:
                file.chmod(stat.S_IMODE(found.st_mode) & ~_GROUP_AND_OTHERS)
                yield file


def is_open_to_others(file: Path) -> bool:
    """Return whether another user may read or write it.

    The group counts only for a file of ours: a file that is not ours may be open to us through its group.
    """
    try:
        found = file.stat()
    except OSError:
        return False
    return bool(found.st_mode & (_GROUP_AND_OTHERS if _is_ours(found) else _OTHERS))


def _is_ours(found: os.stat_result) -> bool:
    return os.name == "posix" and found.st_uid == os.geteuid()
