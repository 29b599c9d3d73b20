"""One clock loop for every recurring duty."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import tasks
from bot.clock import Clock
from bot.tasks import rest
from storage import timetable
from storage.database import Database, Moment
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

TICK = timedelta(seconds=0.5)  # half of the second that a push may take from its start to its first message
_GRACE_S = 1.0
_TURNS = 3  # a duty that failed in so many turns, one after another, is not well


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do every so often.

    With `shared`, the turn is taken in the database, so that of many processes one does it. Without, every
    process does it, and it must be harmless to do twice at once. One that is `slow`, since it waits for other
    sites, is done beside the others; while it is, its next turns are left out.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]
    shared: bool = True
    slow: bool = False


class Scheduler:
    """Runs each duty when its time has come. A turn that was missed is not made up for."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        duties: Sequence[Duty],
        *,
        turn_clock: Callable[[], Moment] | None = None,
    ) -> None:
        """`turn_clock` is the one that all who share the duties agree on; by default `clock`."""
        self._database = database
        self._clock = clock
        self._turn_clock = turn_clock or clock
        self._duties = duties
        self._next: dict[str, datetime] = {}
        self._beside: dict[str, asyncio.Task[None]] = {}
        self._failures: Counter[str] = Counter()  # in a row, by duty
        self._stopping = asyncio.Event()

    def failing(self) -> list[str]:
        """Return the names of the duties that failed turn after turn."""
        return [name for name, number in self._failures.items() if number >= _TURNS]

    def stop(self) -> None:
        """The duty under way is finished, no further one begun."""
        self._stopping.set()

    async def run(self) -> None:
        """Tick until `stop()`. What is slow has a moment to end, or is broken off: its next turn goes on."""
        try:
            while not self._stopping.is_set():
                await self.tick()
                await rest(self._stopping, TICK.total_seconds())
        finally:
            if self._beside:
                await asyncio.wait(self._beside.values(), timeout=_GRACE_S)
            for task in self._beside.values():
                task.cancel()
            await asyncio.gather(*self._beside.values(), return_exceptions=True)

    async def tick(self) -> None:
        """Run what is due now."""
        for duty in self._duties:
            now = self._clock()
            wait = self._next.get(duty.name, now) - now
            # Longer than its rhythm: the machine's clock was set back.
            if self._stopping.is_set() or timedelta(0) < wait <= duty.every:
                continue
            if duty.name in self._beside and not self._beside[duty.name].done():
                continue
            self._next[duty.name] = now + duty.every
            if duty.slow:
                self._beside[duty.name] = tasks.start(self._do(duty), name=duty.name)
            else:
                await self._do(duty)

    async def _do(self, duty: Duty) -> None:
        try:
            if not duty.shared or await self._take(duty):
                await duty.run()
        except DatabaseUnavailableError:
            return  # bot/runtime/database_watch.py tells of it
        except Exception as error:  # noqa: BLE001  # one duty's fault must not end the others
            self._log_fault(duty.name, error)
        else:
            self._failures.pop(duty.name, None)

    def _log_fault(self, name: str, error: Exception) -> None:
        """The first of a row with its traceback; then at the 2nd, 4th, 8th …"""
        self._failures[name] += 1
        failures = self._failures[name]
        if failures.bit_count() == 1:
            trace = error if failures == 1 else None
            log.error("a duty failed", exc_info=trace, extra={"duty": name, "times": failures})

    async def _take(self, duty: Duty) -> bool:
        async with self._database.transaction() as session:
            return await timetable.take(session, duty.name, now=self._turn_clock(), every=duty.every)
