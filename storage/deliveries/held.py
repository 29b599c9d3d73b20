"""Stories held for Subscribers: held Deliveries, and how they end, merged into a message or dropped."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from storage.broadcasts import counts
from storage.broadcasts.counts import CAME, DROPPED, Change
from storage.database import PackRows, dialect_of, rows_in
from storage.models import Broadcast, Delivery, Following, Subscriber
from storage.words import BroadcastState, DeliveryState

# The states are written into the SQL and are no parameters: otherwise no database uses the partial indexes.
_IS_HELD = Delivery.state == bindparam("held", DeliveryState.HELD, Delivery.state.type, literal_execute=True)
_IS_MERGED = Delivery.state == bindparam(
    "merged", DeliveryState.MERGED, Delivery.state.type, literal_execute=True
)

_ENDED_AT_ONCE = 2_000  # rows of a statement: a message may end a thousand, and a window has hundreds of them

MUTED = "muted words"
"""The reason in a receipt where the Story has a word or a name that the reader muted."""

NOTHING_TO_TELL = "nothing to tell"
"""The reason in a receipt where the Story was withdrawn, or its Broadcast cancelled, before it was shown."""


@dataclass(frozen=True, slots=True)
class Held:
    """A push or a Report that is or was held for a Subscriber. It has a `story_id`, or else a `report_id`.

    `at` is since when it is held, or the instant at which it was gathered. `cancelled` says that the
    Broadcast was cancelled. `occasion` is why it was gathered, if not in its turn.
    """

    subscriber_id: int
    broadcast_id: int
    story_id: int | None
    cancelled: bool
    at: datetime
    occasion: str | None = None
    report_id: int | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one Subscriber was sent of the Stories held for them, gathered at `at` (None: nothing was sent).

    `came` are the Broadcasts whose Stories came with the message `message_id` (None: not known yet); `whole`
    says that it was one Story alone, sent as a push is. `dropped` are the Broadcasts whose Stories cannot be
    shown any more. `due_at` is when the rest is to be gathered, if there is any. `occasion` says why the
    message came, if not in its turn: it is stored as the reason in the receipts of what came.
    """

    subscriber_id: int
    due_at: datetime | None
    at: datetime | None
    came: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    message_id: int | None = None
    whole: bool = False
    appeal: bool = False
    occasion: str | None = None


async def hold(session: AsyncSession, due: Iterable[tuple[int, datetime]]) -> None:
    """Store when the Stories held for each Subscriber are to be gathered. An earlier instant stays."""
    moments = _by_instant(due)
    if len(moments) > 1:
        await lock(session, [one for _, ids in moments for one in ids])
    for due_at, ids in moments:
        later = or_(Subscriber.due_at.is_(None), Subscriber.due_at > due_at)
        await session.execute(update(Subscriber).where(Subscriber.id.in_(ids), later).values(due_at=due_at))


async def of(session: AsyncSession, ids: Collection[int]) -> Mapping[int, Sequence[Held]]:
    """Return the pushes held for each of these Subscribers, newest first."""
    return await _pushes(session, and_(Delivery.subscriber_id.in_(ids), _IS_HELD))


async def merged(session: AsyncSession, subscriber_id: int, at: datetime) -> Sequence[Held]:
    """Return the pushes in the message that was gathered for a Subscriber at that instant, newest first."""
    return (await merged_at(session, {subscriber_id: at})).get(subscriber_id, [])


async def merged_at(session: AsyncSession, at: Mapping[int, datetime]) -> Mapping[int, Sequence[Held]]:
    """Return the pushes in the messages gathered for these Subscribers, each at its instant, newest first.

    A Broadcast that was cancelled since then is included: what was sent stays sent.
    """
    ids = sorted(at)
    candidates = and_(Delivery.subscriber_id.in_(ids), Delivery.settled_at.in_(sorted(set(at.values()))))
    pushes = await _pushes(session, and_(candidates, _IS_MERGED))
    return {
        subscriber_id: [replace(one, cancelled=False) for one in found if one.at == at[subscriber_id]]
        for subscriber_id, found in pushes.items()
    }


