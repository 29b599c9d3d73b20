"""Telling whoever waits that something changed, without polling and without sleeping."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

EventType = Literal["message", "edited", "deleted", "commands", "people", "chats", "typing", "clock"]

# A listener that is this far behind has stopped listening: it is let go and must read the state again.
BACKLOG = 10_000


class Event(TypedDict):
    """One change of the world; `chat` is 0 where no chat is concerned."""

    type: EventType
    chat: int
    message: dict[str, Any] | None
    message_ids: list[int] | None


class Signal:
    """Wakes everybody who waits, each time it is set."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def set(self) -> None:
        """Wake all who wait now."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self) -> None:
        """Return at the next `set`."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(
        self,
        predicate: Callable[[], bool],
        timeout: float | None,  # noqa: ASYNC109 -- False is what callers want, not an exception
    ) -> bool:
        """Wait until the predicate holds, looking again at each change; False after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not predicate():
                    await self.wait()
        except TimeoutError:
            return predicate()
        return True


class Events:
    """A stream of events for each listener; it costs nothing while nobody listens."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def publish(self, event: Event) -> None:
        """Hand the event to all listeners; one that no longer reads is let go."""
        for queue in list(self._listeners):
            if queue.qsize() >= BACKLOG:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    def close(self) -> None:
        """End every stream."""
        for queue in self._listeners:
            queue.put_nowait(None)
        self._listeners.clear()

    def listen(self) -> AsyncIterator[Event]:
        """Events from this call on (not from the first `anext`); the stream ends at `close`."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        return self._stream(queue)

    async def _stream(self, queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._listeners.discard(queue)
