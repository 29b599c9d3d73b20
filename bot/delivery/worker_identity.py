"""The identity of a worker: a unique name, and the name of the dead worker before it.

A worker locks a file while it lives and writes its name into it. The operating system holds the lock: it ends
with the process, and a process that is only stopped keeps it. The next worker that gets the lock reads the
name in the file, which is that of a dead worker. That worker's Ranges are freed at once instead of after
their leases.

Machines and containers that do not share the folder never read each other's names, whatever their hosts are
called. A copied folder may name a worker that lives: that worker is fenced off and loses its leases.
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

_FILES = 64  # workers on one machine; the leases of further ones end by time, as on other machines
_LONGEST_NAME = 64  # bytes, the width of the column


@dataclass(frozen=True, slots=True)
class Identity:
    """The name of a worker, and that of the dead worker whose file it got, if there is one."""

    name: str
    predecessor: str | None = None


@contextmanager
def claim_identity(database: str) -> Iterator[Identity]:
    """Hold an identity for a worker inside the context. `database` is the address without its password."""
    name = f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(8)}"
    lock = _lock_any(database)
    if lock is None:
        yield Identity(name)
        return
    try:
        predecessor = os.pread(lock, _LONGEST_NAME, 0).decode(errors="replace").replace("\0", "")
        os.ftruncate(lock, 0)
        os.pwrite(lock, name.encode(), 0)
        yield Identity(name, predecessor or None)
    finally:
        os.close(lock)


def _lock_any(database: str) -> int | None:
    """Lock the first file that no other process has locked. Return its descriptor.

    Return None on Windows and where no file can be locked: then only leases show which workers are dead.
    """
    if sys.platform == "win32":
        return None
    key = hashlib.sha256(f"{os.getuid()} {database}".encode()).hexdigest()[:16]
    files = (Path(tempfile.gettempdir()) / f"comeback-{key}-{number}.lock" for number in range(_FILES))
    return next((lock for file in files if (lock := _lock(file)) is not None), None)


def _lock(file: Path) -> int | None:
    """Lock this file. Return None where another process has it, or where it is another user's."""
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    if os.fstat(lock).st_uid == os.getuid() and private_files.lock(lock):
        return lock
    os.close(lock)
    return None
