"""Corrections and withdrawals reach gathered messages too: each is drawn again, from what it told of."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.delivery.selection import (
    BodyOfVariant,
    CorrectionSelector,
    OutgoingMessage,
    Selection,
    body_for,
    told,
)
from bot.digests.digest_story import DigestStory, ranked
from bot.digests.gatherer import Gatherer
from bot.digests.renderer import DigestRenderer
from bot.digests.view import appealing
from storage.database import Database
from storage.deliveries import held
from storage.deliveries.deliveries import Lease, Receipt, Recipient
from storage.words import BroadcastKind, DeliveryState

log = logging.getLogger(__name__)


class DigestCorrectionSelector:
    """What shows a Story is mended: its own messages, and those that tell of it among others."""

    def __init__(self, database: Database, clock: Clock, gatherer: Gatherer) -> None:
        self._database = database
        self._clock = clock
        self._gatherer = gatherer
        self._own = CorrectionSelector(clock)

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Who has a message that is mended."""
        return await self._own.recipients(session, lease, after_id=after_id, limit=limit)

    def may_go(self, lease: Lease, recipient: Recipient) -> bool:
        return self._own.may_go(lease, recipient)

    async def pack(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        """Of a gathered message: the Stories that are left in it; where none is, what a push becomes."""
        gathered = [one for one in recipients if one.gathered_at is not None]
        own = await self._own.pack(lease, [one for one in recipients if one.gathered_at is None], bodies)
        tellings = await self._tellings(gathered) if gathered else {}
        drawing = DigestRenderer(self._gatherer.zone)
        parcels, receipts = list(own.parcels), list(own.receipts)
        for one in gathered:
            left = tellings.get(one.subscriber_id, ())
            if left:
                made = _redrawn(one, left, drawing)
            elif lease.kind is BroadcastKind.WITHDRAWAL:
                made = OutgoingMessage(one, body_for(one, told(lease, bodies), bodies, appeal=False)[0])
            else:  # all that it told of was withdrawn meanwhile: that is another Broadcast's affair
                made = Receipt(one.subscriber_id, DeliveryState.SKIPPED, reason=held.NOTHING_TO_TELL)
            receipts += [made] if isinstance(made, Receipt) else []
            parcels += [made] if isinstance(made, OutgoingMessage) else []
        return Selection(parcels, receipts)

    async def _tellings(self, gathered: Sequence[Recipient]) -> Mapping[int, Sequence[DigestStory]]:
        """What there is to tell by now of what came with each message, ranked."""
        at = {one.subscriber_id: one.gathered_at for one in gathered if one.gathered_at is not None}
        async with self._database.read() as session:
            merged = await held.merged_at(session, at)
            found = await self._gatherer.gather(session, merged, self._clock())
            thread_ids = {
                telling.thread[0] for one in found.values() for telling in one.tellings if telling.thread
            }
            followed = await held.followed(session, list(at), thread_ids) if thread_ids else {}
        return {
            subscriber_id: ranked(one.tellings, followed.get(subscriber_id, ()))
            for subscriber_id, one in found.items()
        }


def _redrawn(
    one: Recipient, tellings: Sequence[DigestStory], drawing: DigestRenderer
) -> OutgoingMessage | Receipt:
    """The message again, with an Appeal where one rode along."""
    at = one.gathered_at
    assert at is not None  # noqa: S101  # only gathered messages come here
    try:
        appeal = appealing(tellings) if one.appeal else None
        return OutgoingMessage(replace(one, delete=False), drawing.body(one, tellings, at, appeal=appeal))
    except Exception as error:  # a fault of ours is that reader's failure, and stops nobody else
        log.exception("a gathered message could not be drawn again")
        reason = f"internal error: {type(error).__name__}"
        return Receipt(one.subscriber_id, DeliveryState.FAILED, reason=reason)
