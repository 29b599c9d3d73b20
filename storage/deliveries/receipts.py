"""Receipts: the rows of `deliveries`, one for each Broadcast and Subscriber, and the counts of Ranges."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    String,
    bindparam,
    delete,
    exists,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from storage.database import PackRows, dialect_of, insert_on, rows_in
from storage.deliveries import held
from storage.deliveries.held import Gathered
from storage.deliveries.leases import Lease
from storage.models import Broadcast, Delivery, Range, Subscriber
from storage.words import BroadcastKind, DeliveryState


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one Broadcast for one Subscriber.

    `blocked` marks the failures that are counted as blocked. `due_at` is when the Stories held for the
    Subscriber are to be gathered.

    These are for Digests only: `came` are the Broadcasts whose Stories came with this message, gathered at
    `gathered_at` (None: nothing came); `whole` says that it was one Story alone, sent as a push is; `dropped`
    are the Broadcasts whose Stories were held and cannot be shown any more; `occasion` is as in Gathered.
    """

    subscriber_id: int
    state: DeliveryState
    message_id: int | None = None
    reason: str | None = None
    blocked: bool = False
    appeal: bool = False
    due_at: datetime | None = None
    came: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    whole: bool = False
    gathered_at: datetime | None = None
    occasion: str | None = None

    @property
    def gathered(self) -> Gathered:
        """What it says of the Stories that were held for the Subscriber."""
        return Gathered(
            self.subscriber_id,
            self.due_at,
            self.gathered_at,
            came=self.came,
            dropped=self.dropped,
            message_id=self.message_id,
            whole=self.whole,
            appeal=self.appeal,
            occasion=self.occasion,
        )


_COUNTS = ("sent", "failed", "skipped", "held", "blocked")
_RANGES = Range.metadata.tables[Range.__tablename__]
_ADD_COUNTS = (
    update(_RANGES)
    .where(_RANGES.c.id == bindparam("of_range"), _RANGES.c.attempt == bindparam("fence"), ~_RANGES.c.done)
    .values({name: _RANGES.c[name] + bindparam(f"more_{name}") for name in _COUNTS})
    .returning(_RANGES.c.id)
)


async def write(session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], *, now: datetime) -> bool:
    """Write receipts and add them to the counts of their Range. False when fenced off: nothing is written.

    A receipt that exists already is not counted again: the answer to an earlier commit may have been lost. A
    Subscriber who was forgotten while the message was on its way gets no receipt.
    """
    if not await _count(session, lease, receipts, 1):
        return False
    fresh = await _insert(session, lease, receipts, now) if receipts else receipts
    if len(fresh) < len(receipts):
        counted_twice = [one for one in receipts if one not in fresh]
        await _count(session, lease, counted_twice, -1)
    if lease.kind is BroadcastKind.DIGEST:
        await held.release(session, [one.gathered for one in fresh], now=now, range_id=lease.range_id)
    else:
        await held.hold(session, [(one.subscriber_id, one.due_at) for one in fresh if one.due_at])
    return True


async def _insert(
    session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], now: datetime
) -> Sequence[Receipt]:
    """Insert the receipts that do not exist yet, of those who are still Subscribers. Return these."""
    statement, pack = _inserting(dialect_of(session))
    rows = [(one.subscriber_id, one.state.value, one.message_id, one.reason, one.appeal) for one in receipts]
    parameters = pack(rows) | {"broadcast": lease.broadcast_id, "now": now}
    connection = await session.connection()  # what goes by the session costs more, and there is much
    inserted = set((await connection.scalars(statement, parameters)).all())
    return [one for one in receipts if one.subscriber_id in inserted]


@cache
def _inserting(dialect: str) -> tuple[ReturningInsert[Any], PackRows]:
    """Return the statement that inserts receipts and returns their Subscriber ids, and what packs its rows.

    Its columns are in the order of the rows in `_insert`.
    """
    tables = Delivery.metadata.tables
    deliveries, subscribers = tables[Delivery.__tablename__], tables[Subscriber.__tablename__]
    rows, pack = rows_in(
        dialect,
        {
            "subscriber_id": BigInteger(),
            "state": String(),
            "message_id": BigInteger(),
            "reason": String(),
            "appeal": Boolean(),
        },
    )
    now = bindparam("now", type_=deliveries.c.settled_at.type)
    known = select(bindparam("broadcast", type_=Integer), *rows.c, now).where(
        subscribers.c.id == rows.c.subscriber_id
    )
    names = ["broadcast_id", *rows.c.keys(), "settled_at"]
    inserting = insert_on(dialect, deliveries).from_select(names, known)
    return inserting.on_conflict_do_nothing().returning(deliveries.c.subscriber_id), pack


async def _count(session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], sign: int) -> bool:
    """Add receipts to the counts of their Range (`sign` 1) or subtract them (-1). False when fenced off.

    This locks the Range until the transaction ends.
    """
    states = Counter("blocked" if receipt.blocked else receipt.state.value for receipt in receipts)
    more = {f"more_{name}": sign * states[name] for name in _COUNTS}
    ours = {"of_range": lease.range_id, "fence": lease.attempt}
    connection = await session.connection()
    return await connection.scalar(_ADD_COUNTS, more | ours) is not None


async def of(session: AsyncSession, broadcast_id: int) -> Sequence[Delivery]:
    """Return all receipts of a Broadcast, by Subscriber."""
    statement = select(Delivery).where(Delivery.broadcast_id == broadcast_id)
    return (await session.scalars(statement.order_by(Delivery.subscriber_id))).all()


async def oldest_to_prune(session: AsyncSession, *, before: datetime) -> int | None:
    """Return the first Broadcast that ended before then and has receipts to prune, if there is one."""
    left = exists().where(Delivery.broadcast_id == Broadcast.id, Delivery.state != DeliveryState.HELD)
    statement = select(Broadcast.id).where(Broadcast.finished_at < before, left)
    return await session.scalar(statement.order_by(Broadcast.id).limit(1))


async def prune(session: AsyncSession, broadcast_id: int, *, limit: int) -> int:
    """Remove up to `limit` receipts of a Broadcast, except those still held. Return how many were removed."""
    removable = (Delivery.broadcast_id == broadcast_id, Delivery.state != DeliveryState.HELD)
    some = select(Delivery.subscriber_id).where(*removable).order_by(Delivery.subscriber_id).limit(limit)
    found = (await session.scalars(some)).all()
    if found:
        slice_ = Delivery.subscriber_id.between(found[0], found[-1])
        await session.execute(delete(Delivery).where(*removable, slice_))
    return len(found)
