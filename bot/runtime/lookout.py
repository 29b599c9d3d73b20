"""The lookout: one statement, again and again, says what there is to do, so that nothing else has to ask."""

from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.delivery.worker import Worker
from bot.services import Services
from storage.database import Database
from storage.deliveries import work
from storage.deliveries.work import Work

Act = Callable[[], Awaitable[object]]


class Lookout:
    """Looks what there is to do, starts what is due, and wakes the worker."""

    def __init__(self, database: Database, services: Services, worker: Worker | None, clock: Clock) -> None:
        self._database = database
        self._services = services
        self._worker = worker
        self._clock = clock
        self._work = Work(broadcasts=True, digests=True, ranges=True, cards=True)  # until we look

    async def look(self) -> None:
        """Start what is due, and wake the worker if it has something to send."""
        async with self._database.read() as session:
            self._work = await work.look(session, now=self._clock())
        started = self._work.broadcasts and await self._services.broadcasts.start_due(self._wake)
        gathered = self._work.digests and await self._services.digests.start_due()
        if started or gathered or self._work.ranges:
            self._wake()

    def if_cards(self, act: Act) -> Act:
        """Return `act`, which does nothing while no Card can change."""

        async def act_if_wanted() -> None:
            if self._work.cards:
                await act()

        return act_if_wanted

    def _wake(self) -> None:
        if self._worker is not None:
            self._worker.wake()
