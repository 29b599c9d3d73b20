"""How Digests are packed: for each who is due, one message of what was held for them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RANGE
from bot.clock import Clock
from bot.delivery.selection import (
    BodyOfVariant,
    OutgoingMessage,
    Selection,
    body_for,
    claim_appeals,
    preferences_of,
    silenced,
)
from bot.digests.digest_story import DigestStory, ranked
from bot.digests.gatherer import NOTHING, GatheredStories, Gatherer
from bot.digests.renderer import DigestRenderer
from bot.digests.view import Occasion, appealing
from bot.subscribers.pacing import is_away, next_allowed_time, next_due_at
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries import deliveries, held
from storage.deliveries.deliveries import Lease, Receipt, Recipient
from storage.words import DeliveryState, Rhythm

log = logging.getLogger(__name__)

_DENSE = 20  # ids looked at for each that is due: up to here their own order is the quicker way to them
_RETRY = timedelta(hours=1)  # what Telegram refused now, it will not take in the next second either


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one reader is to be told, ranked; `whole`: the bodies of a Story that comes alone."""

    gathering: GatheredStories
    tellings: Sequence[DigestStory]
    whole: Mapping[Variant, bytes] | None

    @property
    def appeal(self) -> DigestStory | None:
        """Whose Appeal would ride along."""
        return appealing(self.tellings)


class DigestSelector:
    """Digests: drawn for each reader, and equal ones once."""

    def __init__(self, database: Database, clock: Clock, gatherer: Gatherer, default_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._gatherer = gatherer
        self._default_zone = default_zone

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Who in the Range is due, past `after_id`."""
        dense = lease.last_id - lease.first_id < _DENSE * RANGE
        before = lease.due_before or self._clock()
        wanted = held.due_within(after_id + 1, lease.last_id, before, dense=dense)
        return await deliveries.recipients(session, lease, wanted, limit=limit)

    def may_go(self, _lease: Lease, recipient: Recipient) -> bool:
        return self._opening(recipient, self._clock()) is None

    async def pack(self, _lease: Lease, recipients: Sequence[Recipient], _bodies: BodyOfVariant) -> Selection:
        now = self._clock()
        openings = {one.subscriber_id: self._opening(one, now) for one in recipients}
        going = [one for one in recipients if openings[one.subscriber_id] is None]
        plans = await self._plan(going, now)
        appealed = await self._claim_appeals(going, plans, now)
        parcels: list[OutgoingMessage] = []
        receipts = [
            Receipt(subscriber_id, DeliveryState.SKIPPED, reason="not their hour", due_at=moment)
            for subscriber_id, moment in openings.items()
            if moment is not None
        ]
        drawing = DigestRenderer(self._gatherer.zone)
        for one in going:
            plan = plans[one.subscriber_id]
            if not plan.tellings:
                receipts.append(self._nothing(one, plan, now))
                continue
            retry_at = self._next(one, now + _RETRY)
            try:
                body, appeal = self._body(one, plan, now, drawing, appeal=one.subscriber_id in appealed)
            except Exception as error:  # a fault of ours is that reader's failure, and stops nobody else
                log.exception("a digest could not be drawn")
                reason = f"internal error: {type(error).__name__}"
                receipts.append(
                    Receipt(one.subscriber_id, DeliveryState.FAILED, reason=reason, due_at=retry_at)
                )
                continue
            parcels.append(
                OutgoingMessage(
                    one,
                    silenced(body) if one.silent else body,
                    appeal=appeal,
                    merges=plan.gathering.came,
                    drops=plan.gathering.dropped,
                    whole=plan.whole is not None,
                    gathered_at=now,
                    due_at=self._next(one, now),
                    retry_at=retry_at,
                )
            )
        return Selection(parcels, receipts)

    def _opening(self, recipient: Recipient, now: datetime) -> datetime | None:
        """Until when it must wait all the same: a day off, quiet hours, a day of rest. None: it may go."""
        preferences = preferences_of(recipient.pace, self._default_zone)
        away_until = recipient.away_until
        moment = next_allowed_time(
            preferences, away_until if away_until and is_away(away_until, now) else now
        )
        return moment if moment > now else None

    def _next(self, recipient: Recipient, now: datetime) -> datetime:
        preferences = preferences_of(recipient.pace, self._default_zone)
        return next_due_at(preferences, now, away_until=recipient.away_until)

    async def _plan(self, going: Sequence[Recipient], now: datetime) -> dict[int, _Plan]:
        ids = [one.subscriber_id for one in going]
        async with self._database.read() as session:
            gatherings = await self._gatherer.gather(session, await held.of(session, ids), now)
            thread_ids = {
                telling.thread[0]
                for gathering in gatherings.values()
                for telling in gathering.tellings
                if telling.thread
            }
            followed = await held.followed(session, ids, thread_ids) if thread_ids else {}
            plans: dict[int, _Plan] = {}
            for one in going:
                gathering = gatherings.get(one.subscriber_id, NOTHING)
                tellings = ranked(gathering.tellings, followed.get(one.subscriber_id, ()))
                whole = None
                if len(tellings) == 1 and one.pace.rhythm is Rhythm.AT_ONCE and one.away_until is None:
                    whole = await self._gatherer.whole(session, tellings[0])
                plans[one.subscriber_id] = _Plan(gathering, tellings, whole)
        return plans

    async def _claim_appeals(
        self, going: Sequence[Recipient], plans: Mapping[int, _Plan], now: datetime
    ) -> set[int]:
        asked = [one for one in going if plans[one.subscriber_id].appeal is not None]
        return await claim_appeals(self._database, asked, now, self._default_zone)

    def _body(
        self, one: Recipient, plan: _Plan, now: datetime, drawing: DigestRenderer, *, appeal: bool
    ) -> tuple[bytes, bool]:
        """Their message, and whether an Appeal rides along."""
        if plan.whole is not None:
            return body_for(one, tuple(plan.tellings[0].told), plan.whole, appeal=appeal)
        occasion = Occasion.GATHERED if one.away_until is None else Occasion.WELCOME_BACK
        rides = plan.appeal if appeal else None
        return drawing.body(one, plan.tellings, now, occasion=occasion, appeal=rides), appeal

    def _nothing(self, one: Recipient, plan: _Plan, now: datetime) -> Receipt:
        """All that was held has dropped out: nobody is written to for that."""
        return Receipt(
            one.subscriber_id,
            DeliveryState.SKIPPED,
            reason=held.NOTHING_TO_TELL,
            drops=plan.gathering.dropped,
            gathered_at=now,
            due_at=self._next(one, now),
        )
