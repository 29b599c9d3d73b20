"""Messages that show the Story of a push: those that a correction edits or a withdrawal deletes."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.deliveries.leases import Lease
from storage.deliveries.recipients import Recipient
from storage.models import Broadcast, Delivery, Story, Subscriber
from storage.words import BroadcastKind, DeliveryState, SubscriberState

_UNREACHABLE = (SubscriberState.BLOCKED, SubscriberState.GONE)
_ON_THE_WAY = timedelta(minutes=1)  # from the gathering of a message, the time in its receipt, to its sending
_ARRIVED = and_(
    Delivery.state.in_([DeliveryState.SENT, DeliveryState.MERGED]), Delivery.message_id.is_not(None)
)
DELETABLE = timedelta(hours=48) - timedelta(minutes=5)  # Bot API, deleteMessage; minutes for the queue


class MessageCounts(NamedTuple):
    """How many messages show a Story; how many of them Telegram lets us delete; how many are Digests."""

    messages: int
    deletable: int
    gathered: int


async def recipients(
    session: AsyncSession, lease: Lease, *, after_id: int, limit: int, now: datetime
) -> Sequence[Recipient]:
    """Return the next Subscribers in the Range, past `after_id`, whose message is to be corrected.

    The message is the push's own, or a Digest that shows its Story among others. Preferences do not count:
    also a reader who sent /stop gets the correction. A withdrawal deletes the messages that Telegram lets a
    bot delete, for 48 hours; it edits older ones into a note, and all if the editors said why.
    """
    receipt = aliased(Delivery)
    statement = (
        select(Subscriber, Delivery)
        .join(
            Delivery,
            and_(
                Delivery.subscriber_id == Subscriber.id,
                _has_message(lease.corrects_id, lease.audience.since),
            ),
        )
        .where(
            Subscriber.id > after_id, Subscriber.id <= lease.last_id, Subscriber.state.not_in(_UNREACHABLE)
        )
        .order_by(Subscriber.id)
        .limit(limit)
    )
    if lease.was_leased_before:
        done = exists().where(
            receipt.broadcast_id == lease.broadcast_id, receipt.subscriber_id == Subscriber.id
        )
        statement = statement.where(~done)
    deletes = lease.kind is BroadcastKind.WITHDRAWAL and not await _is_explained(session, lease)
    deletable_since = now - DELETABLE if deletes else None
    return [
        _recipient(subscriber, delivery, deletable_since)
        for subscriber, delivery in await session.execute(statement)
    ]


async def _is_explained(session: AsyncSession, lease: Lease) -> bool:
    """Return whether the editors said why they withdrew the Story."""
    statement = select(Story.notice).join(Broadcast, Broadcast.story_id == Story.id)
    return bool(await session.scalar(statement.where(Broadcast.id == lease.broadcast_id)))


def _recipient(subscriber: Subscriber, delivery: Delivery, deletable_since: datetime | None) -> Recipient:
    return Recipient(
        subscriber_id=subscriber.id,
        chat_id=subscriber.chat_id,
        language=subscriber.language,
        length=subscriber.length,
        story_languages=subscriber.story_languages,
        warned_stories=subscriber.warned_stories,
        message_id=delivery.message_id,
        delete=deletable_since is not None and delivery.settled_at > deletable_since,
        appeal=delivery.appeal,
        gathered_at=delivery.settled_at if delivery.state is DeliveryState.MERGED else None,
    )


async def count(session: AsyncSession, push_id: int, *, since: datetime | None = None) -> int:
    """Return how many messages show the Story of a push; with `since`, how many of them came later."""
    statement = select(func.count()).select_from(Delivery).where(_has_message(push_id, since))
    return await session.scalar(statement) or 0


async def counts(session: AsyncSession, push_id: int, *, now: datetime) -> MessageCounts:
    """Return how many messages show the Story of a push, and what a withdrawal can do with them."""
    own, merged = Delivery.state == DeliveryState.SENT, Delivery.state == DeliveryState.MERGED
    deletable = and_(own, Delivery.settled_at >= now - DELETABLE)
    sums = (func.coalesce(func.sum(case((which, 1), else_=0)), 0) for which in (deletable, merged))
    statement = select(func.count(), *sums).select_from(Delivery).where(_has_message(push_id))
    return MessageCounts(*(await session.execute(statement)).one())


async def chats(session: AsyncSession, story_ids: Collection[int]) -> int:
    """Return how many reachable chats have a message that a correction of one of these Stories changes."""
    pushes = select(Broadcast.id).where(
        Broadcast.story_id.in_(story_ids), Broadcast.kind == BroadcastKind.PUSH
    )
    statement = (
        select(func.count(Delivery.subscriber_id.distinct()))
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.broadcast_id.in_(pushes), _ARRIVED, Subscriber.state.not_in(_UNREACHABLE))
    )
    return await session.scalar(statement) or 0


async def bounds(session: AsyncSession, push_id: int) -> tuple[int, int] | None:
    """Return the lowest and highest Subscriber id with a message of a push; None where there is none."""
    one = select(Delivery.subscriber_id).where(_has_message(push_id)).limit(1)
    lowest = await session.scalar(one.order_by(Delivery.subscriber_id))
    highest = await session.scalar(one.order_by(Delivery.subscriber_id.desc()))
    return None if lowest is None or highest is None else (lowest, highest)


def _has_message(push_id: int | None, since: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition on `deliveries`: a message shows the Story of the push (and came since then)."""
    has_it = and_(Delivery.broadcast_id == push_id, _ARRIVED)
    if since is None:
        return has_it
    gathered = and_(Delivery.state == DeliveryState.MERGED, Delivery.settled_at >= since - _ON_THE_WAY)
    return and_(has_it, or_(Delivery.settled_at >= since, gathered))
