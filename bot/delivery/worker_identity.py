"""A worker's identity: a name that no other process ever has, and the name of a dead worker before it.

A worker that starts takes a place: a file that it keeps locked while it lives, and writes its name into.
The lock is the operating system's: it ends with its holder, and one that is only stopped keeps it. The next
worker that gets the lock reads the name of the last one to hold this very file, which is therefore dead. Its
Ranges are freed at once instead of after their leases.

Machines and containers that do not share the folder never read each other's names, whatever their hosts are
called. A folder that was copied may name a worker that lives: that one loses its leases to the fence.
"""

import hashlib
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage import private_files

_PLACES = 64  # workers on one machine; for those of further ones leases are waited for, as on other machines
_LONGEST = 64  # of a name: as wide as the column


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a worker is, and which dead worker it follows, if any."""

    name: str
    predecessor: str | None = None


@contextmanager
def place(database: str) -> Iterator[Identity]:
    """Meanwhile, have a place for a worker on this database, named by its address as it may be shown."""
    name = f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(8)}"
    lock = _lock_one(database)
    if lock is None:
        yield Identity(name)
        return
    try:
        predecessor = os.pread(lock, _LONGEST, 0).decode(errors="replace").replace("\0", "")
        os.ftruncate(lock, 0)
        os.pwrite(lock, name.encode(), 0)
        yield Identity(name, predecessor or None)
    finally:
        os.close(lock)


def _lock_one(database: str) -> int | None:
    """Lock the first place that nobody has: its open file.

    None on Windows and where there is no place to be had: then leases alone tell who is dead.
    """
    if sys.platform == "win32":
        return None
    key = hashlib.sha256(f"{os.getuid()} {database}".encode()).hexdigest()[:16]
    places = (Path(tempfile.gettempdir()) / f"comeback-{key}-{number}.lock" for number in range(_PLACES))
    return next((lock for place in places if (lock := _lock(place)) is not None), None)


def _lock(file: Path) -> int | None:
    """Lock this file; None where somebody holds it, or it is not ours: anybody may write into the folder."""
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    if os.fstat(lock).st_uid == os.getuid() and private_files.lock(lock):
        return lock
    os.close(lock)
    return None