async def followed(
    session: AsyncSession, ids: Collection[int], thread_ids: Collection[int]
) -> Mapping[int, set[int]]:
    """Return which of these Threads each of these Subscribers follows."""
    rows = await session.execute(
        select(Following.subscriber_id, Following.thread_id).where(
            Following.subscriber_id.in_(ids), Following.thread_id.in_(thread_ids)
        )
    )
    found: dict[int, set[int]] = defaultdict(set)
    for subscriber_id, thread_id in rows:
        found[subscriber_id].add(thread_id)
    return found


async def lock(session: AsyncSession, ids: Collection[int]) -> None:
    """Lock these Subscribers until the transaction ends, in the order of their ids to avoid deadlocks."""
    statement = select(Subscriber.id).where(Subscriber.id.in_(ids)).order_by(Subscriber.id)
    await session.execute(statement.with_for_update(key_share=True))


async def release(
    session: AsyncSession,
    gathered: Sequence[Gathered],
    *,
    now: datetime,
    range_id: int = counts.READERS,
) -> None:
    """Store what was gathered: it is held no longer, and a day off that has passed ends.

    The Subscribers are locked first, so that a worker that holds another Story for them at the same moment
    comes either before, and is seen here, or after, and sees the new `due_at`. `range_id` is the Range of the
    Digest, for the counts.
    """
    await lock(session, [one.subscriber_id for one in gathered])
    changes: list[tuple[int, Change]] = []
    for at, ended in _by_gathering(gathered).items():
        for broadcast_id, state in await _end(session, ended, at=at, now=now):
            changes.append((broadcast_id, DROPPED if state is DeliveryState.SKIPPED else CAME))
    await counts.add(session, changes, range_id=range_id)
    welcomed = [one.subscriber_id for one in gathered if one.at is not None]
    if welcomed:
        at = max(one.at for one in gathered if one.at is not None)
        over = and_(Subscriber.id.in_(welcomed), Subscriber.away_until <= at)
        await session.execute(update(Subscriber).where(over).values(away_until=None))
    await _set_due(session, gathered)


async def drop(session: AsyncSession, subscriber_id: int, *, now: datetime, reason: str) -> None:
    """Drop everything that is held for a Subscriber, for this reason."""
    held = and_(Delivery.subscriber_id == subscriber_id, _IS_HELD)
    ended = update(Delivery).where(held).values(state=DeliveryState.SKIPPED, reason=reason, settled_at=now)
    dropped = await session.scalars(ended.returning(Delivery.broadcast_id))
    await counts.add(session, [(one, DROPPED) for one in dropped])
    await session.execute(update(Subscriber).where(Subscriber.id == subscriber_id).values(due_at=None))


async def note_message(
    session: AsyncSession, subscriber_id: int, at: datetime, message_id: int
) -> Sequence[int]:
    """Store in which message the Stories gathered at that instant came. Return their Broadcasts."""
    merged = and_(Delivery.subscriber_id == subscriber_id, Delivery.settled_at == at, _IS_MERGED)
    noted = update(Delivery).where(merged).values(message_id=message_id)
    return (await session.scalars(noted.returning(Delivery.broadcast_id))).all()


async def _pushes(session: AsyncSession, which: ColumnElement[bool]) -> dict[int, list[Held]]:
    """Return the pushes of the Deliveries that fulfil the condition, by Subscriber, newest first."""
    cancelled = (Broadcast.state == BroadcastState.CANCELLED).label("cancelled")
    at, occasion = Delivery.settled_at.label("at"), Delivery.reason.label("occasion")
    columns = (Delivery.subscriber_id, Delivery.broadcast_id, Broadcast.story_id, Broadcast.report_id)
    has_content = or_(Broadcast.story_id.is_not(None), Broadcast.report_id.is_not(None))
    statement = (
        select(*columns, cancelled, at, occasion)
        .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .where(which, has_content)
        .order_by(Delivery.subscriber_id, Delivery.broadcast_id.desc())
    )
    found: dict[int, list[Held]] = defaultdict(list)
    for row in (await session.execute(statement)).mappings():
        found[row["subscriber_id"]].append(Held(**row))
    return found


