"""The selector of corrections: redraws the Digests that show a Story, and edits the Story's own messages."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.delivery.selection import (
    BodyOfVariant,
    CorrectionSelector,
    OutgoingMessage,
    Selection,
    body_for,
    story_languages,
)
from bot.digests.contents import with_appeal
from bot.digests.gatherer import NOTHING, GatheredStories, Gatherer, in_parts
from bot.digests.renderer import DigestRenderer
from storage.database import Database
from storage.deliveries import held
from storage.deliveries.leases import Lease
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Recipient
from storage.words import BroadcastKind, DeliveryState

log = logging.getLogger(__name__)


class DigestCorrectionSelector:
    """Corrects or withdraws a Story in all messages that show it: its own, and Digests."""

    def __init__(self, database: Database, clock: Clock, gatherer: Gatherer) -> None:
        self._database = database
        self._clock = clock
        self._gatherer = gatherer
        self._own = CorrectionSelector(clock)

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Return the Subscribers who have a message that is to be corrected."""
        return await self._own.recipients(session, lease, after_id=after_id, limit=limit)

    def may_send_now(self, lease: Lease, recipient: Recipient) -> bool:
        return self._own.may_send_now(lease, recipient)

    async def select(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        """Return the messages as they should be now: a Digest with the Stories that are left in it."""
        own = await self._own.select(lease, [one for one in recipients if one.gathered_at is None], bodies)
        gathered = [(one, one.gathered_at) for one in recipients if one.gathered_at is not None]
        if not gathered:
            return own
        found = await self._gathered({one.subscriber_id: at for one, at in gathered})
        renderer = DigestRenderer(self._gatherer.zone)
        made: list[OutgoingMessage | Receipt] = [*own.messages, *own.receipts]
        for one, at in gathered:
            left = found.get(one.subscriber_id, NOTHING)
            made.append(_emptied(one, lease, bodies) if left.is_empty else _redrawn(one, left, at, renderer))
        return Selection.of(made)

    async def _gathered(self, at: Mapping[int, datetime]) -> Mapping[int, GatheredStories]:
        """Return by Subscriber the Stories gathered at that instant, as they are now, ranked."""
        gathered: dict[int, GatheredStories] = {}
        async with self._database.read() as session:
            for some in in_parts(sorted(at)):
                pushes = await held.merged_at(session, {one: at[one] for one in some})
                gathered |= await self._gatherer.gather(session, pushes, self._clock())
        return gathered


def _emptied(recipient: Recipient, lease: Lease, bodies: BodyOfVariant) -> OutgoingMessage | Receipt:
    """Return what becomes of a Digest with no Story left: the withdrawal of the last one ends it."""
    if lease.kind is BroadcastKind.WITHDRAWAL:
        body, _ = body_for(recipient, story_languages(lease, bodies), bodies, appeal=False)
        return OutgoingMessage(recipient, body)
    return Receipt(recipient.subscriber_id, DeliveryState.SKIPPED, reason=held.NOTHING_TO_TELL)


def _redrawn(
    recipient: Recipient, left: GatheredStories, at: datetime, renderer: DigestRenderer
) -> OutgoingMessage | Receipt:
    """Draw a Digest again, with an Appeal if it came with one. An error of ours fails this reader alone."""
    try:
        appeal = with_appeal(left.stories, covers=recipient.covers) if recipient.appeal else None
        body = renderer.body(recipient, left.contents(recipient.story_languages, appeal), at)
    except Exception as error:
        log.exception("a gathered message could not be drawn again")
        reason = f"internal error: {type(error).__name__}"
        return Receipt(recipient.subscriber_id, DeliveryState.FAILED, reason=reason)
    return OutgoingMessage(replace(recipient, delete=False), body)
