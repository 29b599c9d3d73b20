"""Queries on the Subscribers who are due: they have held Stories, and the hour of their Digest has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Broadcast, Card, Range, Subscriber
from storage.words import UNDER_WAY, BroadcastKind, BroadcastState, SubscriberState

# The state is written into the SQL and is no parameter: otherwise no database uses the partial index.
_IS_ACTIVE = Subscriber.state == bindparam(
    "active", SubscriberState.ACTIVE, Subscriber.state.type, literal_execute=True
)

_UNDER_WAY_DIGEST = and_(Broadcast.state.in_(UNDER_WAY), Broadcast.kind == BroadcastKind.DIGEST)
_LONG_PAST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """What there may be to do; false is certain.

    - `broadcasts`: the hour of one has come. `digests`: a Subscriber is due. `ranges`: one is free.
    - `cards`: a Card is open, or a Broadcast is under way or waits for an editor.
    """

    broadcasts: bool
    digests: bool
    ranges: bool
    cards: bool


async def covered_until(session: AsyncSession) -> datetime | None:
    """Return the instant up to which a Digest under way has all due Subscribers; None where there is none."""
    return await session.scalar(select(func.max(Broadcast.due_before)).where(_UNDER_WAY_DIGEST))


async def is_anybody_due(session: AsyncSession, *, since: datetime | None, now: datetime) -> bool:
    """Return whether somebody became due after `since`, up to `now`. This reads one entry of an index."""
    found = await session.scalar(select(Subscriber.id).where(_is_due(since, now)).limit(1))
    return found is not None


async def look(session: AsyncSession, *, now: datetime) -> Work:
    """Return what there is to do now, in one statement: an idle bot asks this again and again."""
    row = (await session.execute(_LOOK, {"now": now})).one()
    return Work(*row)


async def bounds(
    session: AsyncSession, *, since: datetime | None, now: datetime, size: int
) -> Sequence[tuple[int, int, int]]:
    """Return the first id, the last id and the number of due Subscribers of runs of up to `size` of them."""
    position = func.row_number().over(order_by=Subscriber.id) - 1
    due = select(Subscriber.id, (position // size).label("run")).where(_is_due(since, now)).subquery()
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


def condition(first_id: int, last_id: int, due_before: datetime, *, dense: bool) -> ColumnElement[bool]:
    """Return the condition on `subscribers`: due by then, with an id from the first to the last.

    Where due Subscribers are `dense` among the ids, the index of ids finds them, otherwise that of `due_at`.
    A function that changes nothing (COALESCE, + 0) keeps the database from using the other index: its
    statistics cannot tell, and a wrong guess reads a million rows.
    """
    if dense:
        return and_(
            Subscriber.id.between(first_id, last_id),
            _IS_ACTIVE,
            func.coalesce(Subscriber.due_at, None) <= due_before,
        )
    return and_((Subscriber.id + 0).between(first_id, last_id), _IS_ACTIVE, Subscriber.due_at <= due_before)


def _is_due(since: datetime | None, now: datetime) -> ColumnElement[bool]:
    due = and_(_IS_ACTIVE, Subscriber.due_at <= now)
    return due if since is None else and_(due, Subscriber.due_at > since)


def _look() -> Select[bool, bool, bool, bool]:
    now = bindparam("now", type_=Broadcast.start_at.type)
    scheduled = exists().where(Broadcast.state == BroadcastState.SCHEDULED, Broadcast.start_at <= now)
    covered = select(func.max(Broadcast.due_before)).where(_UNDER_WAY_DIGEST).scalar_subquery()
    since = func.coalesce(covered, literal(_LONG_PAST, Broadcast.due_before.type))
    due = exists().where(_IS_ACTIVE, Subscriber.due_at <= now, Subscriber.due_at > since)
    running = select(Broadcast.id).where(Broadcast.state == BroadcastState.RUNNING)
    open_range = exists().where(Range.broadcast_id.in_(running), ~Range.done, Range.worker.is_(None))
    waits = and_(Broadcast.state.in_((BroadcastState.SCHEDULED, BroadcastState.PAUSED)), Broadcast.untold)
    card = or_(exists().where(Card.is_open), exists().where(or_(Broadcast.state.in_(UNDER_WAY), waits)))
    return select(scheduled, due, open_range, card)


_LOOK = _look()  # built once
