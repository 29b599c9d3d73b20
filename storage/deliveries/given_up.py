"""A Digest that is given up: what was held for its readers is dropped, so that no other Digest brings it."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import counts
from storage.broadcasts.counts import DROPPED, Change
from storage.deliveries import due
from storage.models import Broadcast, Delivery, Range, Subscriber
from storage.words import DeliveryState

GIVEN_UP = "the digest was cancelled"
"""The reason in a receipt where an editor gave up a Digest."""


async def drop(session: AsyncSession, digest: Broadcast, *, now: datetime) -> None:
    """Drop what was held up to a Digest for its readers who did not get it, range by range.

    What was held for them since then is due now. Readers are locked first and counts changed last, in the
    order of ids, as a /stop does it: the other way round, the two would wait for each other.
    """
    before, changes = digest.due_before or now, list[tuple[int, Change]]()
    ranges = select(Range.first_id, Range.last_id).where(Range.broadcast_id == digest.id)
    for first, last in (await session.execute(ranges.order_by(Range.first_id))).all():
        its_readers = and_(Subscriber.id.between(first, last), due.is_due(None, before))
        locked = select(Subscriber.id).where(its_readers).order_by(Subscriber.id)
        await session.execute(locked.with_for_update(key_share=True))
        dropped = await session.scalars(
            update(Delivery)
            .where(
                _is_held(),
                Delivery.settled_at <= before,
                Delivery.subscriber_id.in_(select(Subscriber.id).where(its_readers)),
            )
            .values(state=DeliveryState.SKIPPED, reason=GIVEN_UP, settled_at=now)
            .returning(Delivery.broadcast_id)
        )
        changes += [(broadcast_id, DROPPED) for broadcast_id in dropped]
        rest = exists().where(Delivery.subscriber_id == Subscriber.id, _is_held())
        await session.execute(
            update(Subscriber).where(its_readers).values(due_at=case((rest, now), else_=None))
        )
    await counts.add(session, changes)


def _is_held() -> ColumnElement[bool]:
    return Delivery.state == DeliveryState.HELD
