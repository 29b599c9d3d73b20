"""The file of a backup: a ZIP with compressed parts and, as its last part, the manifest.

It is written to a temporary name beside its own, and gets its own name when all of it is on the disk. So a
file with the name of a backup is a whole one. Nothing here keeps more than a piece of it in memory.
"""

import errno
import hashlib
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from storage.backups import manifest
from storage.backups.errors import BackupRefusedError
from storage.backups.manifest import Manifest, Part
from storage.private_files import lock, private

PIECE = 1 << 20  # bytes
PARTIAL = ".partial"
"""The end of the temporary name."""

_LEVEL = 3  # of zlib: a third of the time of its default, for some percent more bytes
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that ZIP knows; the manifest has the real one
_EXISTS = "{file} is there already: give another name, or add --replace."

_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, KeyError, RuntimeError, ValueError, OverflowError),  # RuntimeError: it claims to be encrypted
)

Check = Callable[[], None]
"""Called between two pieces; what it raises ends the work."""


class ArchiveWriter:
    """Writes the parts of a backup, one after another."""

    def __init__(self, file: zipfile.ZipFile, check: Check) -> None:
        self._file = file
        self._check = check
        self.parts: list[Part] = []

    @contextmanager
    def part(self, name: str) -> Iterator["PartWriter"]:
        """Write one part. It is noted in `parts`, with its size and checksum, when it is whole."""
        with self._file.open(_info(name), "w", force_zip64=True) as stream:
            writer = PartWriter(stream, self._check)
            yield writer
        self.parts.append(writer.ended(name))

    def close(self, described: Manifest) -> None:
        """Write the manifest, which comes last."""
        self._file.writestr(_info(manifest.NAME), described.dump())


class PartWriter:
    """Writes one part, and sums it up. `columns` and `counters` are noted with it."""

    def __init__(self, stream: IO[bytes], check: Check) -> None:
        self._stream = stream
        self._check = check
        self._hash = hashlib.sha256()
        self._size = 0
        self.columns: tuple[str, ...] = ()
        self.counters: dict[str, int] = {}

    def write(self, piece: bytes) -> None:
        """Write a piece of it."""
        self._check()
        self._hash.update(piece)
        self._size += len(piece)
        self._stream.write(piece)

    def ended(self, name: str) -> Part:
        """Return what the manifest says of it."""
        return Part(name, self._hash.hexdigest(), self._size, self.columns, self.counters)


@contextmanager
def written(file: Path, *, replace: bool, check: Check) -> Iterator[ArchiveWriter]:
    """Write a backup; it has its name after the `with`, unless that ends with an error.

    Raises BackupRefusedError if the file is there and may not be replaced, or if another process is writing
    it; OSError if the disk does not take it.
    """
    if not replace and file.exists():
        raise BackupRefusedError(_EXISTS.format(file=file))
    partial = file.with_name(file.name + PARTIAL)
    with open(partial, "wb", opener=_locked) as stream:
        try:
            stream.truncate()
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as zipped:
                yield ArchiveWriter(zipped, check)
            stream.flush()
            os.fsync(stream.fileno())
            _give_name(partial, file, replace=replace)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise


class ArchiveReader:
    """Reads a backup. Each part is proved by its checksum while it is read."""

    def __init__(self, file: zipfile.ZipFile, described: Manifest) -> None:
        self._file = file
        self.manifest = described

    def pieces(self, part: Part) -> Iterator[bytes]:
        """Yield a part, piece by piece. At its end it raises BackupRefusedError if a byte differs."""
        digest, size = hashlib.sha256(), 0
        with _readable(), self._file.open(part.name) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
                yield piece
        if (digest.hexdigest(), size) != (part.checksum, part.size):
            raise BackupRefusedError(manifest.NO_BACKUP)

    def verify(self) -> None:
        """Read all of it. Raises BackupRefusedError if a byte of its contents differs."""
        for part in self.manifest.parts:
            for _piece in self.pieces(part):
                pass


@contextmanager
def opened(file: Path) -> Iterator[ArchiveReader]:
    """Open a backup. Raises BackupRefusedError if it is none, OSError if it cannot be read."""
    with ExitStack() as stack:
        with _readable():
            zipped = stack.enter_context(zipfile.ZipFile(file))
            described = Manifest.load(zipped.read(manifest.NAME))
        yield ArchiveReader(zipped, described)


@contextmanager
def _readable() -> Iterator[None]:
    """Raise BackupRefusedError in place of what the reader of ZIP raises for a file that is damaged.

    Damaged offsets lead before the file's beginning (EINVAL); a damaged method of compression has an
    OSError without a number. Other numbers are errors of the disk.
    """
    try:
        yield
    except _DAMAGED as error:
        raise BackupRefusedError(manifest.NO_BACKUP) from error
    except OSError as error:
        if error.errno in {None, errno.EINVAL}:
            raise BackupRefusedError(manifest.NO_BACKUP) from error
        raise


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _locked(path: str, flags: int) -> int:
    """Open the temporary file, which a killed process may have left, for us alone."""
    descriptor = private(path, flags & ~os.O_TRUNC)  # not before it is known to be ours
    if lock(descriptor):
        return descriptor
    os.close(descriptor)
    raise BackupRefusedError(f"Another process is writing {path}: wait until it has ended.")


def _give_name(partial: Path, file: Path, *, replace: bool) -> None:
    """Give the whole file its name, and bring the name to the disk."""
    if replace:
        partial.replace(file)
    else:
        try:
            os.link(partial, file)  # unlike a rename, it never replaces
        except FileExistsError as error:
            raise BackupRefusedError(_EXISTS.format(file=file)) from error
        except OSError:  # a file system without such links
            partial.replace(file)
        else:
            partial.unlink()
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(file.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
