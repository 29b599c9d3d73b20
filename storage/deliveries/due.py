"""Queries on the Subscribers who are due: they have held Stories, and the hour of their Digest has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import Broadcast, Subscriber
from storage.words import UNDER_WAY, BroadcastKind, SubscriberState

# The state is written into the SQL and is no parameter: otherwise no database uses the partial index.
_IS_ACTIVE = Subscriber.state == bindparam(
    "active", SubscriberState.ACTIVE, Subscriber.state.type, literal_execute=True
)


async def covered_until(session: AsyncSession) -> datetime | None:
    """Return the instant up to which a Digest under way has all due Subscribers; None where there is none."""
    return await session.scalar(select(covered()))


def covered() -> ColumnElement[datetime | None]:
    """Return `covered_until` as a part of a statement."""
    return _covered_by(aliased(Broadcast)).scalar_subquery()


def covered_by_earlier() -> ColumnElement[datetime | None]:
    """Return the instant up to which Digests before this one have all due Subscribers, and are under way.

    It is a part of a statement on `broadcasts`; NULL where there is none, and for what is no Digest. Two
    Digests at once must not send to the same reader.
    """
    earlier = aliased(Broadcast)
    before_it = (earlier.id < Broadcast.id, Broadcast.kind == BroadcastKind.DIGEST)
    return _covered_by(earlier).where(*before_it).correlate(Broadcast).scalar_subquery()


def _covered_by(digest: type[Broadcast]) -> Select[datetime | None]:
    under_way = (digest.state.in_(UNDER_WAY), digest.kind == BroadcastKind.DIGEST)
    return select(func.max(digest.due_before)).where(*under_way)


def next_after(now: ColumnElement[datetime]) -> ColumnElement[datetime | None]:
    """Return when the next Subscriber becomes due, as a part of a statement; NULL if nobody will."""
    later = select(func.min(Subscriber.due_at)).where(_IS_ACTIVE, Subscriber.due_at > now)
    return later.scalar_subquery()


async def is_anybody_due(session: AsyncSession, *, since: datetime | None, now: datetime) -> bool:
    """Return whether somebody became due after `since`, up to `now`. This reads one entry of an index."""
    found = await session.scalar(select(Subscriber.id).where(is_due(since, now)).limit(1))
    return found is not None


async def bounds(
    session: AsyncSession, *, since: datetime | None, now: datetime, size: int
) -> Sequence[tuple[int, int, int]]:
    """Return the first id, the last id and the number of due Subscribers of runs of up to `size` of them."""
    position = func.row_number().over(order_by=Subscriber.id) - 1
    due = select(Subscriber.id, (position // size).label("run")).where(is_due(since, now)).subquery()
    statement = select(func.min(due.c.id), func.max(due.c.id), func.count()).group_by(due.c.run)
    return [(first, last, number) for first, last, number in await session.execute(statement)]


async def bring_forward(session: AsyncSession, *, now: datetime, longest: timedelta) -> None:
    """Make Subscribers due now who would wait for longer than `longest`, beyond a day off.

    The Digest still looks at their hours.
    """
    far = and_(_IS_ACTIVE, Subscriber.due_at > now + longest)
    found = await session.execute(select(Subscriber.id, Subscriber.due_at, Subscriber.away_until).where(far))
    late = [one.id for one in found if one.due_at > max(now, one.away_until or now) + longest]
    if late:
        await session.execute(update(Subscriber).where(Subscriber.id.in_(late)).values(due_at=now))


def condition(
    first_id: int, last_id: int, due_before: datetime, *, due_after: datetime | None = None, dense: bool
) -> ColumnElement[bool]:
    """Return the condition on `subscribers`: due in this time, with an id from the first to the last.

    Where due Subscribers are `dense` among the ids, the index of ids finds them, otherwise that of `due_at`.
    A function that changes nothing (COALESCE, + 0) keeps the database from using the other index: its
    statistics cannot tell, and a wrong guess reads a million rows.
    """
    due_at = func.coalesce(Subscriber.due_at, None) if dense else Subscriber.due_at
    number = Subscriber.id if dense else Subscriber.id + 0
    found = and_(number.between(first_id, last_id), _IS_ACTIVE, due_at <= due_before)
    return found if due_after is None else and_(found, due_at > due_after)


def is_due(
    since: datetime | ColumnElement[Any] | None, now: datetime | ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Return the condition on `subscribers`: active, and due after `since`, up to `now`."""
    due = and_(_IS_ACTIVE, Subscriber.due_at <= now)
    return due if since is None else and_(due, Subscriber.due_at > since)
