"""Counts over Subscribers, which name nobody: a slice of ids at a time, and the slices that are stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import dialect_of, insert, utc_day
from storage.models import CensusSlice, Subscriber
from storage.words import Rhythm, SubscriberState

SLICE = 5_000
"""Ids in a slice. Rows that are stored begin at its multiples: with another size they are to be deleted."""

LEFT = (SubscriberState.BLOCKED, SubscriberState.GONE)
"""Who is in one of these states has left; of a /stop no time is stored."""

Numbers = Mapping[str, Mapping[str, int]]
"""What was counted → its value → how many Subscribers have it:

- `states`: all who ever joined. All others but `joined` and `left` are of active ones.
- `kinds`, `languages`, `rhythms`: what they are and chose.
- `digests`: by the local hour, those with a daily or weekly rhythm. `quiet`: by quiet hours, such as "22 8".
- `returned`: those who were blocked or gone once ("yes").
- `joined`, `left`: by the day (UTC, "2026-11-22").
"""

_READ = (
    Subscriber.state,
    Subscriber.kind,
    Subscriber.language,
    Subscriber.rhythm,
    Subscriber.hour,
    Subscriber.quiet_from,
    Subscriber.quiet_until,
    Subscriber.joined_at,
    Subscriber.blocked_at,
)


async def highest(session: AsyncSession) -> int:
    """Return the highest id of a Subscriber; 0 where there is none."""
    return await session.scalar(select(func.max(Subscriber.id))) or 0


async def count(session: AsyncSession, ids: tuple[int, int], *, since: datetime) -> Numbers:
    """Count the Subscribers from the first to the last of `ids`; days from `since` on."""
    joined = Subscriber.joined_at.is_not(None)
    some = select(*_READ).where(joined, Subscriber.id.between(*ids)).cte("some")
    found: dict[str, dict[str, int]] = {}
    for name, value, number in await session.execute(union_all(*_counts(dialect_of(session), some, since))):
        found.setdefault(name, {})[value] = number
    return found


def _counts(dialect: str, some: CTE, since: datetime) -> Sequence[Select[Any]]:
    """Return a query for each thing that is counted: its name, the value, and how many have it."""
    columns = some.c
    active = columns.state == SubscriberState.ACTIVE

    def by(name: str, value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
        statement = select(literal(name), value.label("value"), func.count()).where(*conditions)
        return statement.group_by("value")

    quiet = cast(columns.quiet_from, String) + " " + cast(columns.quiet_until, String)
    has_left = and_(columns.state.in_(LEFT), columns.blocked_at >= since)
    return [
        by("states", type_coerce(columns.state, String)),
        by("kinds", type_coerce(columns.kind, String), active),
        by("languages", columns.language, active),
        by("rhythms", type_coerce(columns.rhythm, String), active),
        by("digests", cast(columns.hour, String), active, columns.rhythm != Rhythm.AT_ONCE),
        by("quiet", quiet, active, columns.quiet_from.is_not(None), columns.quiet_until.is_not(None)),
        select(literal("returned"), literal("yes"), func.count()).where(
            active, columns.blocked_at.is_not(None)
        ),
        by("joined", utc_day(dialect, columns.joined_at), columns.joined_at >= since),
        by("left", utc_day(dialect, columns.blocked_at), has_left),
    ]


async def stored(session: AsyncSession, *, before: int) -> Sequence[CensusSlice]:
    """Return the slices of ids below `before` that were counted."""
    return (await session.scalars(select(CensusSlice).where(CensusSlice.first_id < before))).all()


async def times(session: AsyncSession, *, before: int) -> dict[int, datetime]:
    """Return when each of these slices was last counted, by its first id."""
    statement = select(CensusSlice.first_id, CensusSlice.counted_at).where(CensusSlice.first_id < before)
    return {row.first_id: row.counted_at for row in await session.execute(statement)}


async def store(session: AsyncSession, first_id: int, numbers: Numbers, *, now: datetime) -> None:
    """Store the numbers of a slice in place of older ones."""
    values = {"counted_at": now, "numbers": numbers}
    statement = insert(session, CensusSlice).values(first_id=first_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=[CensusSlice.first_id], set_=values))


def added(some: Sequence[Numbers]) -> Numbers:
    """Return the sums of the numbers of several slices."""
    sums: dict[str, Counter[str]] = {}
    for numbers in some:
        for name, counted in numbers.items():
            sums.setdefault(name, Counter()).update(counted)
    return sums
