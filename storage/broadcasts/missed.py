"""The pushes that a Subscriber missed while they had blocked the bot: held for their return."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import counts, pilots
from storage.broadcasts.audience import Audience
from storage.broadcasts.counts import MISSED, MISSED_WHEN_BLOCKED
from storage.broadcasts.reopening import UNREACHABLE
from storage.database import insert
from storage.models import Broadcast, Delivery, Range, Story, Subscriber
from storage.words import UNDER_WAY, BroadcastKind, BroadcastState, DeliveryState, StoryState

_STARTED = (*UNDER_WAY, BroadcastState.FINISHED)


async def hold(
    session: AsyncSession, subscriber_id: int, *, since: datetime, now: datetime, most: int
) -> Sequence[int]:
    """Hold for a Subscriber who is active again the pushes that they missed since they blocked the bot.

    These are the pushes of their Audience that started after `since`, and those that Telegram refused because
    of the block: at most `most`, the last to start first. A push whose Range is not done, or that is still in
    its pilot wave, is left to its worker, unless Telegram refused it: no worker sends it again. Return the
    ids of the Broadcasts that are held now.
    """
    held: list[tuple[int, counts.Change]] = []
    coming = await _coming(session, subscriber_id)
    for push, is_refused in await _pushes(session, subscriber_id, since):
        if len(held) == most:
            break
        if (is_refused or push.id not in coming) and await is_for(session, push, subscriber_id):
            changed = await (_hold_refused if is_refused else _hold)(session, push.id, subscriber_id, now)
            held += [(push.id, MISSED_WHEN_BLOCKED if is_refused else MISSED)] if changed else []
    await counts.add(session, held)
    return [push_id for push_id, _ in held]


async def _pushes(
    session: AsyncSession, subscriber_id: int, since: datetime
) -> Sequence[tuple[Broadcast, bool]]:
    """Return the pushes of published Stories that did not reach the Subscriber, the last to start first.

    Each comes with whether a receipt says that Telegram refused it.
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
    """Return the condition on `deliveries` that Telegram refused it, after `since`, as unreachable."""
    unreachable = and_(Delivery.state == DeliveryState.FAILED, Delivery.reason.in_(UNREACHABLE))
    return and_(unreachable, Delivery.settled_at >= since)


async def is_for(session: AsyncSession, push: Broadcast, subscriber_id: int) -> bool:
    """Return whether the Subscriber is in the push's Audience."""
    included = Audience.of(push).includes((subscriber_id, subscriber_id))
    return await session.scalar(select(Subscriber.id).where(included)) is not None


async def _coming(session: AsyncSession, subscriber_id: int) -> set[int]:
    """Return the ids of the pushes under way whose Range of this Subscriber is not done, or is opened again.

    A Range that a worker has leased is read once more, since the worker may have passed this Subscriber. One
    that is done for the pilot wave is locked here, so that it is opened again only after this transaction.
    """
    under_way = select(Broadcast.id).where(
        Broadcast.kind == BroadcastKind.PUSH, Broadcast.state.in_(UNDER_WAY)
    )
    in_pilot = Range.broadcast_id.in_(select(Broadcast.id).where(pilots.in_pilot()))
    theirs = and_(Range.first_id <= subscriber_id, Range.last_id >= subscriber_id, or_(~Range.done, in_pilot))
    again = update(Range).where(theirs, Range.broadcast_id.in_(under_way))
    again = again.values(look_again=Range.worker.is_not(None)).returning(Range.broadcast_id)
    return set(await session.scalars(again))


async def _hold(session: AsyncSession, push_id: int, subscriber_id: int, now: datetime) -> bool:
    """Add a receipt that says it is held. Return False where there is a receipt already.

    A worker may have settled just now what it sent before the block.
    """
    held = insert(session, Delivery).values(
        broadcast_id=push_id, subscriber_id=subscriber_id, state=DeliveryState.HELD, settled_at=now
    )
    added = await session.scalar(held.on_conflict_do_nothing().returning(Delivery.broadcast_id))
    return added is not None


async def _hold_refused(session: AsyncSession, push_id: int, subscriber_id: int, now: datetime) -> bool:
    """Change the receipt of a refusal into one that says it is held. Return whether there was one."""
    theirs = and_(Delivery.broadcast_id == push_id, Delivery.subscriber_id == subscriber_id)
    refused = and_(theirs, Delivery.state == DeliveryState.FAILED)
    held = update(Delivery).where(refused).values(state=DeliveryState.HELD, reason=None, settled_at=now)
    return await session.scalar(held.returning(Delivery.broadcast_id)) is not None
