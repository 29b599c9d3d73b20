"""The ledger: leases on Ranges, and Deliveries as receipts.

A worker leases a Range, reads who in it is due, sends with no transaction open, and settles in small
batches. Whatever has no receipt when a lease ends is sent by the next worker: nobody is missed, and only
what was not settled can repeat.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import Audience
from storage.database import insert
from storage.models import Broadcast, Delivery, Range, Subscriber
from storage.words import BroadcastState, DeliveryState, Length


@dataclass(frozen=True, slots=True)
class Lease:
    """A Range that is ours until `leased_until`. `attempt` is the fence."""

    range_id: int
    broadcast_id: int
    first_id: int
    last_id: int
    attempt: int
    audience: Audience

    @property
    def was_leased_before(self) -> bool:
        """Only then can there be receipts in the Range that its reader must look for."""
        return self.attempt > 1


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to get a Broadcast, and which of its Bodies."""

    subscriber_id: int
    chat_id: int
    language: str
    length: Length


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one send came to."""

    subscriber_id: int
    state: DeliveryState
    message_id: int | None = None
    reason: str | None = None
    blocked: bool = False


async def is_anything_open(session: AsyncSession, *, now: datetime) -> bool:
    """There is a Range to claim. Asked first, so that an idle worker takes no write lock."""
    return await session.scalar(_claimable(now)) is not None


async def claim(session: AsyncSession, *, worker: str, now: datetime, until: datetime) -> Lease | None:
    """Lease the first open Range of a running Broadcast that nobody holds; None where there is none."""
    first = _claimable(now).with_for_update(skip_locked=True)
    row = (
        await session.execute(
            update(Range)
            .where(Range.id == first.scalar_subquery())
            .values(worker=worker, leased_until=until, attempt=Range.attempt + 1)
            .returning(Range.id, Range.broadcast_id, Range.first_id, Range.last_id, Range.attempt)
        )
    ).one_or_none()
    if row is None:
        return None
    kept = await session.scalar(select(Broadcast.audience).where(Broadcast.id == row.broadcast_id))
    return Lease(*row, audience=Audience.load(kept or {}))


async def renew(session: AsyncSession, lease: Lease, *, now: datetime, until: datetime) -> bool:
    """Hold the Range longer. A lease that has run out, or that was fenced, is never renewed: False."""
    renewed = await session.scalar(
        update(Range)
        .where(_ours(lease), Range.leased_until > now)
        .values(leased_until=until)
        .returning(Range.id)
    )
    return renewed is not None


async def release(session: AsyncSession, lease: Lease) -> None:
    """Give the Range back unfinished, so that the next worker need not wait for the lease to end."""
    await session.execute(update(Range).where(_ours(lease)).values(worker=None, leased_until=None))


async def is_workable(session: AsyncSession, lease: Lease) -> bool:
    """The Range is still ours, and its Broadcast still runs."""
    found = await session.scalar(
        select(Range.id)
        .join(Broadcast, Broadcast.id == Range.broadcast_id)
        .where(_ours(lease), Broadcast.state == BroadcastState.RUNNING)
    )
    return found is not None


async def due(session: AsyncSession, lease: Lease, *, after_id: int, limit: int) -> Sequence[Recipient]:
    """Who in the Range, past `after_id`, is active, in the Audience, and without a receipt."""
    statement = (
        select(Subscriber.id, Subscriber.chat_id, Subscriber.language, Subscriber.length)
        .where(Subscriber.id > after_id, Subscriber.id <= lease.last_id, lease.audience.includes())
        .order_by(Subscriber.id)
        .limit(limit)
    )
    if lease.was_leased_before:
        receipt = exists().where(
            Delivery.broadcast_id == lease.broadcast_id, Delivery.subscriber_id == Subscriber.id
        )
        statement = statement.where(~receipt)
    return [Recipient(*row) for row in await session.execute(statement)]


async def settle(session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], *, now: datetime) -> bool:
    """Write the receipts and add them to the Range's counts; False, and nothing written, when fenced.

    A receipt that is there already is not counted again: the answer to an earlier commit may have been lost.
    Who was forgotten while the message was on its way has no receipt.
    """
    ours = select(Range.id).where(_ours(lease)).with_for_update()
    if await session.scalar(ours) is None:
        return False
    ids = [receipt.subscriber_id for receipt in receipts]
    known = set(await session.scalars(select(Subscriber.id).where(Subscriber.id.in_(ids))))
    rows = [
        {
            "broadcast_id": lease.broadcast_id,
            "subscriber_id": receipt.subscriber_id,
            "state": receipt.state,
            "message_id": receipt.message_id,
            "reason": receipt.reason,
            "settled_at": now,
        }
        for receipt in receipts
        if receipt.subscriber_id in known
    ]
    if rows:
        statement = insert(session, Delivery).on_conflict_do_nothing().returning(Delivery.subscriber_id)
        written = set(await session.scalars(statement, rows))
        await _count(session, lease, [one for one in receipts if one.subscriber_id in written])
    return True


async def _count(session: AsyncSession, lease: Lease, written: Sequence[Receipt]) -> None:
    states = Counter("blocked" if receipt.blocked else receipt.state for receipt in written)
    await session.execute(
        update(Range)
        .where(Range.id == lease.range_id)
        .values(
            sent=Range.sent + states[DeliveryState.SENT],
            failed=Range.failed + states[DeliveryState.FAILED],
            skipped=Range.skipped + states[DeliveryState.SKIPPED],
            blocked=Range.blocked + states["blocked"],
        )
    )


async def close(session: AsyncSession, lease: Lease) -> bool:
    """Everybody in the Range has a receipt or left: it is done. False when fenced."""
    closed = await session.scalar(
        update(Range)
        .where(_ours(lease))
        .values(done=True, worker=None, leased_until=None)
        .returning(Range.id)
    )
    return closed is not None


async def receipts(session: AsyncSession, broadcast_id: int) -> Sequence[Delivery]:
    """All receipts of a Broadcast, by Subscriber."""
    statement = select(Delivery).where(Delivery.broadcast_id == broadcast_id)
    return (await session.scalars(statement.order_by(Delivery.subscriber_id))).all()


def _claimable(now: datetime) -> Select[int]:
    """The first open Range of a running Broadcast that nobody holds.

    Ordered by id, not by when a lease ran out: else a dead worker's readers would wait behind everybody.
    """
    free = or_(Range.leased_until.is_(None), Range.leased_until <= now)
    running = select(Broadcast.id).where(Broadcast.state == BroadcastState.RUNNING)
    return (
        select(Range.id).where(~Range.done, free, Range.broadcast_id.in_(running)).order_by(Range.id).limit(1)
    )


def _ours(lease: Lease) -> ColumnElement[bool]:
    """The fence: `attempt` grows with every lease, so an older holder matches nothing."""
    return and_(Range.id == lease.range_id, Range.attempt == lease.attempt, ~Range.done)
