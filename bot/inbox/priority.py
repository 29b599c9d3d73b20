"""Places: how much is worked on at once. What waits for Telegram holds none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count


class Priority(IntEnum):
    """Who gets the next place: what was begun is ended first."""

    BEGUN = 0
    AWAITED = 1
    ERRAND = 2
    PROSE = 3


class PriorityLimiter:
    """So many may work at once; the others wait, the most hasty first."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._turns = count()
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []

    async def take(self, haste: Priority) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (haste, next(self._turns), granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hand the place to the next one."""
        while self._waiting:
            granted = heappop(self._waiting)[2]
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1


class _Place:
    """The place of one update; `away` counts the calls of Telegram that it waits for."""

    __slots__ = ("away", "places")

    def __init__(self, places: PriorityLimiter) -> None:
        self.places = places
        self.away = 0


_HELD: ContextVar[_Place | None] = ContextVar("place", default=None)


@asynccontextmanager
async def placed(places: PriorityLimiter, haste: Priority) -> AsyncIterator[None]:
    """Work in one of the places."""
    await places.take(haste)
    token = _HELD.set(_Place(places))
    try:
        yield
    finally:
        _HELD.reset(token)
        places.give_back()


@asynccontextmanager
async def away() -> AsyncIterator[None]:
    """Wait for something that is not ours, and let others work meanwhile. Nothing outside of a place."""
    place = _HELD.get()
    if place is None:
        yield
        return
    place.away += 1
    if place.away == 1:
        place.places.give_back()
    try:
        yield
    finally:
        place.away -= 1
        if not place.away:
            await place.places.take(Priority.BEGUN)
