"""Keeping the world in a file, so that a second start finds the first one's chats."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from typing import TYPE_CHECKING

import orjson

from bot.sandbox.world.signals import Signal

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.world.world import World

logger = logging.getLogger(__name__)

VERSION = 1
# Changes within this time are saved together, in seconds.
REST = 0.2
# Saving writes everything, so it may take at most this share of the time: the bigger the world, the rarer.
SHARE = 0.1


class StoreError(Exception):
    """The file cannot be used; the text is one sentence for whoever started the sandbox."""


def forget(path: Path) -> None:
    """Start afresh: remove the file and what lies beside it."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.new").unlink(missing_ok=True)
    shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)


class Store:
    """One JSON file, replaced as a whole, and a folder beside it for the files that were sent."""

    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._saved_revision = -1
        # Set after each attempt to save, done or failed.
        self.saved = Signal()
        world.files.folder = path.with_suffix(".files")

    def load(self) -> None:
        """Read the file if there is one; StoreError if it is damaged or of a newer version."""
        try:
            data = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, orjson.JSONDecodeError) as error:
            raise StoreError(
                f"The sandbox's file {self._path} cannot be read ({error}); start afresh."
            ) from error
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise StoreError(f"The sandbox's file {self._path} is of another version; start afresh.")
        try:
            self._world.load(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError(f"The sandbox's file {self._path} is damaged; start afresh.") from error

    async def run(self) -> None:
        """Save after changes until cancelled; a failure is logged and tried again at the next change."""
        loop = asyncio.get_running_loop()
        while True:
            await self._world.changed.until(self._is_stale, None)
            await asyncio.sleep(REST)
            began = loop.time()
            try:
                await self.save()
            except OSError as error:
                logger.warning("The sandbox could not save %s: %s", self._path, error)
                self._saved_revision = self._world.revision
            self.saved.set()
            await asyncio.sleep((loop.time() - began) / SHARE)

    async def save(self) -> None:
        """Write all now, unless nothing changed."""
        if not self._is_stale():
            return
        revision = self._world.revision
        files = self._world.files.unsaved()
        data = orjson.dumps(self._world.dump())
        await asyncio.to_thread(self._write, data, files)
        self._saved_revision = revision
        self._world.files.let_go(files)

    def _is_stale(self) -> bool:
        return self._world.revision != self._saved_revision

    def _write(self, data: bytes, files: dict[str, bytes]) -> None:
        folder = self._path.with_suffix(".files")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if files:
            folder.mkdir(0o700, exist_ok=True)
        for name, content in files.items():
            _replace(folder / name, content)
        _replace(self._path, data)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _replace(path: Path, content: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never a part."""
    beside = path.with_name(f"{path.name}.new")
    with open(beside, "wb", opener=_private) as file:  # what people said is for the owner alone
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
