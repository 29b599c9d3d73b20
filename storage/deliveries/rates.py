"""The send rate that all processes share: one row a budget, locked while a process takes slots from it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    bindparam,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from storage.database import dialect_of, insert
from storage.models import Rate

_MICRO = 1_000_000
_AHEAD = 60 * _MICRO  # without a flood, no slot that was taken lies further ahead
_OVER = 180 * _MICRO  # so long after a flood the rate has recovered (bot/delivery/rate/budget.py, RECOVERY)


@dataclass(frozen=True, slots=True)
class SharedRate:
    """The row and the database's own time. All times are microseconds since 1970.

    `taken_until`: the slots up to then are taken. `slowed_to`: messages a second that the last flood left at
    `slowed_at`; both are None where there was no flood.
    """

    now: int
    taken_until: int
    slowed_to: float | None
    slowed_at: int | None


@dataclass(frozen=True, slots=True)
class TakenSlots:
    """Slots that were taken: they end at `until`. `now` is the database's time. Both are microseconds."""

    now: int
    until: int


async def take_next(
    session: AsyncSession, name: str, *, span: int, lead: int, reach: int
) -> TakenSlots | None:
    """Take the next `span` µs of slots in one statement; they begin at least `lead` µs from now.

    Return None, and take nothing, if they would begin more than `reach` µs from now, if there was a flood, or
    if the row is missing: then `lock` says more.
    """
    connection = await session.connection()
    given = {"of_name": name, "span": span, "lead": lead, "reach": reach}
    taken = (await connection.execute(_taking(dialect_of(session)), given)).one_or_none()
    return None if taken is None else TakenSlots(int(taken.now_s * _MICRO), taken.taken_until)


@cache
def _taking(dialect: str) -> ReturningUpdate[Any]:
    """Return the statement of `take_next`. It reads the clock more than once, some µs apart."""
    rates, now_s = Rate.metadata.tables[Rate.__tablename__], _now(dialect)
    now = cast(now_s * _MICRO, BigInteger)
    earliest = now + bindparam("lead", type_=BigInteger)
    begin = case((rates.c.taken_until > earliest, rates.c.taken_until), else_=earliest)
    in_reach = rates.c.taken_until <= now + bindparam("reach", type_=BigInteger)
    return (
        update(rates)
        .where(rates.c.name == bindparam("of_name"), rates.c.slowed_at.is_(None), in_reach)
        .values(taken_until=begin + bindparam("span", type_=BigInteger))
        .returning(now_s.label("now_s"), rates.c.taken_until)
    )


async def lock(session: AsyncSession, name: str) -> SharedRate:
    """Lock the row of this name until the transaction ends, insert it if it is missing, and return it.

    Slots that lie too far ahead were taken before the database's clock was set back: they do not count.
    """
    statement = insert(session, Rate).values(name=name, taken_until=0)
    await session.execute(statement.on_conflict_do_nothing())
    now_s = _now(dialect_of(session))
    columns = select(now_s.label("now_s"), Rate.taken_until, Rate.slowed_to, Rate.slowed_at)
    row = (await session.execute(columns.where(Rate.name == name).with_for_update())).one()
    now = int(row.now_s * _MICRO)
    is_sane = row.taken_until <= max(now + _AHEAD, row.slowed_at or 0)
    return SharedRate(now, row.taken_until if is_sane else now, row.slowed_to, row.slowed_at)


async def take(session: AsyncSession, name: str, *, until: int) -> None:
    """Take all slots up to this moment. A flood that is long over is removed from the row."""
    slowed_at = case((Rate.slowed_at < until - _OVER, None), else_=Rate.slowed_at)
    await session.execute(
        update(Rate).where(Rate.name == name).values(taken_until=until, slowed_at=slowed_at)
    )


async def slow_down(
    session: AsyncSession, name: str, *, until: int, slowed_to: float, slowed_at: int
) -> None:
    """Take all slots before `until`; from `slowed_at` on the rate grows again from `slowed_to`."""
    values = {"taken_until": until, "slowed_to": slowed_to, "slowed_at": slowed_at}
    await session.execute(update(Rate).where(Rate.name == name).values(values))


def _now(dialect: str) -> ColumnElement[float]:
    """Return the database's time as seconds since 1970: the clock that all machines share."""
    if dialect == "sqlite":
        julian_day_of_1970 = 2440587.5
        return (func.julianday("now") - julian_day_of_1970) * 86400
    return cast(extract("epoch", literal_column("clock_timestamp()")), Float(53))
