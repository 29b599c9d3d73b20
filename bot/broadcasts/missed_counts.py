"""Counts how many missed a push, in the background: with 1.2 million readers a count takes seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import tasks
from bot.clock import elapsed_clock

FRESH_S = 60.0
"""How long a count serves, in seconds."""

_SOON_S = 0.05  # a small newsroom's count is there by then


@dataclass(slots=True)
class _Count:
    """A count, and the elapsed time at which it was made; None while it is being made, or if it failed."""

    task: asyncio.Task[int]
    at: float | None = None


class MissedCounts:
    """The counts that this process makes or made lately, by Broadcast."""

    def __init__(self, count: Callable[[int], Awaitable[int]]) -> None:
        """`count`: returns how many missed a Broadcast (Control.missing)."""
        self._count = count
        self._counts: dict[int, _Count] = {}

    async def of(self, broadcast_id: int) -> int | None:
        """Return how many missed a push, counted within the last FRESH_S seconds; None: ask again soon.

        Raises what the count raised.
        """
        self._forget_old()
        found = self._counts.get(broadcast_id)
        if found is None:
            task = tasks.start_awaited(self._made(broadcast_id), name="count who missed a push")
            found = self._counts[broadcast_id] = _Count(task)
        await asyncio.wait({found.task}, timeout=_SOON_S)
        if not found.task.done() or found.task.cancelled():  # it goes on, or was forgotten meanwhile
            return None
        has_failed = found.at is None
        if has_failed and self._counts.get(broadcast_id) is found:
            self.forget(broadcast_id)  # the next call counts again
        return found.task.result()

    def forget(self, broadcast_id: int) -> None:
        """Forget the count of a Broadcast that has just been sent to those who missed it."""
        found = self._counts.pop(broadcast_id, None)
        if found is not None:
            found.task.cancel()

    async def close(self) -> None:
        """Break off the counts that are being made."""
        running = [one.task for one in self._counts.values() if not one.task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _made(self, broadcast_id: int) -> int:
        number = await self._count(broadcast_id)
        if broadcast_id in self._counts:  # otherwise it was forgotten meanwhile
            self._counts[broadcast_id].at = elapsed_clock()
        return number

    def _forget_old(self) -> None:
        now = elapsed_clock()
        for broadcast_id, count in list(self._counts.items()):
            if count.at is not None and now - count.at > FRESH_S:
                self.forget(broadcast_id)
