"""What is held for Subscribers: until when, what it is, and that it came with a gathered message."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
    func,
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
from storage.words import BroadcastKind, BroadcastState, DeliveryState, SubscriberState

_UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)

# Said with the word itself and not with a parameter: else no database may use the index of those alone.
_IS_HELD = Delivery.state == bindparam("held", DeliveryState.HELD, Delivery.state.type, literal_execute=True)
_IS_MERGED = Delivery.state == bindparam(
    "merged", DeliveryState.MERGED, Delivery.state.type, literal_execute=True
)
IS_ACTIVE = Subscriber.state == bindparam(
    "active", SubscriberState.ACTIVE, Subscriber.state.type, literal_execute=True
)

NOTHING_TO_TELL = "nothing to tell"
"""The reason of a receipt where a Story was withdrawn, or its Broadcast cancelled, before it came."""


@dataclass(frozen=True, slots=True)
class Held:
    """A push that is held for a Subscriber, or was; `at` is since when, or when it was gathered."""

    subscriber_id: int
    broadcast_id: int
    story_id: int
    cancelled: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one Subscriber was sent of what was held for them, gathered at that instant (None: nothing came).

    `came` are the Broadcasts whose Stories came with the message `message_id` (None: it is not known yet),
    `whole` where it was one Story alone and as it is; `dropped` are those with nothing to tell any more.
    `due_at` is when the rest is to be gathered, should there be any.
    """

    subscriber_id: int
    due_at: datetime | None
    at: datetime | None
    came: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    message_id: int | None = None
    whole: bool = False
    appeal: bool = False


async def hold(session: AsyncSession, due: Iterable[tuple[int, datetime]]) -> None:
    """Note when what is held for a Subscriber is to be gathered: the earliest instant counts."""
    moments = _by_instant(due)
    if len(moments) > 1:
        await lock(session, [one for _, ids in moments for one in ids])
    for due_at, ids in moments:
        later = or_(Subscriber.due_at.is_(None), Subscriber.due_at > due_at)
        await session.execute(update(Subscriber).where(Subscriber.id.in_(ids), later).values(due_at=due_at))


async def of(session: AsyncSession, ids: Collection[int]) -> Mapping[int, Sequence[Held]]:
    """What is held for each of these Subscribers, newest first."""
    return await _pushes(session, and_(Delivery.subscriber_id.in_(ids), _IS_HELD))


async def merged(session: AsyncSession, subscriber_id: int, at: datetime) -> Sequence[Held]:
    """What came with the message that was gathered for a Subscriber at that instant, newest first."""
    return (await merged_at(session, {subscriber_id: at})).get(subscriber_id, [])


async def merged_at(session: AsyncSession, at: Mapping[int, datetime]) -> Mapping[int, Sequence[Held]]:
    """What came with the message that was gathered for each Subscriber at their instant, newest first.

    Though its Broadcast was cancelled since: what was sent stays sent.
    """
    ids = sorted(at)
    of_theirs = and_(Delivery.subscriber_id.in_(ids), Delivery.settled_at.in_(sorted(set(at.values()))))
    together = await _pushes(session, and_(of_theirs, _IS_MERGED))
    return {
        one: [replace(held, cancelled=False) for held in found if held.at == at[one]]
        for one, found in together.items()
    }


async def followed(
    session: AsyncSession, ids: Collection[int], thread_ids: Collection[int]
) -> Mapping[int, set[int]]:
    """Which of these Threads each of these Subscribers follows."""
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
    """Nobody else changes these Subscribers until this transaction ends.

    In the order of their ids, so that two who lock some of the same wait and do not block each other.
    """
    statement = select(Subscriber.id).where(Subscriber.id.in_(ids)).order_by(Subscriber.id)
    await session.execute(statement.with_for_update(key_share=True))


