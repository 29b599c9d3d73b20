"""Permits: how many sends of one worker may be unconfirmed at once."""

import asyncio
from collections.abc import Callable

_SPARE = 1  # with so few free permits the receipts that wait are written at once, so that nobody waits


class Permits:
    """The permits to have one more send unconfirmed. `on_scarce` is called when hardly any is free."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._permits = asyncio.BoundedSemaphore(number)
        self.on_scarce: Callable[[], None] | None = None

    async def acquire(self) -> None:
        """Take a permit, once there is one."""
        await self._permits.acquire()
        self._free -= 1
        if self.on_scarce is not None and self.are_scarce():
            self.on_scarce()

    def release(self) -> None:
        """Give a permit back."""
        self._permits.release()
        self._free += 1

    def are_scarce(self) -> bool:
        """Return whether hardly any is free."""
        return self._free <= _SPARE
