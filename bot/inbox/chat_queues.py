"""A queue for each chat: items of one chat are worked on in order, those of different chats side by side."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar


class QueueItem(Protocol):
    """What waits in a queue."""

    @property
    def id(self) -> int:
        """The order of arrival."""

    @property
    def chat_id(self) -> int:
        """The chat in whose queue it waits."""


Item = TypeVar("Item", bound=QueueItem)
Start = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(slots=True)
class _Queue(Generic[Item]):
    """The queue of one chat. `ready`: it stands in line for a task; `held`: nothing of it may begin."""

    waiting: deque[Item] = field(default_factory=deque)
    running: int = 0
    ready: bool = False
    held: bool = False

    def is_empty(self) -> bool:
        return not (self.waiting or self.running or self.ready or self.held)


class ChatQueues(Generic[Item]):
    """Works on each item in a task of its own: at most `limit` at once, at most `chat_limit` of one chat.

    Chats take turns: after one item of a chat, all other chats that wait come before its next.
    """

    def __init__(
        self, work: Callable[[Item], Coroutine[Any, Any, None]], *, limit: int, chat_limit: int = 1
    ) -> None:
        self._work = work
        self._free = limit
        self._chat_limit = chat_limit
        self._start: Start | None = None
        self._queues: dict[int, _Queue[Item]] = {}
        self._ready: deque[int] = deque()
        self._is_paused = False
        self.length = 0  # items that wait or are worked on

    def open(self, start: Start) -> None:
        """Begin to work; `start` makes a task of a coroutine."""
        self._start = start
        self._fill()

    def close(self) -> None:
        """Begin no further item; those that are worked on go on."""
        self._start = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Begin no item meanwhile, whatever is added or released."""
        self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False
            self._fill()

    def add(self, item: Item) -> None:
        """Put an item into its chat's queue, in the order of ids."""
        queue = self._queues.setdefault(item.chat_id, _Queue())
        later = deque[Item]()
        while queue.waiting and queue.waiting[-1].id > item.id:
            later.appendleft(queue.waiting.pop())
        queue.waiting.append(item)
        queue.waiting.extend(later)
        self.length += 1
        self._offer(item.chat_id, queue)

    def hold(self, chat_id: int) -> None:
        """Begin no further item of this chat until `release`."""
        self._queues.setdefault(chat_id, _Queue()).held = True

    def release(self, chat_id: int) -> None:
        """Go on with a chat that was held."""
        queue = self._queues.get(chat_id)
        if queue is not None:
            queue.held = False
            self._offer(chat_id, queue)
            self._drop_if_empty(chat_id, queue)

    def next_of(self, chat_id: int) -> Item | None:
        """Return the first item that waits in this chat's queue; None if none waits."""
        queue = self._queues.get(chat_id)
        return queue.waiting[0] if queue and queue.waiting else None

    def clear(self) -> None:
        """Forget all items that wait, and release all chats."""
        for chat_id, queue in list(self._queues.items()):
            self.length -= len(queue.waiting)
            queue.waiting.clear()
            queue.held = False
            self._drop_if_empty(chat_id, queue)

    def _offer(self, chat_id: int, queue: _Queue[Item]) -> None:
        """Put the chat in line for a task if it may begin an item."""
        if queue.waiting and queue.running < self._chat_limit and not (queue.ready or queue.held):
            queue.ready = True
            self._ready.append(chat_id)
            self._fill()

    def _fill(self) -> None:
        """Begin items of the chats in line, as long as the limit allows."""
        while self._ready and self._free and self._start is not None and not self._is_paused:
            chat_id = self._ready.popleft()
            queue = self._queues.get(chat_id)
            if queue is None:
                continue
            queue.ready = False
            if queue.waiting and not queue.held:
                queue.running += 1
                self._free -= 1
                self._start(self._run(chat_id, queue, queue.waiting.popleft()))
                self._offer(chat_id, queue)

    async def _run(self, chat_id: int, queue: _Queue[Item], item: Item) -> None:
        try:
            await self._work(item)
        except asyncio.CancelledError:  # which happens only at the end
            self.close()
            raise
        finally:
            queue.running -= 1
            self._free += 1
            self.length -= 1
            self._offer(chat_id, queue)
            self._fill()
            self._drop_if_empty(chat_id, queue)

    def _drop_if_empty(self, chat_id: int, queue: _Queue[Item]) -> None:
        if queue.is_empty():
            self._queues.pop(chat_id, None)
