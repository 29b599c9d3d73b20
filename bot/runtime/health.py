"""Health: what the running bot knows about itself, for the pages of bot/web/probes.py.

An outage of Telegram or of the database is no reason to end a process: another one would meet it as well. So
`dead` looks only at what a new start mends, and `unready` only at what another process may do better.
"""

import asyncio
from collections.abc import Callable, Sequence

from bot.delivery.worker import Worker
from bot.runtime.database.database_watch import AWAY, DatabaseWatch
from bot.runtime.scheduler import Scheduler
from bot.runtime.supervisor import Supervisor


class Health:
    """Asks the supervisor, the scheduler, the worker and the watch over the database what fails."""

    def __init__(
        self,
        supervisor: Supervisor,
        scheduler: Scheduler,
        worker: Worker | None,
        database_watch: DatabaseWatch,
        is_outage: Callable[[], bool],
    ) -> None:
        """`is_outage` returns whether Telegram does not answer this process."""
        self._supervisor = supervisor
        self._scheduler = scheduler
        self._worker = worker
        self._watch = database_watch
        self._is_outage = is_outage
        self._stopping: asyncio.Event | None = None  # until it has started

    def started(self, stopping: asyncio.Event) -> None:
        """Note that all parts run, until `stopping` is set."""
        self._stopping = stopping

    async def failing(self) -> Sequence[str]:
        """Return the names of the parts and duties that fail; "receipts" if the worker cannot write some."""
        unwritten = ["receipts"] if self._worker is not None and self._worker.unwritten else []
        database = [] if await self._watch.is_healthy() else ["database"]
        return [*self._supervisor.failing(), *self._scheduler.failing(), *unwritten, *database]

    def dead(self) -> Sequence[str]:
        """Return the parts that ended, and the duties that hang; none while the database is away."""
        if self._watch.is_away:
            return []
        ended = [f"{name} has ended" for name in self._supervisor.ended()]
        return [*ended, *(f"{name} hangs" for name in self._scheduler.hanging())]

    async def unready(self) -> Sequence[str]:
        """Return why this process cannot work: it starts or stops, or its database or tables fail."""
        reasons = []
        if self._stopping is None:
            reasons.append("starting")
        elif self._stopping.is_set():
            reasons.append("stopping")
        problem = await self._watch.problem()
        return [*reasons, *([problem] if problem else [])]

    def troubles(self) -> Sequence[str]:
        """Return whether Telegram does not answer: pushes wait, and no other process would do better."""
        return ["Telegram does not answer"] if self._is_outage() else []


class WaitingForDatabase:
    """The condition of a process that has no database yet."""

    def dead(self) -> Sequence[str]:
        """Return nothing: waiting is what it should do."""
        return []

    async def unready(self) -> Sequence[str]:
        """Return that it starts, and what it waits for."""
        return ["starting", AWAY]

    async def failing(self) -> Sequence[str]:
        """Return the database."""
        return ["database"]

    def troubles(self) -> Sequence[str]:
        """Return nothing: it has not asked Telegram yet."""
        return []
