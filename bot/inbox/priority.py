"""Permits: limit how many updates are worked on at once, and choose which update gets the next permit.

An update that waits for Telegram or for another site gives its permit back meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count


class Priority(IntEnum):
    """The order in which permits are given: what was begun is ended first, prose comes last."""

    BEGUN = 0
    AWAITED = 1
    JOB = 2
    PROSE = 3


class PriorityLimiter:
    """A semaphore that grants its permits by Priority, and first come, first served within one."""

    def __init__(self, permits: int) -> None:
        self._free = permits
        self._order = count()
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []

    async def acquire(self, priority: Priority) -> None:
        """Wait for a permit."""
        if self._free:
            self._free -= 1
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._order), granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Hand the permit to the next that waits."""
        while self._waiting:
            granted = heappop(self._waiting)[2]
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1


class _Permit:
    """The permit of one update. `pauses` counts the nested waits for which it is given back."""

    __slots__ = ("limiter", "pauses")

    def __init__(self, limiter: PriorityLimiter) -> None:
        self.limiter = limiter
        self.pauses = 0


_CURRENT: ContextVar[_Permit | None] = ContextVar("permit", default=None)


@asynccontextmanager
async def permit(limiter: PriorityLimiter, priority: Priority) -> AsyncIterator[None]:
    """Hold a permit of `limiter` for the time of the `async with`."""
    await limiter.acquire(priority)
    token = _CURRENT.set(_Permit(limiter))
    try:
        yield
    finally:
        _CURRENT.reset(token)
        limiter.release()


@asynccontextmanager
async def without_permit() -> AsyncIterator[None]:
    """Give the current permit back while something outside of Comeback is waited for, then acquire it again.

    Do nothing where no permit is held.
    """
    held = _CURRENT.get()
    if held is None:
        yield
        return
    held.pauses += 1
    if held.pauses == 1:
        held.limiter.release()
    try:
        yield
    finally:
        held.pauses -= 1
        if not held.pauses:
            await held.limiter.acquire(Priority.BEGUN)
