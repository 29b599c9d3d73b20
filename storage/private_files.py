"""Files are for their owner: nobody else on the machine reads what the bot writes, nor its secrets."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_OTHERS = stat.S_IRWXO
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite keeps beside a database


def only_ours() -> None:
    """Whatever this process makes from now on is for its owner alone."""
    os.umask(_GROUP_AND_OTHERS)


def private(path: str, flags: int) -> int:
    """Open a file, for the owner alone where it is made; an `opener` for open(). A pipe is not waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), mode=0o600)


def make_private(database: Path) -> list[Path]:
    """Let only its owner read and write an SQLite file, and make it where there is none.

    Return the files that others could read until now. SQLite gives the files beside it the same mode. What
    somebody else owns stays as it is; what cannot be made or changed is left to SQLite, which says so.
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
    """Somebody else may read or write it. A group may where it is not ours: that is how we may ourselves."""
    try:
        found = file.stat()
    except OSError:
        return False
    return bool(found.st_mode & (_GROUP_AND_OTHERS if _is_ours(found) else _OTHERS))


def _is_ours(found: os.stat_result) -> bool:
    return os.name == "posix" and found.st_uid == os.geteuid()
