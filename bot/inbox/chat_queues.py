"""Lines: the work of many chats, in order within each and side by side otherwise."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar


class QueueItem(Protocol):
    """What waits in a line."""

    @property
    def id(self) -> int:
        """Its place in the order of arrival."""

    @property
    def chat_id(self) -> int:
        """Whose line it waits in."""


E = TypeVar("E", bound=QueueItem)
Start = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(slots=True)
class _Line(Generic[E]):
    waiting: deque[E] = field(default_factory=deque)
    served: int = 0
    listed: bool = False
    held: bool = False


class ChatQueues(Generic[E]):
    """Has each entry worked on in a task of its own: at most `places` at once, at most `width` of one chat.

    A chat gets its next place after all others that wait for one.
    """

    def __init__(
        self, work: Callable[[E], Coroutine[Any, Any, None]], *, places: int, width: int = 1
    ) -> None:
        self._work = work
        self._free = places
        self._width = width
        self._start: Start | None = None
        self._lines: dict[int, _Line[E]] = {}
        self._ready: deque[int] = deque()
        self.length = 0  # entries that wait or are worked on

    def open(self, start: Start) -> None:
        """Begin; `start` makes a task of a coroutine."""
        self._start = start
        self._fill()

    def close(self) -> None:
        """Begin nothing more; what is under way goes on."""
        self._start = None

    def add(self, entry: E) -> None:
        """Put an entry in its place in its chat's line: at the end, unless it came before others there."""
        line = self._lines.setdefault(entry.chat_id, _Line())
        later = deque[E]()
        while line.waiting and line.waiting[-1].id > entry.id:
            later.appendleft(line.waiting.pop())
        line.waiting.append(entry)
        line.waiting.extend(later)
        self.length += 1
        self._offer(entry.chat_id, line)

    def hold(self, chat_id: int) -> None:
        """Begin nothing more of this chat."""
        self._lines.setdefault(chat_id, _Line()).held = True

    def release(self, chat_id: int) -> None:
        """Go on with it."""
        line = self._lines.get(chat_id)
        if line is not None:
            line.held = False
            self._offer(chat_id, line)
            self._drop_empty(chat_id, line)

    def next_of(self, chat_id: int) -> E | None:
        """What waits first in this chat's line."""
        line = self._lines.get(chat_id)
        return line.waiting[0] if line and line.waiting else None

    def clear(self) -> None:
        """Forget whatever is not under way."""
        for chat_id, line in list(self._lines.items()):
            self.length -= len(line.waiting)
            line.waiting.clear()
            line.held = False
            self._drop_empty(chat_id, line)

    def _offer(self, chat_id: int, line: _Line[E]) -> None:
        if line.waiting and line.served < self._width and not (line.listed or line.held):
            line.listed = True
            self._ready.append(chat_id)
            self._fill()

    def _fill(self) -> None:
        while self._ready and self._free and self._start is not None:
            chat_id = self._ready.popleft()
            line = self._lines.get(chat_id)
            if line is None:
                continue
            line.listed = False
            if line.waiting and not line.held:
                line.served += 1
                self._free -= 1
                self._start(self._serve(chat_id, line, line.waiting.popleft()))
                self._offer(chat_id, line)

    async def _serve(self, chat_id: int, line: _Line[E], entry: E) -> None:
        try:
            await self._work(entry)
        except asyncio.CancelledError:  # which happens only at the end
            self.close()
            raise
        finally:
            line.served -= 1
            self._free += 1
            self.length -= 1
            self._offer(chat_id, line)
            self._fill()
            self._drop_empty(chat_id, line)

    def _drop_empty(self, chat_id: int, line: _Line[E]) -> None:
        if not (line.waiting or line.served or line.listed or line.held):
            self._lines.pop(chat_id, None)
