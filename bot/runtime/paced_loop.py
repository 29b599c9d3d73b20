"""Rounds: something that is done when there is need, and then not again for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.tasks import rest
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)


class PacedLoop:
    """Goes at once when it is woken, and rests after it has done something; it looks by itself too."""

    def __init__(self, go: Callable[[], Awaitable[bool]], woken: asyncio.Event, *, rest_s: float) -> None:
        """`go` says whether there was something to do. `rest_s`: the seconds of rest after that, and the most
        between two looks.
        """
        self._go = go
        self._woken = woken
        self._rest_s = rest_s
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """The round under way is the last."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Go round until `stop()`."""
        while not self._stopping.is_set():
            self._woken.clear()
            if await self._has_done_something():
                await rest(self._stopping, self._rest_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s):
                    await self._woken.wait()

    async def _has_done_something(self) -> bool:
        try:
            return await self._go()
        except DatabaseUnavailableError:  # bot/runtime/database_watch.py logs it; the next round tries again
            return True
        except Exception:  # one round's fault must not end the next
            log.exception("a round failed")
            return True
