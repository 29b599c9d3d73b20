"""Use cases of pilot waves: judge those whose time is over, and send to the others."""

import logging
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.broadcasts import require
from bot.broadcasts.pilots import pilot
from bot.broadcasts.pilots.leavers import Leavers
from bot.broadcasts.reasons import TooManyLeft
from bot.clock import Clock
from bot.logs import correlated
from storage.audit import AuditLog
from storage.broadcasts import broadcasts, pilots
from storage.database import Database
from storage.models import Broadcast
from storage.words import BroadcastState

log = logging.getLogger(__name__)


class Pilots:
    """The use cases of the pilot waves that have been sent; each judgement is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditLog("broadcast", clock)

    async def judge_due(self) -> None:
        """Judge each pilot wave whose time is over: send to the others, or pause and ask editors.

        One that cannot be judged is logged, tried again next time, and delays no other.
        """
        async with self._database.read() as session:
            due = await pilots.due(session, now=self._clock())
        for broadcast_id in due:
            with correlated("broadcast", broadcast_id):
                try:
                    await self._judge(broadcast_id)
                except Exception:  # whatever it is, it concerns this Broadcast alone
                    log.exception("a pilot wave could not be judged", extra={"broadcast": broadcast_id})

    async def _judge(self, broadcast_id: int) -> None:
        """Judge a pilot wave, unless an editor paused, cancelled or ended it meanwhile."""
        now = self._clock()
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            if broadcast_id not in await pilots.due(session, now=now):
                return
            broadcast = await require(session, broadcast_id)
            leavers = await settle(session, broadcast)
            if leavers.are_too_many:
                await self._pause(session, broadcast, leavers)
            else:
                await pilots.open_rest(session, broadcast_id)
                await self._audit.record(session, "worker", "send to the rest", broadcast_id)

    async def _pause(self, session: AsyncSession, broadcast: Broadcast, leavers: Leavers) -> None:
        """Pause the Broadcast; editors are notified and decide (see Control.unannounced)."""
        minutes = broadcast.pilot_minutes or 0
        reason = TooManyLeft(leavers.left, leavers.reached, minutes, leavers.most)
        await broadcasts.move(
            session,
            broadcast.id,
            come_from=[BroadcastState.RUNNING],
            to=BroadcastState.PAUSED,
            reason=reason.dump(),
            untold=True,
        )
        await self._audit.record(session, "worker", "pause", broadcast.id)
        log.warning("a push pauses itself", extra={"broadcast": broadcast.id, "reason": str(reason)})


async def settle(session: AsyncSession, broadcast: Broadcast) -> Leavers:
    """Store who left after the pilot wave: later leavers are not counted for it any more. Return them."""
    progress = await broadcasts.progress(session, broadcast.id)
    leavers, figures = pilot.judged(broadcast, progress.sent, await pilot.left_of(session, broadcast))
    await broadcasts.change(session, broadcast.id, pilot=figures)
    return leavers


async def go_on(session: AsyncSession, broadcast: Broadcast, *, now: datetime) -> None:
    """Do what is left to do with a Broadcast that was resumed and whose Ranges may all be done.

    After a pilot wave that too many left, an editor wants it sent to the others.
    """
    if pilot.is_asking(broadcast):
        await pilots.open_rest(session, broadcast.id)
    elif not await pilots.end_sending(session, broadcast.id, now=now):
        await broadcasts.finish(session, broadcast.id, now=now)
