"""Counts over all Subscribers, which name nobody. Each reads the whole table: call them seldom."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

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
    sums = []
    for first, end in pairwise(bounds):
        joined = and_(Subscriber.joined_at >= first, Subscriber.joined_at < end)
        left = and_(shut_out, Subscriber.blocked_at >= first, Subscriber.blocked_at < end)
        sums += [func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in (joined, left)]
    lately = or_(Subscriber.joined_at >= bounds[0], Subscriber.blocked_at >= bounds[0])
    row = (await session.execute(select(*sums).where(lately))).one()
    return [(int(row[place]), int(row[place + 1])) for place in range(0, len(row), 2)]
