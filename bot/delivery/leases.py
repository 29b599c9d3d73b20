"""The leases of one worker: it claims Ranges, renews their leases, and closes them or gives them back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncSession

from bot import tasks
from bot.clock import Clock, elapsed_clock
from bot.delivery.leased_range import RENEW_S, LeasedRange, LeaseWatch
from bot.delivery.observer import Observer, Unobserved
from bot.delivery.set_aside import SetAside
from storage.broadcasts import broadcasts, pilots
from storage.database import Database
from storage.deliveries import leases
from storage.deliveries.leases import Lease
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import BroadcastState

log = logging.getLogger(__name__)


class Leases:
    """Claims and returns Ranges for one worker. Its tasks share it, so that no two work on the same Range."""

    def __init__(
        self, database: Database, clock: Clock, *, worker: str, observer: Observer | None = None
    ) -> None:
        """`worker` is the name that no other worker has (bot/delivery/worker_identity.py)."""
        self._database = database
        self._clock = clock
        self._worker = worker
        self._observer = observer or Unobserved()
        self._watch = LeaseWatch()
        self._ours: set[int] = set()  # Ranges that we have, or whose last receipts are not written yet
        self._set_aside = SetAside()

    async def take_over(self, dead: str) -> None:
        """Free the Ranges of a dead worker at once, without waiting for its leases to end."""
        try:
            async with self._database.transaction() as session:
                freed = await leases.release_all(session, worker=dead)
        except DatabaseUnavailableError:
            return  # the leases end by themselves
        if freed:
            self._observer.took_over(freed)
            log.info("took over what a dead worker held", extra={"ranges": freed})

    async def claim(self, *, except_for: Collection[int], stopping: asyncio.Event) -> LeasedRange | None:
        """Claim the next Range, not of the Broadcasts `except_for`. Return None where there is none."""
        async with self._database.read() as session:
            self._watch.note(await leases.observe(session))
            dead = [lease for lease in self._watch.dead() if lease.range_id not in self._ours]
            waiting = self._set_aside.waiting()
            is_open = await leases.is_anything_open(
                session, dead=dead, except_for=except_for, waiting=waiting
            )
        asked_at = elapsed_clock()
        if stopping.is_set() or not is_open:
            return None  # found out without the write lock, which a claim takes
        async with self._database.transaction() as session:
            lease = await leases.claim(
                session, worker=self._worker, dead=dead, except_for=set(except_for), waiting=waiting
            )
            must_wait = lease is not None and lease.range_id in self._set_aside.waiting()
            if lease is not None and must_wait:  # another task set it aside after we had read `waiting`
                await leases.release(session, lease)
        if must_wait:
            return await self.claim(except_for=except_for, stopping=stopping)
        if lease is None:
            return None
        if any(lease.range_id == one.range_id for one in dead):
            self._observer.took_over(1)
        return LeasedRange(lease, renewed_at=asked_at)

    def was_set_aside(self, lease: Lease) -> bool:
        """Return whether the Range was set aside before: its readers then get one try each."""
        return lease.range_id in self._set_aside

    @asynccontextmanager
    async def renewing(self, leased: LeasedRange) -> AsyncIterator[None]:
        """Renew the lease inside the context, and keep other tasks of this worker from the Range."""
        range_id = leased.lease.range_id
        self._ours.add(range_id)
        renewals = tasks.start(self._renew(leased), name=f"the lease of range {range_id}")
        try:
            yield
        finally:
            self._ours.discard(range_id)
            renewals.cancel()
            with suppress(asyncio.CancelledError):
                await renewals

    async def _renew(self, leased: LeasedRange) -> None:
        while not leased.lost:
            await asyncio.sleep(RENEW_S)
            asked_at = elapsed_clock()
            try:
                async with self._database.transaction() as session:
                    renewed = leased.is_safe() and await leases.renew(session, leased.lease)
                    self._watch.note(await leases.observe(session))
            except DatabaseUnavailableError:
                continue
            if renewed:
                leased.renewed_at = asked_at
            else:
                leased.lost = True

    async def give_back(self, leased: LeasedRange, *, finished: bool) -> None:
        """Close a finished Range, and with the last one its Broadcast; release an unfinished one.

        A Range is set aside where the sends to its last readers failed for them alone: other Ranges go first.
        In a pilot wave it is closed instead: the others need not wait, and these readers are tried with them.
        """
        if leased.lost:
            return
        lease = leased.lease
        async with self._database.transaction() as session:
            if not finished:
                await leases.release(session, lease)
            elif leased.set_aside and lease.pilot_below is None:
                self._set_aside.put(lease.range_id)
                await leases.release(session, lease)
            elif await leases.close(session, lease):
                self._set_aside.forget(lease.range_id)
                await self._finish(session, lease)

    async def _finish(self, session: AsyncSession, lease: Lease) -> None:
        """Finish the Broadcast whose last Range was closed, or let the wait after its pilot wave begin."""
        broadcast_id, now = lease.broadcast_id, self._clock()
        if lease.pilot_below is not None:
            if await pilots.end_sending(session, broadcast_id, now=now):
                log.info("pilot wave sent", extra={"broadcast": broadcast_id})
        elif await broadcasts.finish(session, broadcast_id, now=now):
            log.info(
                "broadcast finished", extra={"broadcast": broadcast_id, "state": BroadcastState.FINISHED}
            )
