"""A worker's place on its machine: an OS lock that dies with its holder.

Whoever gets the place next knows that its holder is dead, and frees the Ranges that it held at once, instead
of after their leases. A holder that is only stopped (SIGSTOP) keeps the lock.
"""

import hashlib
import os
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACES = 64  # workers on one machine; for those of further ones leases are waited for, as on other machines


@contextmanager
def place(database: str) -> Iterator[str]:
    """Meanwhile, a place for a worker on this database (its address, as it may be shown): the worker's name.

    Names are the same for the same place, and differ between machines.
    """
    machine = f"{socket.gethostname()[:32]}:{uuid.getnode():012x}"
    with _lock(database) as number:
        yield f"{machine}:{number}" if number is not None else f"{machine}:pid{os.getpid()}"


@contextmanager
def _lock(database: str) -> Iterator[int | None]:
    """The first place that nobody has; None on Windows, where leases alone tell who is dead."""
    if sys.platform == "win32":
        yield None
        return
    import fcntl  # noqa: PLC0415  # Unix only

    key = hashlib.sha256(f"{os.getuid()} {database}".encode()).hexdigest()[:16]
    for number in range(_PLACES):
        with (Path(tempfile.gettempdir()) / f"comeback-{key}-{number}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # somebody works there
            yield number
            return
    yield None
