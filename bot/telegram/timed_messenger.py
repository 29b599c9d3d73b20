"""Measures how long Telegram takes for the messages of Broadcasts."""

from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any

from bot.delivery.outcome import Outcome
from bot.delivery.sender import Messenger


class TimedMessenger:
    """A Messenger that makes its calls by another one, and reports the seconds of each but knocks."""

    def __init__(self, messenger: Messenger, took: Callable[[float], None]) -> None:
        self._messenger = messenger
        self._took = took
        self.knock = messenger.knock

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        """Send a message."""
        return await self._timed(self._messenger.send(chat_id, body))

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        """Replace the content of a message."""
        return await self._timed(self._messenger.edit(chat_id, message_id, body))

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        """Delete a message."""
        return await self._timed(self._messenger.delete(chat_id, message_id))

    async def _timed(self, call: Coroutine[Any, Any, Outcome]) -> Outcome:
        began = perf_counter()
        outcome = await call
        self._took(perf_counter() - began)
        return outcome
