"""Holds back the chats whose earlier updates another process must handle first."""

import asyncio

from bot.inbox.chat_queues import ChatQueues, Item
from bot.inbox.heartbeat import Heartbeat
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.inbox import inbox

_LOOK_S = 0.05  # between two looks whether the other process is done
_RETRY_S = 1.0  # after the database did not answer


class HeldChats:
    """Holds chats in `queues`, and releases each when no earlier update of it waits elsewhere."""

    def __init__(self, database: Database, heartbeat: Heartbeat, queues: ChatQueues[Item]) -> None:
        self._database = database
        self._heartbeat = heartbeat
        self._queues = queues
        self._held: set[int] = set()
        self._wake = asyncio.Event()

    def hold(self, chat_id: int) -> None:
        """Begin no further update of this chat until no earlier one waits elsewhere."""
        self._held.add(chat_id)
        self._queues.hold(chat_id)
        self._wake.set()

    def clear(self) -> None:
        """Forget all held chats, after the queues were cleared."""
        self._held.clear()

    async def run(self) -> None:
        """Look and release until cancelled."""
        while True:
            await self._wake.wait()
            try:
                await self._release_some()
            except DatabaseUnavailableError:
                await asyncio.sleep(_RETRY_S)
                continue
            if not self._held:
                self._wake.clear()
            await asyncio.sleep(_LOOK_S)

    async def _release_some(self) -> None:
        chats = sorted(self._held)
        async with self._database.read() as session:
            elsewhere = await inbox.first_elsewhere(session, chats, receiver_id=self._heartbeat.id)
        for chat_id in chats:
            first = self._queues.next_of(chat_id)
            if first is None or elsewhere.get(chat_id, first.id) >= first.id:
                self._held.discard(chat_id)
                self._queues.release(chat_id)
