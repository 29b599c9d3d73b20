"""Reads the files that a command is given: regular files only, and only what they contain when opened."""

import asyncio
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO

from bot.articles.article import LARGEST
from bot.errors import InvalidInputError

_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)
_NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # Windows has neither


async def content(file: Path) -> bytes:
    """Return the file's bytes; of a file above the size limit, one byte more than the limit.

    Raises InvalidInputError if it cannot be read.
    """
    return await asyncio.to_thread(_beginning_or_error, file)


def beginning_of(file: Path) -> bytes:
    """Return the same as `content`, but raise OSError if the file cannot be read."""
    with io.BufferedReader(_RegularFile(file)) as buffered:
        return buffered.read(LARGEST + 1)


def open_file(file: Path) -> tuple[BinaryIO, int]:
    """Return a file of any size, open for reading, and its size. Raises InvalidInputError if unreadable."""
    try:
        raw = _RegularFile(file)
    except OSError as error:
        raise _unreadable(file, error) from error
    return io.BufferedReader(raw), raw.size


def _beginning_or_error(file: Path) -> bytes:
    try:
        return beginning_of(file)
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> InvalidInputError:
    reason = (error.strerror or "unknown").lower()
    return InvalidInputError("{file} cannot be read: {reason}.", file=file, reason=reason)


class _RegularFile(io.RawIOBase):
    """A regular file that ends where it ended when it was opened, even if something is appended to it.

    A pipe, a socket or a device could block for ever, and opening some devices changes them. So the kind is
    checked before the file is opened, and again afterwards in case it was replaced. Raises OSError.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._descriptor: int | None = None  # Python closes the object even if opening fails
        _require_regular(file.stat())
        self._descriptor = os.open(file, os.O_RDONLY | _NONBLOCKING)
        try:
            found = os.fstat(self._descriptor)
            _require_regular(found)
        except OSError:
            self.close()
            raise
        self.size = self._left = found.st_size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed says Buffer, which has no slices
        if self._descriptor is None:
            raise ValueError("the file is closed")
        chunk = os.read(self._descriptor, min(len(buffer), self._left))
        buffer[: len(chunk)] = chunk
        self._left -= len(chunk)
        return len(chunk)

    def tell(self) -> int:
        """Return how many bytes were read so far."""
        return self.size - self._left

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        super().close()


def _require_regular(found: os.stat_result) -> None:
    """Raise OSError, with the reason in words, for anything but a regular file."""
    if not stat.S_ISREG(found.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(found.st_mode)), "it is not a file")
        raise OSError(0, kind)
