"""What the tests of the inbox share: updates, a handler that notes what it gets, and an inbox at work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.inbox.chat_queues import ChatQueues
from bot.inbox.inbox import Inbox
from bot.inbox.jobs import Job
from bot.inbox.raw_update import chat_of
from storage.database import Database
from storage.inbox import inbox
from storage.inbox.inbox import PendingUpdate
from storage.models import InboxUpdate
from tests.waiting import comes_true

TakeOver = Callable[..., Awaitable[list[PendingUpdate]]]

CHAT, OTHER = 5_000_000_001, -1_001_000_000_002
PATIENCE_S = 60


def message(update_id: int, chat_id: int = CHAT, text: str = "/help") -> dict[str, Any]:
    return {"update_id": update_id, "message": {"message_id": 1, "chat": {"id": chat_id}, "text": text}}


class Handler:
    """Notes the updates that it gets. While it is held, those of `CHAT` do not end.

    `leaves` is the Job that it leaves of each update; `errors` are raised one after another.
    """

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.errors: list[Exception] = []
        self.leaves: Job | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.changed = asyncio.Condition()

    async def until_begun(self, number: int) -> None:
        """Wait until so many updates have begun."""
        await self.until(lambda: len(self.begun) == number)

    async def until_ended(self, number: int) -> None:
        """Wait until so many updates have ended."""
        await self.until(lambda: len(self.ended) == number)

    def hold(self) -> None:
        self.go_on.clear()

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Wait until `predicate` is true; it is checked after each update that begins or ends."""
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(predicate)

    async def _note(self, where: list[int], update_id: int) -> None:
        async with self.changed:
            where.append(update_id)
            self.changed.notify_all()

    async def __call__(self, update: dict[str, Any]) -> Job | None:
        await self._note(self.begun, update["update_id"])
        if chat_of(update) == CHAT:
            await self.go_on.wait()
        if self.errors:
            raise self.errors.pop()
        await self._note(self.ended, update["update_id"])
        return self.leaves


@asynccontextmanager
async def at_work(inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """Run the inbox, and stop it as the bot does, unless the test has killed it."""
    task = asyncio.create_task(inbox.run())
    try:
        yield task
    finally:
        inbox.stop()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE_S)


async def kill(task: asyncio.Task[None]) -> None:
    """Cancel a running inbox, so that it cannot tidy up anything."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def written(inbox: Inbox) -> None:
    """Wait until all changes of the inbox are in the database."""

    async def is_written() -> bool:
        return inbox._journal.is_idle

    await comes_true(is_written)


async def rows_of(database: Database) -> list[InboxUpdate]:
    """Return all rows of the inbox, in the order of arrival."""
    async with database.read() as session:
        return list(await session.scalars(select(InboxUpdate).order_by(InboxUpdate.id)))


class SlowTakeOver(Database):
    """A database whose answer to a take-over of rows comes late: after the process has released a chat.

    It releases the chat of those rows once it sees that they wait nowhere else: never before the take-over is
    committed, always some time after.
    """

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.__dict__.update(vars(database))
        self.waited = False
        self._taker: asyncio.Task[Any] | None = None
        self._released = asyncio.Event()
        monkeypatch.setattr(inbox, "take_over", self._noting(inbox.take_over))
        monkeypatch.setattr(ChatQueues, "release", self._noting_release(ChatQueues.release))

    def _noting(self, take_over: TakeOver) -> TakeOver:
        async def noting(session: AsyncSession, *, receiver_id: int) -> list[PendingUpdate]:
            rows = await take_over(session, receiver_id=receiver_id)
            self._taker = asyncio.current_task() if rows else None
            return rows

        return noting

    def _noting_release(self, release: Callable[..., None]) -> Callable[..., None]:
        def noting(queues: ChatQueues[Any], chat_id: int) -> None:
            release(queues, chat_id)
            self._released.set()

        return noting

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with super().transaction() as session:
            yield session
        if self._taker is asyncio.current_task():
            self._taker, self.waited = None, True
            await asyncio.wait_for(self._released.wait(), PATIENCE_S)
