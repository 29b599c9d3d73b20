"""Queries on Canaries, and on the pushes that each of them should have got."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import missed
from storage.broadcasts.audience import Audience
from storage.database import insert
from storage.models import AuditEntry, Broadcast, Canary, CanaryAlarm, Delivery, Subscriber
from storage.words import BroadcastKind, BroadcastState, CanaryFault, DeliveryState, SubscriberState


class ListedCanary(NamedTuple):
    """A Canary with its chat. `due_at`: when what is held for it is gathered next."""

    subscriber_id: int
    name: str
    chat_id: int
    state: SubscriberState
    due_at: datetime | None
    since: datetime
    is_shut: bool


class WatchedPush(NamedTuple):
    """A push that started since a Canary is watched, with its receipt: None where there is none.

    `going_since`: when it started, or was resumed last. `settled_at`: when it was sent, held or given up.
    """

    id: int
    state: BroadcastState
    going_since: datetime
    finished_at: datetime | None
    expected: int
    pilot_minutes: int
    receipt: DeliveryState | None
    settled_at: datetime | None


class ListedAlarm(NamedTuple):
    """What did not reach a Canary. `push`: its id; None: nothing reaches this chat."""

    name: str
    fault: CanaryFault
    push: int | None


async def name_of(session: AsyncSession, subscriber_id: int) -> str | None:
    """Return the name of a Canary; None for a Subscriber that is not watched."""
    name: str | None = await session.scalar(select(Canary.name).where(Canary.subscriber_id == subscriber_id))
    return name


async def add(session: AsyncSession, subscriber_id: int, *, name: str, now: datetime) -> None:
    """Watch a Subscriber that is not watched yet."""
    session.add(Canary(subscriber_id=subscriber_id, name=name, since=now, is_shut=False))


async def rename(session: AsyncSession, subscriber_id: int, *, name: str) -> None:
    """Give a Canary another name."""
    await session.execute(update(Canary).where(Canary.subscriber_id == subscriber_id).values(name=name))


async def remove(session: AsyncSession, subscriber_id: int) -> None:
    """Watch a Subscriber no longer."""
    await session.execute(delete(Canary).where(Canary.subscriber_id == subscriber_id))


async def listed(session: AsyncSession) -> Sequence[ListedCanary]:
    """Return all Canaries, by name."""
    columns = (Canary.subscriber_id, Canary.name, Subscriber.chat_id, Subscriber.state, Subscriber.due_at)
    statement = (
        select(*columns, Canary.since, Canary.is_shut)
        .join(Subscriber, Subscriber.id == Canary.subscriber_id)
        .order_by(Canary.name, Canary.subscriber_id)
    )
    return [ListedCanary(*row) for row in await session.execute(statement)]


async def pushes(session: AsyncSession, subscriber_id: int, *, since: datetime) -> Sequence[WatchedPush]:
    """Return the pushes that started since then and raised no alarm, those that go on or are finished."""
    of_theirs = and_(Delivery.broadcast_id == Broadcast.id, Delivery.subscriber_id == subscriber_id)
    is_alarmed = exists().where(
        CanaryAlarm.broadcast_id == Broadcast.id, CanaryAlarm.subscriber_id == subscriber_id
    )
    resumed_at = (
        select(func.max(AuditEntry.at))
        .where(AuditEntry.subject == "broadcast", AuditEntry.subject_id == Broadcast.id)
        .where(AuditEntry.action == "resume")
        .scalar_subquery()
    )
    going_since = func.coalesce(resumed_at, Broadcast.started_at, type_=Broadcast.started_at.type)
    columns = (Broadcast.id, Broadcast.state, going_since, Broadcast.finished_at)
    statement = (
        select(*columns, Broadcast.expected, Broadcast.pilot_minutes, Delivery.state, Delivery.settled_at)
        .outerjoin(Delivery, of_theirs)
        .where(
            Broadcast.kind == BroadcastKind.PUSH,
            Broadcast.state.in_((BroadcastState.RUNNING, BroadcastState.FINISHED)),
            Broadcast.started_at > since,
            ~is_alarmed,
        )
        .order_by(Broadcast.id)
    )
    return [
        WatchedPush(number, state, going_since, finished_at, expected or 0, minutes or 0, receipt, settled_at)
        for number, state, going_since, finished_at, expected, minutes, receipt, settled_at in (
            await session.execute(statement)
        )
    ]


async def alarms(session: AsyncSession, *, since: datetime) -> Sequence[ListedAlarm]:
    """Return the alarms from `since` on whose push has not come meanwhile, and the Canaries that are shut.

    They come by name; of one Canary the oldest push first.
    """
    of_theirs = and_(
        Delivery.broadcast_id == CanaryAlarm.broadcast_id, Delivery.subscriber_id == CanaryAlarm.subscriber_id
    )
    is_missing = or_(Delivery.state.is_(None), Delivery.state.in_((DeliveryState.FAILED, DeliveryState.HELD)))
    missing = (
        select(Canary.name, CanaryAlarm.fault, CanaryAlarm.broadcast_id)
        .join(Canary, Canary.subscriber_id == CanaryAlarm.subscriber_id)
        .outerjoin(Delivery, of_theirs)
        .where(CanaryAlarm.at >= since, is_missing)
        .order_by(CanaryAlarm.broadcast_id)
    )
    shut = select(Canary.name).where(Canary.is_shut)
    found = [ListedAlarm(*row) for row in await session.execute(missing)]
    found += [ListedAlarm(name, CanaryFault.SHUT, None) for name in await session.scalars(shut)]
    return sorted(found, key=lambda one: one.name)


async def is_for(session: AsyncSession, push_id: int, subscriber_id: int) -> bool:
    """Return whether the Subscriber is in the push's Audience."""
    push = await session.get_one(Broadcast, push_id)
    return await missed.is_for(session, Audience.of(push), subscriber_id)


async def alarm(
    session: AsyncSession, subscriber_id: int, push_id: int, fault: CanaryFault, *, now: datetime
) -> bool:
    """Store an alarm. Return whether it is a new one."""
    added = insert(session, CanaryAlarm).values(
        subscriber_id=subscriber_id, broadcast_id=push_id, fault=fault, at=now
    )
    stored = await session.scalar(added.on_conflict_do_nothing().returning(CanaryAlarm.broadcast_id))
    return stored is not None


async def note_shut(session: AsyncSession, ids: Collection[int], *, is_shut: bool) -> None:
    """Note that owners know that these Canaries can get nothing, or that they can again."""
    await session.execute(update(Canary).where(Canary.subscriber_id.in_(ids)).values(is_shut=is_shut))
