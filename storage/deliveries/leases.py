"""Queries on leases: a lease lets one worker alone send to one Range of a Broadcast's Subscribers.

A worker claims a Range, reads its recipients, sends with no transaction open, and writes receipts in small
batches. Subscribers without a receipt are sent to by the next worker, so that nobody is missed, and only the
messages whose receipts were not committed can come twice.

No clock ends a lease. Its worker renews it again and again, and a worker that sees it unchanged for long
enough claims it (bot/delivery/leased_range.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.deliveries import due
from storage.models import Broadcast, Range
from storage.words import BroadcastKind, BroadcastState


@dataclass(frozen=True, slots=True)
class Lease:
    """A Range that one worker owns, with what it must know of the Broadcast.

    `attempt` is the fencing number: it grows with each claim, and writes with an older number are refused.
    `pilot_below`: only the pilot wave is sent now (storage/broadcasts/pilots.py). A Digest is for those who
    became due after `due_after`, if that is set, and until `due_before`: an earlier one has the others.
    """

    range_id: int
    broadcast_id: int
    first_id: int
    last_id: int
    attempt: int
    audience: Audience
    kind: BroadcastKind = BroadcastKind.PUSH
    corrects_id: int | None = None
    body_version: int = 0
    urgent: bool = False
    due_before: datetime | None = None
    due_after: datetime | None = None
    paid: bool = False
    pilot_below: int | None = None

    @property
    def was_leased_before(self) -> bool:
        """Whether the Range may hold receipts already, so that queries must look for them."""
        return self.attempt > 1


_OF_BROADCAST = (  # fields of Lease that are of its Broadcast
    Broadcast.audience,
    Broadcast.kind,
    Broadcast.corrects_id,
    Broadcast.body_version,
    Broadcast.urgent,
    Broadcast.due_before,
    Broadcast.paid,
    Broadcast.pilot_below,
    due.covered_by_earlier().label("due_after"),
)


class ObservedLease(NamedTuple):
    """A lease as every worker sees it. Each renewal changes it; that of a dead worker stays the same."""

    range_id: int
    attempt: int
    renewals: int


async def observe(session: AsyncSession) -> Sequence[ObservedLease]:
    """Return the leases of all workers, by Range."""
    statement = select(Range.id, Range.attempt, Range.renewals).where(Range.worker.is_not(None))
    return [ObservedLease(*row) for row in await session.execute(statement.order_by(Range.id))]


async def is_anything_open(
    session: AsyncSession,
    *,
    dead: Collection[ObservedLease] = (),
    except_for: Collection[int] = (),
    waiting: Collection[int] = (),
) -> bool:
    """Return whether `claim` would find a Range. It takes no write lock: idle workers block nobody."""
    return await session.scalar(_claimable(dead, except_for, waiting)) is not None


async def claim(
    session: AsyncSession,
    *,
    worker: str,
    dead: Collection[ObservedLease] = (),
    except_for: Collection[int] = (),
    waiting: Collection[int] = (),
) -> Lease | None:
    """Lease the first open Range of a running Broadcast that no worker has. Return None where there is none.

    A Range with one of the leases `dead` counts as free, unless that lease was renewed since. The Broadcasts
    `except_for` and the Ranges `waiting` are left out.
    """
    first = _claimable(dead, except_for, waiting).with_for_update(skip_locked=True, of=Range)
    claimed = (
        await session.execute(
            update(Range)
            .where(Range.id == first.scalar_subquery())
            .values(worker=worker, attempt=Range.attempt + 1, look_again=False)
            .returning(Range.id, Range.broadcast_id, Range.first_id, Range.last_id, Range.attempt)
        )
    ).one_or_none()
    if claimed is None:
        return None
    of_broadcast = select(*_OF_BROADCAST).where(Broadcast.id == claimed.broadcast_id)
    values = dict((await session.execute(of_broadcast)).mappings().one())
    return Lease(
        range_id=claimed.id,
        broadcast_id=claimed.broadcast_id,
        first_id=claimed.first_id,
        last_id=claimed.last_id,
        attempt=claimed.attempt,
        **(values | {"audience": Audience.load(values["audience"])}),
    )


async def renew(session: AsyncSession, lease: Lease) -> bool:
    """Renew a lease. Return False where another worker has claimed the Range meanwhile."""
    renewed = await session.scalar(
        update(Range).where(is_ours(lease)).values(renewals=Range.renewals + 1).returning(Range.id)
    )
    return renewed is not None


async def release_all(session: AsyncSession, *, worker: str) -> int:
    """Free all Ranges of a dead worker, and fence it off in case it lives. Return how many there were."""
    freed = await session.scalars(
        update(Range)
        .where(Range.worker == worker, ~Range.done)
        .values(worker=None, attempt=Range.attempt + 1)
        .returning(Range.id)
    )
    return len(freed.all())


async def release(session: AsyncSession, lease: Lease) -> None:
    """Give a Range back unfinished, so that the next worker need not wait for the lease to end."""
    await session.execute(update(Range).where(is_ours(lease)).values(worker=None))


async def close(session: AsyncSession, lease: Lease) -> bool:
    """Mark a Range as done: each of its Subscribers has a receipt or left.

    Return False where another worker has claimed it, or where a reader came back whom its worker may have
    passed already: then the Range is freed instead. So is one that was sent to the pilot wave only, if that
    has ended meanwhile.
    """
    is_done: ColumnElement[bool] = ~Range.look_again
    if lease.pilot_below is not None:
        await broadcasts.lock(session, lease.broadcast_id)  # see pilots.open_rest
        is_done = and_(
            is_done, exists().where(Broadcast.id == lease.broadcast_id, Broadcast.pilot_below.is_not(None))
        )
    closed = await session.scalar(
        update(Range).where(is_ours(lease)).values(done=is_done, worker=None).returning(Range.done)
    )
    return closed is True


async def is_workable(session: AsyncSession, lease: Lease) -> bool:
    """Return whether the worker may go on with the Range.

    That is so while the lease is its own, the Broadcast runs with the Bodies that the worker has, and no
    reader came back whom the worker may have passed already.
    """
    found = await session.scalar(
        select(Range.id)
        .join(Broadcast, Broadcast.id == Range.broadcast_id)
        .where(
            is_ours(lease),
            ~Range.look_again,
            Broadcast.state == BroadcastState.RUNNING,
            Broadcast.body_version == lease.body_version,
        )
    )
    return found is not None


def is_ours(lease: Lease) -> ColumnElement[bool]:
    """Return the fencing condition on `ranges`: nobody has claimed the Range since, and it is not done."""
    return and_(Range.id == lease.range_id, Range.attempt == lease.attempt, ~Range.done)


def _claimable(
    dead: Collection[ObservedLease], except_for: Collection[int], waiting: Collection[int]
) -> Select[int]:
    """Return the statement that selects the next Range to claim.

    Urgent Broadcasts come first, then Digests, since their readers chose an hour and a push may take half a
    day. Then Ranges go by id and not by how long they were free: otherwise the readers of a dead worker's
    Range would wait behind all others.
    """
    free: ColumnElement[bool] = Range.worker.is_(None)
    if dead:
        free = or_(free, tuple_(Range.id, Range.attempt, Range.renewals).in_(dead))
    first = case((Broadcast.urgent, 0), (Broadcast.kind == BroadcastKind.DIGEST, 1), else_=2)
    return (
        select(Range.id)
        .join(Broadcast, Broadcast.id == Range.broadcast_id)
        .where(~Range.done, free, Range.id.not_in(waiting))
        .where(Broadcast.state == BroadcastState.RUNNING, Broadcast.id.not_in(except_for))
        .order_by(first, Range.id)
        .limit(1)
    )
