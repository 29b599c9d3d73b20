"""The store: save the world in a file, so that the next start has the same chats."""

import asyncio
import logging
import os
import shutil
from pathlib import Path

import orjson

from bot.sandbox.world.signals import Signal
from bot.sandbox.world.world import World

logger = logging.getLogger(__name__)

VERSION = 1
# Seconds; changes within this time are saved together.
SAVE_DELAY = 0.2
# The largest share of time for saving, which writes everything: a larger world is saved less often.
SAVE_SHARE = 0.1


class StoreError(Exception):
    """The file cannot be used; the text is one sentence for the person who starts the sandbox."""


def forget(path: Path) -> None:
    """Delete the file and the files beside it."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.new").unlink(missing_ok=True)
    shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)


class Store:
    """One JSON file, always replaced as a whole, and a folder beside it for the files that were sent."""

    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._saved_revision = -1
        self._saving = asyncio.Lock()
        # Set after each attempt to save, successful or not.
        self.saved = Signal()
        world.files.folder = path.with_suffix(".files")

    def load(self) -> None:
        """Load the file if there is one. Raises StoreError if it is damaged or of another version."""
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
        """Save after changes, until cancelled; log a failure and try again at the next change."""
        loop = asyncio.get_running_loop()
        while True:
            await self._world.changed.until(self._is_stale, None)
            await asyncio.sleep(SAVE_DELAY)
            began = loop.time()
            try:
                await self.save()
            except OSError as error:
                logger.warning("The sandbox could not save %s: %s", self._path, error)
                self._saved_revision = self._world.revision
            self.saved.set()
            await asyncio.sleep((loop.time() - began) / SAVE_SHARE)

    async def save(self) -> None:
        """Save now, unless nothing has changed."""
        async with self._saving:  # two at once would write into one file
            if not self._is_stale():
                return
            revision = self._world.revision
            files = self._world.files.unsaved()
            data = orjson.dumps(self._world.dump())
            await asyncio.to_thread(self._write, data, files)
            self._saved_revision = revision
            self._world.files.drop_from_memory(files)

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
    """Write a file beside it and rename that: readers see the old or the new file, never a part."""
    beside = path.with_name(f"{path.name}.new")
    with open(beside, "wb", opener=_private) as file:  # only the owner may read what people write
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
