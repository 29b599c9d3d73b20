"""Delivers Events to Webhooks: at least once, signed, in order, tried for three days.

A try is counted in the database before it begins, and its Parcel is claimed for a minute; so no two
processes send it at once, and what a kill interrupts is sent again, with the same `webhook-id`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot import tasks
from bot.clock import Clock
from bot.webhooks import signing
from bot.webhooks.caller import Answer, Caller
from bot.webhooks.webhooks import KEPT, host_of
from storage.database import Database
from storage.editors import owner_notices
from storage.webhooks import events, parcels, webhooks
from storage.webhooks.parcels import Claim
from storage.words import HookState, OwnerNews, ParcelState

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
"""For how long one process alone may send a Parcel: four times as long as a try takes at most."""

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800))
"""How long after the first, second … try the next one comes; the last one counts for all further ones."""

TRIED_FOR = timedelta(days=3)
"""Since it happened. One that waited for a paused Webhook or a stopped bot has all of WAITS even so."""

TURN = timedelta(seconds=10)
"""After so long no further Event of a turn is begun: a slow receiver holds up the others no longer."""

_IN_A_TURN = 50  # Events for one Webhook; the next turn, a second later, goes on
_PRUNED = 1_000  # Events in one transaction


class HookResult(StrEnum):
    """What a try came to, for monitoring."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    GONE = "gone"


class HookDelivery:
    """The duty that delivers, and the one that forgets."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        hook_caller: Caller,
        *,
        note: Callable[[HookResult], None] = lambda _result: None,
    ) -> None:
        """`note` is called with what each try came to."""
        self._database = database
        self._clock = clock
        self._caller = hook_caller
        self._note = note

    async def deliver(self) -> None:
        """Send what is due: to several Webhooks at the same time, to each one after another."""
        async with self._database.read() as session:
            due = await parcels.due(session, now=self._clock())
        await tasks.all_of(map(self._deliver_to, due))

    async def forget_old(self) -> None:
        """Delete the Events of more than 30 days ago."""
        before = self._clock() - KEPT
        deleted = _PRUNED
        while deleted == _PRUNED:
            async with self._database.transaction() as session:
                deleted = await events.prune(session, before=before, limit=_PRUNED)

    async def _deliver_to(self, webhook_id: int) -> None:
        ends_at = self._clock() + TURN
        for _ in range(_IN_A_TURN):
            now = self._clock()
            if now >= ends_at:
                return
            async with self._database.transaction() as session:
                claimed = await parcels.claim(session, webhook_id, now=now, until=now + LEASE)
            if claimed is None or not await self._try(claimed):
                return

    async def _try(self, claimed: Claim) -> bool:
        """Send a Parcel once, and note what came of it; return whether it was taken."""
        proof = signing.headers(claimed.secret, claimed.uid, claimed.body, now=self._clock())
        answer = await self._caller.post(claimed.url, claimed.body, proof)
        result = await self._settle(claimed, answer)
        self._note(result)
        is_repeated = result is HookResult.FAILED and claimed.tries.bit_count() != 1
        if result is not HookResult.DELIVERED and not is_repeated:
            fields = {"webhook": claimed.webhook_id, "times": claimed.tries, "reason": answer.reason}
            log.warning("a webhook did not take an event", extra=fields)
        return answer.is_taken

    async def _settle(self, claimed: Claim, answer: Answer) -> HookResult:
        """Note what a try came to: first in the Webhook's row, as who removes it locks that first."""
        now, status = self._clock(), answer.status
        async with self._database.transaction() as session:
            if answer.is_taken:
                await webhooks.note_told(session, claimed.webhook_id, told=False)
                await parcels.end(session, claimed, ParcelState.DELIVERED, status=status, now=now)
                await parcels.bring_forward(session, claimed.webhook_id, later=now + LEASE, now=now)
                return HookResult.DELIVERED
            if answer.is_gone:
                if await webhooks.move(session, claimed.webhook_id, HookState.GONE):
                    await webhooks.note_told(session, claimed.webhook_id, told=True)
                    await _tell(session, claimed, now, gone=True)
                await parcels.end(session, claimed, ParcelState.GIVEN_UP, status=status, now=now)
                await parcels.give_up_all(session, claimed.webhook_id, now=now)
                return HookResult.GONE
            if now - claimed.at >= TRIED_FOR and claimed.tries > len(WAITS):
                if await webhooks.note_told(session, claimed.webhook_id, told=True):
                    await _tell(session, claimed, now, gone=False)
                await parcels.end(session, claimed, ParcelState.GIVEN_UP, status=status, now=now)
                return HookResult.GIVEN_UP
            until = now + WAITS[min(claimed.tries, len(WAITS)) - 1]
            await parcels.put_off(session, claimed, until=until, status=status)
            return HookResult.FAILED


async def _tell(session: AsyncSession, claimed: Claim, now: datetime, *, gone: bool) -> None:
    """Leave a notice for owners."""
    alarm = {"number": claimed.webhook_id, "host": host_of(claimed.url), "gone": gone}
    await owner_notices.add_alarms(session, OwnerNews.WEBHOOK, [alarm], now=now)
