"""A loop that calls a function when woken or from time to time, and rests after a call that did work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.tasks import rest
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)


class PacedLoop:
    """Calls a function when it is woken and from time to time; rests after a call that did something."""

    def __init__(self, act: Callable[[], Awaitable[bool]], woken: asyncio.Event, *, rest_s: float) -> None:
        """`act` returns whether there was something to do.

        `rest_s`: the seconds of rest after that, and the longest time between two calls.
        """
        self._act = act
        self._woken = woken
        self._rest_s = rest_s
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run` after the call under way."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Call `act` until `stop()`."""
        while not self._stopping.is_set():
            self._woken.clear()
            if await self._did_something():
                await rest(self._stopping, self._rest_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s):
                    await self._woken.wait()

    async def _did_something(self) -> bool:
        try:
            return await self._act()
        except DatabaseUnavailableError:  # the database watch logs it; the next call tries again
            return True
        except Exception:  # an error in one call must not end the loop
            log.exception("a round failed")
            return True