async def release(
    session: AsyncSession,
    gathered: Sequence[Gathered],
    *,
    now: datetime,
    range_id: int = counts.READERS,
) -> None:
    """Note what came: it is held no more, and a day off that ended is over.

    The Subscribers are locked first: what a worker holds for them at the same moment is either seen here, or
    finds `due_at` as it is left here. `range_id` is the Range of the Digest that brought it.
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
    """Nothing of what is held for this Subscriber comes any more."""
    held = and_(Delivery.subscriber_id == subscriber_id, _IS_HELD)
    ended = update(Delivery).where(held).values(state=DeliveryState.SKIPPED, reason=reason, settled_at=now)
    dropped = await session.scalars(ended.returning(Delivery.broadcast_id))
    await counts.add(session, [(one, DROPPED) for one in dropped])
    await session.execute(update(Subscriber).where(Subscriber.id == subscriber_id).values(due_at=None))


async def note_message(
    session: AsyncSession, subscriber_id: int, at: datetime, message_id: int
) -> Sequence[int]:
    """Note which message brought what was gathered at that instant: the Broadcasts that came with it."""
    merged = and_(Delivery.subscriber_id == subscriber_id, Delivery.settled_at == at, _IS_MERGED)
    noted = update(Delivery).where(merged).values(message_id=message_id)
    return (await session.scalars(noted.returning(Delivery.broadcast_id))).all()


async def until(session: AsyncSession) -> datetime | None:
    """Who was due by then is in a Digest that is under way already; None where there is none."""
    statement = select(func.max(Broadcast.due_before)).where(
        Broadcast.state.in_(_UNDER_WAY), Broadcast.kind == BroadcastKind.DIGEST
    )
    return await session.scalar(statement)


async def is_any_due(session: AsyncSession, *, since: datetime | None, now: datetime) -> bool:
    """Somebody is due who is in no Digest yet: one look into an index, however many exist."""
    found = await session.scalar(select(Subscriber.id).where(_due(since, now)).limit(1))
    return found is not None


async def bounds(
    session: AsyncSession, *, since: datetime | None, now: datetime, size: int
) -> Sequence[tuple[int, int, int]]:
    """The first and last id, and how many are due, of runs of `size` due Subscribers each."""
    place = func.row_number().over(order_by=Subscriber.id) - 1
    due = select(Subscriber.id, (place // size).label("run")).where(_due(since, now)).subquery()
    statement = select(func.min(due.c.id), func.max(due.c.id), func.count()).group_by(due.c.run)
    return [(first, last, number) for first, last, number in await session.execute(statement)]


async def bring_forward(session: AsyncSession, *, now: datetime, longest: timedelta) -> None:
    """Who is due later than any Preferences can mean, is due now; whoever gathers looks at the hour too."""
    far = and_(IS_ACTIVE, Subscriber.due_at > now + longest)
    found = await session.execute(select(Subscriber.id, Subscriber.due_at, Subscriber.away_until).where(far))
    late = [one.id for one in found if one.due_at > max(now, one.away_until or now) + longest]
    if late:
        await session.execute(update(Subscriber).where(Subscriber.id.in_(late)).values(due_at=now))


def due_within(first_id: int, last_id: int, due_before: datetime, *, dense: bool) -> ColumnElement[bool]:
    """The condition on `subscribers`: due by then, with an id from the first to the last.

    Where they are `dense`, the ids find them; else `due_at` does. Both databases are told which by a sum or a
    choice that hides the other column from them: they cannot know, and a wrong guess reads a million rows.
    """
    if dense:
        return and_(
            Subscriber.id.between(first_id, last_id),
            IS_ACTIVE,
            func.coalesce(Subscriber.due_at, None) <= due_before,
        )
    return and_((Subscriber.id + 0).between(first_id, last_id), IS_ACTIVE, Subscriber.due_at <= due_before)


def _due(since: datetime | None, now: datetime) -> ColumnElement[bool]:
    due = and_(IS_ACTIVE, Subscriber.due_at <= now)
    return due if since is None else and_(due, Subscriber.due_at > since)


async def _pushes(session: AsyncSession, which: ColumnElement[bool]) -> dict[int, list[Held]]:
    cancelled = (Broadcast.state == BroadcastState.CANCELLED).label("cancelled")
    statement = (
        select(
            Delivery.subscriber_id, Delivery.broadcast_id, Broadcast.story_id, cancelled, Delivery.settled_at
        )
        .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .where(which, Broadcast.story_id.is_not(None))
        .order_by(Delivery.subscriber_id, Delivery.broadcast_id.desc())
    )
    found: dict[int, list[Held]] = defaultdict(list)
    for subscriber_id, broadcast_id, story_id, was_cancelled, at in await session.execute(statement):
        if story_id is not None:
            found[subscriber_id].append(Held(subscriber_id, broadcast_id, story_id, was_cancelled, at))
    return found


_Ended = tuple[int, int, str, int | None, bool, str | None]  # as the columns of _ending


def _by_gathering(gathered: Sequence[Gathered]) -> dict[datetime, list[_Ended]]:
    """What each Delivery comes to, by the instant of the gathering."""
    rows: dict[datetime, list[_Ended]] = defaultdict(list)
    for one in gathered:
        if one.at is not None:
            came = (DeliveryState.SENT if one.whole else DeliveryState.MERGED).value
            reader = one.subscriber_id
            rows[one.at] += [(each, reader, came, one.message_id, one.appeal, None) for each in one.came]
            dropped = DeliveryState.SKIPPED.value
            rows[one.at] += [(each, reader, dropped, None, False, NOTHING_TO_TELL) for each in one.dropped]
    return rows


async def _end(
    session: AsyncSession, ended: Sequence[_Ended], *, at: datetime, now: datetime
) -> Sequence[tuple[int, DeliveryState]]:
    """Let these Deliveries be held no more: the Broadcast and the state of each that was."""
    if not ended:
        return []
    statement, pack = _ending(dialect_of(session))
    found = await session.execute(statement, pack(ended) | {"at": at, "now": now})
    return [(broadcast_id, state) for broadcast_id, state in found]


@cache
def _ending(dialect: str) -> tuple[ReturningUpdate[Any], PackRows]:
    """End what is held. What was merged is found again by the instant of the gathering, which it keeps."""
    made = Delivery.metadata.tables[Delivery.__tablename__]
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
    moment = made.c.settled_at.type
    merged = rows.c.state == DeliveryState.MERGED.value
    settled_at = case((merged, bindparam("at", type_=moment)), else_=bindparam("now", type_=moment))
    values = {name: rows.c[name] for name in ("state", "message_id", "appeal", "reason")}
    same = (made.c.broadcast_id == rows.c.broadcast_id, made.c.subscriber_id == rows.c.subscriber_id)
    ending = update(made).where(*same, _IS_HELD).values(values | {"settled_at": settled_at})
    return ending.returning(made.c.broadcast_id, made.c.state), pack


async def _set_due(session: AsyncSession, gathered: Sequence[Gathered]) -> None:
    """When the rest is to be gathered; never, where nothing is held any more."""
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
