"""What was pushed while a Subscriber had shut us out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import counts
from storage.broadcasts.broadcasts import Audience
from storage.broadcasts.counts import MISSED, MISSED_WHEN_BLOCKED
from storage.broadcasts.reopening import UNREACHABLE
from storage.database import insert
from storage.models import Broadcast, Delivery, Range, Story, Subscriber
from storage.words import BroadcastKind, BroadcastState, DeliveryState, StoryState

_UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)
_STARTED = (*_UNDER_WAY, BroadcastState.FINISHED)


async def hold(
    session: AsyncSession, subscriber_id: int, *, since: datetime, now: datetime, most: int
) -> Sequence[int]:
    """Hold for an active Subscriber the pushes that they missed after `since`, when they shut us out.

    These are the pushes that started after it, and those by which Telegram told us of it; as far as they are
    in the Audience, and the `most` that started last: the ids of these Broadcasts. What will still reach
    them, since its Range is not done, is left to its worker.
    """
    held: list[int] = []
    coming = await _coming(session, subscriber_id)
    for push, is_refused in await _pushes(session, subscriber_id, since):
        if len(held) == most:
            break
        if push.id not in coming and await _is_for(session, push, subscriber_id):
            changed = await (_hold_after_all if is_refused else _hold)(session, push.id, subscriber_id, now)
            held += [push.id] if changed else []
            change = MISSED_WHEN_BLOCKED if is_refused else MISSED
            await counts.add(session, [(push.id, change)] if changed else [])
    return held


async def _pushes(
    session: AsyncSession, subscriber_id: int, since: datetime
) -> Sequence[tuple[Broadcast, bool]]:
    """The pushes of Stories that are still published and did not reach them, the last to start first.

    With each: whether there is a receipt that says so.
    """
    of_theirs = and_(Delivery.broadcast_id == Broadcast.id, Delivery.subscriber_id == subscriber_id)
    statement = (
        select(Broadcast, Delivery.broadcast_id.is_not(None))
        .join(Story, Story.id == Broadcast.story_id)
        .outerjoin(Delivery, of_theirs)
        .where(
            Broadcast.kind == BroadcastKind.PUSH,
            Broadcast.state.in_(_STARTED),
            Story.state == StoryState.PUBLISHED,
            or_(and_(Delivery.broadcast_id.is_(None), Broadcast.started_at > since), _was_refused(since)),
        )
        .order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
    )
    return [(push, bool(is_refused)) for push, is_refused in await session.execute(statement)]


def _was_refused(since: datetime) -> ColumnElement[bool]:
    """The condition on `deliveries`: Telegram refused it since the chat had shut us out."""
    unreachable = and_(Delivery.state == DeliveryState.FAILED, Delivery.reason.in_(UNREACHABLE))
    return and_(unreachable, Delivery.settled_at >= since)


async def _is_for(session: AsyncSession, push: Broadcast, subscriber_id: int) -> bool:
    """The Subscriber is in the push's Audience."""
    included = Audience.load(push.audience).includes((subscriber_id, subscriber_id))
    return await session.scalar(select(Subscriber.id).where(included)) is not None


async def _coming(session: AsyncSession, subscriber_id: int) -> set[int]:
    """The pushes under way that will still reach them, whenever they started: their Range is not done.

    One that is worked on is begun again, since its worker may have passed them.
    """
    under_way = select(Broadcast.id).where(
        Broadcast.kind == BroadcastKind.PUSH, Broadcast.state.in_(_UNDER_WAY)
    )
    theirs = and_(Range.first_id <= subscriber_id, Range.last_id >= subscriber_id, ~Range.done)
    again = update(Range).where(theirs, Range.broadcast_id.in_(under_way))
    again = again.values(look_again=Range.worker.is_not(None)).returning(Range.broadcast_id)
    return set(await session.scalars(again))


async def _hold(session: AsyncSession, push_id: int, subscriber_id: int, now: datetime) -> bool:
    """False where a worker was quicker: what it sent before they shut us out was settled only now."""
    held = insert(session, Delivery).values(
        broadcast_id=push_id, subscriber_id=subscriber_id, state=DeliveryState.HELD, settled_at=now
    )
    made = await session.scalar(held.on_conflict_do_nothing().returning(Delivery.broadcast_id))
    return made is not None


async def _hold_after_all(session: AsyncSession, push_id: int, subscriber_id: int, now: datetime) -> bool:
    """Change the receipt that says that Telegram refused it."""
    theirs = and_(Delivery.broadcast_id == push_id, Delivery.subscriber_id == subscriber_id)
    refused = and_(theirs, Delivery.state == DeliveryState.FAILED)
    held = update(Delivery).where(refused).values(state=DeliveryState.HELD, reason=None, settled_at=now)
    return await session.scalar(held.returning(Delivery.broadcast_id)) is not None
