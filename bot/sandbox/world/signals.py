"""Signals: wake waiting tasks at a change, and stream changes to listeners, without polling."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal, TypedDict

EventType = Literal["message", "edited", "deleted", "commands", "people", "chats", "typing", "clock"]

# Unread events after which a listener is dropped; it must then read the whole state again.
BACKLOG = 10_000


class Event(TypedDict):
    """One change of the world; `chat` is 0 if it concerns no chat."""

    type: EventType
    chat: int
    message: dict[str, Any] | None
    message_ids: list[int] | None


class Signal:
    """Wakes all waiting tasks each time it is set."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def set(self) -> None:
        """Wake all tasks that are waiting now."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self) -> None:
        """Wait for the next `set`."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, predicate: Callable[[], bool], patience: float | None) -> bool:
        """Wait until the predicate is true; check it at each `set`. Return False after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while not predicate():
                    await self.wait()
        except TimeoutError:
            return predicate()
        return True


class Events:
    """A stream of events for each listener."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def publish(self, event: Event) -> None:
        """Send the event to all listeners; drop a listener that no longer reads."""
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
        """Return the events from this call on (not from the first `anext`); the stream ends at `close`."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        return self._stream(queue)

    async def _stream(self, queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._listeners.discard(queue)
