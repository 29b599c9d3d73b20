"""The files that a command is given: regular ones, and no more of each than there was when it was opened."""

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
_DOES_NOT_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # not there on Windows


async def content(file: Path) -> bytes:
    """The file's bytes; of one that is too large, just enough to see that.

    InvalidInputError where it cannot be read.
    """
    return await asyncio.to_thread(_beginning, file)


def bytes_of(file: Path) -> bytes:
    """As `content`, but raises OSError where it cannot be read."""
    with io.BufferedReader(_Regular(file)) as buffered:
        return buffered.read(LARGEST + 1)


def opened(file: Path) -> tuple[BinaryIO, int]:
    """A file of whatever size to read from, and its size now. InvalidInputError where it cannot be read."""
    try:
        raw = _Regular(file)
    except OSError as error:
        raise _unreadable(file, error) from error
    return io.BufferedReader(raw), raw.size


def _beginning(file: Path) -> bytes:
    try:
        return bytes_of(file)
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> InvalidInputError:
    reason = (error.strerror or "unknown").lower()
    return InvalidInputError("{file} cannot be read: {reason}.", file=file, reason=reason)


class _Regular(io.RawIOBase):
    """A regular file, which ends where it ended when it was opened: one that grows for ever is read once.

    A pipe, a socket or a device would keep whoever reads it waiting, and looking at some devices changes
    them: so its kind is asked for before it is opened, and again afterwards, should it have been replaced.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        _require_regular(file.stat())
        self._descriptor: int | None = os.open(file, os.O_RDONLY | _DOES_NOT_WAIT)
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
        """How much was read so far."""
        return self.size - self._left

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        super().close()


def _require_regular(found: os.stat_result) -> None:
    """OSError, with the reason in words, for anything but a regular file."""
    if not stat.S_ISREG(found.st_mode):
        kind = next((words for is_it, words in _KINDS if is_it(found.st_mode)), "it is not a file")
        raise OSError(0, kind)
