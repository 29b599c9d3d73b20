"""The lookout: one statement, again and again, says what there is to do, so that nothing else has to ask."""

from bot.clock import Clock
from bot.delivery.worker import Worker
from bot.services import Services
from storage.database import Database
from storage.deliveries import work
from storage.deliveries.work import EVERYTHING

_MOST_SKIPPED = 10  # looks, that is 5 s: a mark does not show everything (Database.change_mark)


class Lookout:
    """Looks what there is to do, starts what is due, and wakes the worker."""

    def __init__(self, database: Database, services: Services, worker: Worker | None, clock: Clock) -> None:
        self._database = database
        self._services = services
        self._worker = worker
        self._clock = clock
        self._work = EVERYTHING  # until we look
        self._mark: object | None = None  # of the database, just before the last look
        self._skipped = 0

    async def look(self) -> None:
        """Let decisions act, start what is due, and wake the worker if it has something to send."""
        mark = self._database.change_mark()
        if self._is_same(mark):
            self._skipped += 1
            return
        async with self._database.read() as session:
            self._work = await work.look(session, now=self._clock())
        self._mark, self._skipped = mark, 0
        if self._work.decisions:
            await self._services.decisions.act_due()
        started = self._work.broadcasts and await self._services.broadcasts.start_due(self._wake)
        gathered = self._work.digests and await self._services.digests.start_due()
        if started or gathered or self._work.ranges:
            self._wake()

    def _is_same(self, mark: object | None) -> bool:
        """Return whether a look would find nothing, as the last one did."""
        if mark is None or mark != self._mark or self._skipped >= _MOST_SKIPPED or self._work.anything():
            return False
        return self._work.next_at is None or self._clock() < self._work.next_at

    def cards(self) -> bool:
        """Return whether a Card may change."""
        return self._work.cards

    def drafts(self) -> bool:
        """Return whether editors may get a review card."""
        return self._work.drafts

    def outcomes(self) -> bool:
        """Return whether an editor may have to be shown what came of a decision."""
        return self._work.outcomes

    def parcels(self) -> bool:
        """Return whether an Event is to be sent to a Webhook."""
        return self._work.parcels

    def _wake(self) -> None:
        if self._worker is not None:
            self._worker.wake()
