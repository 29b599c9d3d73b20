"""The pushes that a Subscriber missed while they had blocked the bot: held for their return."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class _Missed:
    """A push that did not reach the Subscriber; `is_refused`: a receipt says that Telegram refused it."""

    id: int
    audience: Audience
    is_refused: bool


async def hold(
    session: AsyncSession, subscriber_id: int, *, since: datetime, now: datetime, most: int
) -> Sequence[int]:
    """Hold for a Subscriber who is active again the pushes that they missed since they blocked the bot.

    These are the pushes of their Audience that started after `since`, and those that Telegram refused because
    of the block: at most `most`, the last to start first. A push whose Range is not done, or that is still in
    its pilot wave, is left to its worker, unless Telegram refused it: no worker sends it again. Return the
    ids of the Broadcasts that are held now.
    """
    theirs: list[_Missed] = []
    coming, known = await _coming(session, subscriber_id), dict[Audience, bool]()
    for push in await _pushes(session, subscriber_id, since):
        if len(theirs) == most:
            break
        is_coming = push.id in coming and not push.is_refused
        if not is_coming and await _is_theirs(session, push.audience, subscriber_id, known):
            theirs.append(push)
    held = await _hold(session, [one.id for one in theirs if not one.is_refused], subscriber_id, now)
    again = await _hold_refused(session, [one.id for one in theirs if one.is_refused], subscriber_id, now)
    changes = [(push_id, MISSED) for push_id in held] + [(push_id, MISSED_WHEN_BLOCKED) for push_id in again]
    await counts.add(session, changes)
    return [*held, *again]


async def is_for(session: AsyncSession, audience: Audience, subscriber_id: int) -> bool:
    """Return whether the Subscriber is in the Audience."""
    included = audience.includes((subscriber_id, subscriber_id))
    return await session.scalar(select(Subscriber.id).where(included)) is not None


async def _is_theirs(
    session: AsyncSession, audience: Audience, subscriber_id: int, known: dict[Audience, bool]
) -> bool:
    """Return whether the Subscriber is in the Audience, as `known` or asked: each Audience is asked once.

    Those of two pushes may differ in `highest_id` alone.
    """
    if subscriber_id > audience.highest_id:
        return False
    to_all = replace(audience, highest_id=subscriber_id)
    if to_all not in known:
        known[to_all] = await is_for(session, to_all, subscriber_id)
    return known[to_all]


async def _pushes(session: AsyncSession, subscriber_id: int, since: datetime) -> Sequence[_Missed]:
    """Return the pushes of published Stories that did not reach the Subscriber, the last to start first."""
    of_theirs = and_(Delivery.broadcast_id == Broadcast.id, Delivery.subscriber_id == subscriber_id)
    statement = (
        select(Broadcast.id, Broadcast.audience, Delivery.broadcast_id.is_not(None))
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
    return [
        _Missed(push_id, Audience.load(audience), is_refused)
        for push_id, audience, is_refused in await session.execute(statement)
    ]


def _was_refused(since: datetime) -> ColumnElement[bool]:
    """Return the condition on `deliveries` that Telegram refused it, after `since`, as unreachable."""
    unreachable = and_(Delivery.state == DeliveryState.FAILED, Delivery.reason.in_(UNREACHABLE))
    return and_(unreachable, Delivery.settled_at >= since)


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


async def _hold(
    session: AsyncSession, push_ids: Sequence[int], subscriber_id: int, now: datetime
) -> Sequence[int]:
    """Add receipts that say they are held. Return the pushes that have had none.

    A worker may have settled just now what it sent before the block.
    """
    if not push_ids:
        return []
    given = {"subscriber_id": subscriber_id, "state": DeliveryState.HELD, "settled_at": now}
    held = insert(session, Delivery).values([given | {"broadcast_id": push_id} for push_id in push_ids])
    return (await session.scalars(held.on_conflict_do_nothing().returning(Delivery.broadcast_id))).all()


async def _hold_refused(
    session: AsyncSession, push_ids: Sequence[int], subscriber_id: int, now: datetime
) -> Sequence[int]:
    """Change receipts of a refusal into some that say they are held. Return the pushes that had one."""
    if not push_ids:
        return []
    theirs = and_(Delivery.broadcast_id.in_(push_ids), Delivery.subscriber_id == subscriber_id)
    refused = and_(theirs, Delivery.state == DeliveryState.FAILED)
    held = update(Delivery).where(refused).values(state=DeliveryState.HELD, reason=None, settled_at=now)
    return (await session.scalars(held.returning(Delivery.broadcast_id))).all()