_Ended = tuple[int, int, str, int | None, bool, str | None]  # in the order of the columns in _ending


def _by_gathering(gathered: Sequence[Gathered]) -> dict[datetime, list[_Ended]]:
    """Return the rows for `_ending`, by the instant of the gathering."""
    rows: dict[datetime, list[_Ended]] = defaultdict(list)
    for one in gathered:
        if one.at is not None:
            reader = one.subscriber_id
            came = (DeliveryState.SENT if one.whole else DeliveryState.MERGED).value
            rows[one.at] += [
                (push, reader, came, one.message_id, one.appeal, one.occasion) for push in one.came
            ]
            dropped = DeliveryState.SKIPPED.value
            rows[one.at] += [(push, reader, dropped, None, False, NOTHING_TO_TELL) for push in one.dropped]
    return rows


async def _end(
    session: AsyncSession, ended: Sequence[_Ended], *, at: datetime, now: datetime
) -> Sequence[tuple[int, DeliveryState]]:
    """End these held Deliveries. Return the Broadcast and the new state of each that was still held."""
    statement, pack = _ending(dialect_of(session))
    found: list[tuple[int, DeliveryState]] = []
    for start in range(0, len(ended), _ENDED_AT_ONCE):
        rows = pack(ended[start : start + _ENDED_AT_ONCE])
        for broadcast_id, state in await session.execute(statement, rows | {"at": at, "now": now}):
            found.append((broadcast_id, state))
    return found


@cache
def _ending(dialect: str) -> tuple[ReturningUpdate[Any], PackRows]:
    """Return the statement that ends held Deliveries, and what packs its rows.

    A merged Delivery gets the instant of the gathering as its time, and is found by it later.
    """
    deliveries = Delivery.metadata.tables[Delivery.__tablename__]
    rows, pack = rows_in(
        dialect,
        {
            "broadcast_id": BigInteger(),
            "subscriber_id": BigInteger(),
            "state": String(),
            "message_id": BigInteger(),
            "appeal": Boolean(),
            "reason": String(),
        },
    )
    moment = deliveries.c.settled_at.type
    merged = rows.c.state == DeliveryState.MERGED.value
    settled_at = case((merged, bindparam("at", type_=moment)), else_=bindparam("now", type_=moment))
    values = {name: rows.c[name] for name in ("state", "message_id", "appeal", "reason")}
    same_row = (
        deliveries.c.broadcast_id == rows.c.broadcast_id,
        deliveries.c.subscriber_id == rows.c.subscriber_id,
    )
    ending = update(deliveries).where(*same_row, _IS_HELD).values(values | {"settled_at": settled_at})
    return ending.returning(deliveries.c.broadcast_id, deliveries.c.state), pack


async def _set_due(session: AsyncSession, gathered: Sequence[Gathered]) -> None:
    """Store when the rest is to be gathered; None where nothing is held any more."""
    is_held = exists().where(Delivery.subscriber_id == Subscriber.id, _IS_HELD)
    due = [(one.subscriber_id, one.due_at) for one in gathered if one.due_at is not None]
    for due_at, ids in _by_instant(due):
        rest = case((is_held, due_at), else_=None)
        await session.execute(update(Subscriber).where(Subscriber.id.in_(ids)).values(due_at=rest))


def _by_instant(due: Iterable[tuple[int, datetime]]) -> Sequence[tuple[datetime, list[int]]]:
    ids: dict[datetime, list[int]] = defaultdict(list)
    for subscriber_id, due_at in due:
        ids[due_at].append(subscriber_id)
    return sorted(ids.items())
