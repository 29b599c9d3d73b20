"""Watches: one look a second at a Broadcast that is under way, for all who watch it."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from bot import tasks
from bot.broadcasts.broadcasts import BroadcastStatus
from bot.clock import Clock, steady_now, utc_now
from bot.delivery.rate.throughput import Throughput
from bot.errors import NotFoundError
from bot.services import Services
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import ENDED

log = logging.getLogger(__name__)

EVERY_S = 1.0
_POINTS = 120  # of the plot of the speed
_POINT_EVERY = timedelta(seconds=5)
BEAT_S = 15.0
"""After so long without a change the watchers hear a beat: proxies close a silent stream."""


@dataclass(slots=True)
class Watch:
    """What is known of one Broadcast.

    - `speeds`: messages a second at some moments of the last ten minutes, the oldest first.
    - `looks`: grows with each change. `is_over`: nothing more will change.
    """

    speed: Throughput = field(default_factory=Throughput)
    speeds: deque[tuple[datetime, float]] = field(default_factory=lambda: deque(maxlen=_POINTS))
    status: BroadcastStatus | None = None
    looks: int = 0
    is_over: bool = False
    watchers: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None


class Watches:
    """The Broadcasts that somebody watches in this process. Each is looked at by one task."""

    def __init__(
        self,
        services: Services,
        *,
        every_s: float = EVERY_S,
        beat_s: float = BEAT_S,
        clock: Clock = utc_now,
        elapsed: Clock = steady_now,
    ) -> None:
        """Look again after `every_s` seconds, and yield a beat after `beat_s`.

        `clock` dates the speeds, and `elapsed` measures them.
        """
        self._services = services
        self._clock = clock
        self._elapsed = elapsed
        self._every_s = every_s
        self.beat_s = beat_s
        self._watches: dict[int, Watch] = {}
        self.is_closed = False

    async def follow(self, broadcast_id: int) -> AsyncGenerator[Watch | None]:
        """Yield the Watch at each change until the Broadcast has ended; None after a while without any."""
        watch = self._watches.get(broadcast_id)
        if watch is None:
            watch = self._watches[broadcast_id] = Watch()
            watch.task = tasks.start(self._look(broadcast_id, watch), name="watch a broadcast")
        watch.watchers += 1
        seen = 0
        try:
            while not self.is_closed:
                is_new = await self._next(watch, seen)
                seen = watch.looks
                yield watch if is_new and watch.status is not None else None
                if watch.is_over:
                    return
        finally:
            watch.watchers -= 1
            if not watch.watchers:
                self._drop(broadcast_id, watch)

    def watched(self, broadcast_id: int) -> Watch | None:
        """Return what is known of a Broadcast that somebody watches; None where nobody does."""
        return self._watches.get(broadcast_id)

    async def close(self, _app: web.Application | None = None) -> None:
        """End all streams: the process stops."""
        self.is_closed = True
        for broadcast_id, watch in list(self._watches.items()):
            self._drop(broadcast_id, watch)
            await self._announce(watch, is_over=True)

    async def _next(self, watch: Watch, seen: int) -> bool:
        """Wait for a look later than `seen`; return False if there is none for `beat_s`."""
        try:
            async with asyncio.timeout(self.beat_s), watch.changed:
                await watch.changed.wait_for(lambda: watch.looks > seen or watch.is_over)
        except TimeoutError:
            return False
        return watch.looks > seen

    async def _look(self, broadcast_id: int, watch: Watch) -> None:
        """Look at a Broadcast again and again until it has ended."""
        while not watch.is_over:
            try:
                status = await self._services.broadcasts.status(broadcast_id)
            except NotFoundError:
                await self._announce(watch, is_over=True)
                return
            except DatabaseUnavailableError:
                log.warning("the progress cannot be read", extra={"broadcast": broadcast_id})
            else:
                await self._note(watch, status)
            await asyncio.sleep(self._every_s)

    async def _note(self, watch: Watch, status: BroadcastStatus) -> None:
        """Take in a look, and wake the watchers if they would see anything new."""
        before, rate = watch.status, watch.speed.rate
        watch.speed.note(self._elapsed(), status.progress.done)
        self._note_speed(watch)
        watch.status = status
        is_same = before is not None and before.shown == status.shown and rate == watch.speed.rate
        if not is_same or status.outage_since != (before.outage_since if before else None):
            watch.looks += 1
            await self._announce(watch, is_over=status.broadcast.state in ENDED)

    def _note_speed(self, watch: Watch) -> None:
        """Keep the rate of now, some seconds after the last one that was kept."""
        now, rate = self._clock(), watch.speed.rate
        if rate is not None and (not watch.speeds or now - watch.speeds[-1][0] >= _POINT_EVERY):
            watch.speeds.append((now, round(rate, 1)))

    async def _announce(self, watch: Watch, *, is_over: bool) -> None:
        async with watch.changed:
            watch.is_over = is_over
            watch.changed.notify_all()

    def _drop(self, broadcast_id: int, watch: Watch) -> None:
        if self._watches.get(broadcast_id) is watch:
            del self._watches[broadcast_id]
        if watch.task is not None:
            watch.task.cancel()


WATCHES = web.AppKey("watches", Watches)
"""Where the application of the desk has its Watches."""
