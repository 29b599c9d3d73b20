"""Counts over all Subscribers, which name nobody. Each reads the whole table: call them seldom."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import Subscriber
from storage.words import ChatKind, Rhythm, SubscriberState


class Group(NamedTuple):
    """How many Subscribers have the same values in these columns."""

    state: SubscriberState
    kind: ChatKind
    language: str
    rhythm: Rhythm
    hour: int
    quiet_from: int | None
    quiet_until: int | None
    number: int
    returned: int


async def groups(session: AsyncSession) -> Sequence[Group]:
    """Return all Subscribers who ever joined, counted by what they chose.

    `returned`: how many of the group were blocked or gone once, and are active again.
    """
    columns = (
        Subscriber.state,
        Subscriber.kind,
        Subscriber.language,
        Subscriber.rhythm,
        Subscriber.hour,
        Subscriber.quiet_from,
        Subscriber.quiet_until,
    )
    is_back = and_(Subscriber.state == SubscriberState.ACTIVE, Subscriber.blocked_at.is_not(None))
    returned = func.coalesce(func.sum(case((is_back, 1), else_=0)), 0)
    statement = select(*columns, func.count(), returned).where(Subscriber.joined_at.is_not(None))
    return [Group(*row) for row in await session.execute(statement.group_by(*columns))]


async def movements(session: AsyncSession, bounds: Sequence[datetime]) -> Sequence[tuple[int, int]]:
    """Return how many joined and how many left between each moment of `bounds` and the next one.

    Only those who blocked the bot or are gone, and are still so, count as having left: of a /stop no time is
    stored.
    """
    shut_out = Subscriber.state.in_((SubscriberState.BLOCKED, SubscriberState.GONE))
    joined = await _by_span(session, Subscriber.joined_at, bounds)
    left = await _by_span(session, Subscriber.blocked_at, bounds, shut_out)
    return [(joined.get(place, 0), left.get(place, 0)) for place in range(len(bounds) - 1)]


async def _by_span(
    session: AsyncSession,
    column: InstrumentedAttribute[datetime | None],
    bounds: Sequence[datetime],
    *conditions: ColumnElement[bool],
) -> dict[int, int]:
    """Return how many have the time in each span between two bounds, by its place; spans with none lack."""
    newest_first = reversed(list(enumerate(bounds[:-1])))
    place = case(*((column >= first, number) for number, first in newest_first)).label("place")
    within = select(place).where(column >= bounds[0], column < bounds[-1], *conditions).subquery()
    rows = await session.execute(select(within.c.place, func.count()).group_by(within.c.place))
    return {int(found): number for found, number in rows}
