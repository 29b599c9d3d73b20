"""The scheduler: one loop that runs every recurring duty when its time has come."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import tasks
from bot.clock import Clock, elapsed_clock
from bot.tasks import rest
from storage import timetable
from storage.database import Database, Moment
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

TICK = timedelta(seconds=0.5)  # half of the second between the start of a push and its first message
_GRACE_S = 1.0
_TURNS = 3  # a duty that failed in so many turns in a row counts as failing
_LONGEST_S = 300.0  # others wait for it, and none of these takes seconds
_LONGEST_SLOW_S = 6 * 3600.0  # Telegram may ask for an hour of silence, and a first clean-up takes long


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done again and again.

    - `shared`: one process does it for all; its turn is taken in the database, and kept until the duty has
      ended. Otherwise every process does it, and doing it twice at once must be harmless.
    - `slow`: it waits for other sites, so it runs beside the others; turns that come meanwhile are left out.
    - `wanted`: returns whether there may be something to do; otherwise the turn is not even taken.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]
    shared: bool = True
    slow: bool = False
    wanted: Callable[[], bool] = lambda: True


class Scheduler:
    """Runs each duty when its time has come. A missed turn is not made up for."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        duties: Sequence[Duty],
        *,
        turn_clock: Callable[[], Moment] | None = None,
        alone: bool = False,
    ) -> None:
        """`turn_clock`: the clock that all processes agree on, for shared duties; by default `clock`.

        `alone`: there is no other process, so nobody takes turns.
        """
        self._database = database
        self._clock = clock
        self._turn_clock = turn_clock or clock
        self._alone = alone
        self._duties = duties
        self._next: dict[str, datetime] = {}
        self._slow: dict[str, asyncio.Task[None]] = {}
        self._failures: Counter[str] = Counter()  # in a row, by the duty's name
        self._begun: dict[str, float] = {}  # in elapsed seconds, by the name of a duty under way
        self._stopping = asyncio.Event()

    def failing(self) -> list[str]:
        """Return the names of the duties that failed in their last turns."""
        return [name for name, number in self._failures.items() if number >= _TURNS]

    def hanging(self) -> list[str]:
        """Return the names of the duties whose turn has taken so long that it will not end."""
        now = elapsed_clock()
        return [
            duty.name
            for duty in self._duties
            if now - self._begun.get(duty.name, now) > (_LONGEST_SLOW_S if duty.slow else _LONGEST_S)
        ]

    def stop(self) -> None:
        """End `run` after the duty under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Tick until `stop()`. Slow duties then get a moment to end, and are cancelled."""
        try:
            while not self._stopping.is_set():
                await self.tick()
                await rest(self._stopping, TICK.total_seconds())
        finally:
            if self._slow:
                await asyncio.wait(self._slow.values(), timeout=_GRACE_S)
            for task in self._slow.values():
                task.cancel()
            await asyncio.gather(*self._slow.values(), return_exceptions=True)

    async def tick(self) -> None:
        """Run the duties that are due now."""
        for duty in self._duties:
            now = self._clock()
            wait = self._next.get(duty.name, now) - now
            # A wait that is longer than the rhythm means that the clock was set back: run now.
            if self._stopping.is_set() or timedelta(0) < wait <= duty.every:
                continue
            if duty.name in self._slow and not self._slow[duty.name].done():
                continue
            self._next[duty.name] = now + duty.every
            if not duty.wanted():
                continue
            if duty.slow:
                self._slow[duty.name] = tasks.start(self._do(duty), name=duty.name)
            else:
                await self._do(duty)

    async def _do(self, duty: Duty) -> None:
        self._begun[duty.name] = elapsed_clock()
        try:
            if self._alone or not duty.shared:
                await duty.run()
            elif await self._take(duty):
                async with self._turn_kept(duty):
                    await duty.run()
        except DatabaseUnavailableError:
            return  # the database watch logs it
        except Exception as error:  # noqa: BLE001  # an error in one duty must not end the others
            self._log_failure(duty.name, error)
        else:
            self._failures.pop(duty.name, None)
        finally:
            self._begun.pop(duty.name, None)

    def _log_failure(self, name: str, error: Exception) -> None:
        """Log failures 1, 2, 4, 8 … of a row, the first with its traceback."""
        self._failures[name] += 1
        failures = self._failures[name]
        if failures.bit_count() == 1:
            trace = error if failures == 1 else None
            log.error("a duty failed", exc_info=trace, extra={"duty": name, "times": failures})

    async def _take(self, duty: Duty) -> bool:
        async with self._database.transaction() as session:
            return await timetable.take(session, duty.name, now=self._turn_clock(), every=duty.every)

    @asynccontextmanager
    async def _turn_kept(self, duty: Duty) -> AsyncIterator[None]:
        """Keep the turn for as long as this takes, so that no other process begins the duty meanwhile."""
        keeping = tasks.start(self._keep(duty), name=f"the turn of {duty.name}")
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})

    async def _keep(self, duty: Duty) -> None:
        while True:
            await asyncio.sleep(duty.every.total_seconds() / 2)
            with suppress(DatabaseUnavailableError):
                async with self._database.transaction() as session:
                    await timetable.keep(session, duty.name, now=self._turn_clock())
