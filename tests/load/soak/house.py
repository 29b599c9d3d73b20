"""What the week works with, and how it moves the clock and waits until all is calm."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.services import Services
from storage.database import Database
from tests.load.soak.databases import Store
from tests.load.soak.diary import Diary
from tests.load.soak.feeds import Feeds
from tests.load.soak.people import People
from tests.load.soak.processes import Process
from tests.load.soak.telegram import Telegram
from tests.load.soak.watch import Watch

_MOST_PROBLEMS = 20
_PATIENCE_S = 600.0
_FOLLOWED_S = 120.0
_REVIVED_S = 10.0  # how long a process may be dead before it is started again
_LOOK_S = 0.01


@dataclass(slots=True)
class House:
    """Everything that takes part. `took`: seconds by the kind of work; `problems`: what went wrong."""

    telegram: Telegram
    feeds: Feeds
    store: Store
    database: Database
    watch: Watch
    processes: list[Process]
    services: Services
    diary: Diary
    people: People
    say: Callable[[str], None]
    problems: list[str] = field(default_factory=list)
    took: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return self.telegram.world.clock()

    async def go_to(self, at: datetime) -> None:
        """Move the clock there, never back, and wait until the product follows."""
        if at > self.now():
            self.telegram.world.clock.move_to(at.isoformat())
        await self.followed()

    async def go_on(self, seconds: float) -> None:
        """Move the clock by so much, and wait until the product follows."""
        self.telegram.world.clock.move_by(seconds)
        await self.followed()

    async def followed(self) -> None:
        """Wait until every process has the sandbox's time. Raises TimeoutError if one does not get it."""
        await self.timed("clock", self._follow())

    async def settle(self) -> None:
        """Wait until the product has nothing left to do, and note that."""
        await self.timed("rest", self._settle())

    async def timed(self, what: str, work: Awaitable[None]) -> None:
        """Do it, and add up how long that took."""
        began = time.monotonic()
        await work
        self.took[what] += time.monotonic() - began

    async def _follow(self) -> None:
        offset = self.telegram.world.clock.offset
        end = time.monotonic() + _FOLLOWED_S
        for process in self.processes:
            while not process.follows(offset):
                if not process.is_running:
                    self._again(process)
                if time.monotonic() > end:
                    raise TimeoutError(f"{process.role} does not follow the clock")
                await asyncio.sleep(_LOOK_S)

    def _again(self, process: Process) -> None:
        """Start a process that ended by itself, which is wrong. Raises RuntimeError if it never stays."""
        self.problems.append(f"{process.role} ended by itself")
        if len(self.problems) > _MOST_PROBLEMS:
            raise RuntimeError("it ends again and again")
        process.start()

    async def _settle(self) -> None:
        world = self.telegram.world
        with suppress(TimeoutError):
            await world.until(lambda: len(world.updates) == 0, _PATIENCE_S)
        end, left = time.monotonic() + _PATIENCE_S, await self.watch.until(self.now(), 0.0)
        while left is not None and time.monotonic() < end:
            for process in self.processes:
                if not process.is_running:
                    self._again(process)
            left = await self.watch.until(self.now(), _REVIVED_S)
        if left is not None:
            self.problems.append(f"not calm at {self.now():%F %T}: {left}")
            self.say(self.problems[-1])
        self.diary.calm.append(self.now())
