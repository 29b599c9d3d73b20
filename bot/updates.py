"""Updates as Telegram hands them over: each is handled once, those of one chat one after another."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.errors import ComebackError
from storage import updates
from storage.database import Database, Moment

ABANDONED_AFTER = timedelta(seconds=60)  # a handler takes seconds; whoever claimed it that long ago died
KEPT_FOR = timedelta(hours=48)  # Telegram keeps an update for 24 hours at most

Handle = Callable[[dict[str, Any]], Awaitable[None]]


class InHandError(ComebackError):
    """Another process handles this update right now: Telegram should ask again later."""


class Updates:
    """Hands every update to `handle` once, even if Telegram sends it twice or we were killed in between."""

    def __init__(self, database: Database, clock: Callable[[], Moment], handle: Handle) -> None:
        """`clock` is the one that all who receive updates agree on."""
        self._database = database
        self._clock = clock
        self._handle = handle
        self._lines: defaultdict[int, _Line] = defaultdict(_Line)
        self._handled: set[int] = set()  # and not noted as done: the database was away at that moment

    async def receive(self, update: dict[str, Any]) -> None:
        """Return once the update was handled. Raises InHandError, or what the handler raised."""
        update_id = update["update_id"]
        async with self._turn(chat_of(update)):
            if update_id not in self._handled:
                if not await self._claim(update_id):
                    return
                try:
                    await self._handle(update)
                except BaseException:
                    await self._forget(update_id)
                    raise
                self._handled.add(update_id)
            await self._finish(update_id)
            self._handled.remove(update_id)

    async def take_over(self) -> None:
        """We are the only one who receives: what is in hand now was in the hand of a process that died."""
        async with self._database.sessions.begin() as session:
            await updates.release_all(session)

    async def prune(self) -> None:
        """Forget updates that Telegram no longer repeats."""
        async with self._database.sessions.begin() as session:
            await updates.prune(session, older_than=self._clock() - KEPT_FOR)

    @asynccontextmanager
    async def _turn(self, chat_id: int) -> AsyncIterator[None]:
        line = self._lines[chat_id]
        line.waiting += 1
        try:
            async with line.lock:
                yield
        finally:
            line.waiting -= 1
            if not line.waiting:
                self._lines.pop(chat_id, None)

    async def _claim(self, update_id: int) -> bool:
        async with self._database.sessions.begin() as session:
            if await updates.claim(session, update_id, now=self._clock(), abandoned_after=ABANDONED_AFTER):
                return True
            if await updates.is_done(session, update_id):
                return False
        raise InHandError

    async def _finish(self, update_id: int) -> None:
        async with self._database.sessions.begin() as session:
            await updates.finish(session, update_id)

    async def _forget(self, update_id: int) -> None:
        async with self._database.sessions.begin() as session:
            await updates.forget(session, update_id)


class _Line:
    """The updates of one chat, waiting for one another."""

    __slots__ = ("lock", "waiting")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


def chat_of(update: dict[str, Any]) -> int:
    """The chat that an update belongs to, else the person, else 0."""
    for content in update.values():
        if not isinstance(content, dict):
            continue
        chat = content.get("chat") or content.get("message", {}).get("chat") or content.get("from")
        if chat:
            return int(chat["id"])
    return 0
