"""What all processes together may send: one row, locked by whoever takes slots of it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, case, cast, extract, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import dialect_of, insert
from storage.models import Rate

_MICRO = 1_000_000
_AHEAD = 60 * _MICRO  # without a flood, no slot that was taken lies further ahead
_OVER = 180 * _MICRO  # so long after a flood the rate has come back (bot/delivery/budget.py, RECOVERY)


@dataclass(frozen=True, slots=True)
class SharedRate:
    """The row as it is, and the database's own time: microseconds since 1970, all of them.

    `slowed_to`: the messages a second that a flood left at `slowed_at`; None: there was none.
    """

    now: int
    taken_until: int
    slowed_to: float | None
    slowed_at: int | None


async def lock(session: AsyncSession, name: str) -> SharedRate:
    """The row, which nobody else changes until this transaction ends; made where it is missing.

    Slots that lie too far ahead were taken before the database's clock was set back: they hold up nobody.
    """
    statement = insert(session, Rate).values(name=name, taken_until=0)
    await session.execute(statement.on_conflict_do_nothing())
    columns = select(_now(session), Rate.taken_until, Rate.slowed_to, Rate.slowed_at)
    row = (await session.execute(columns.where(Rate.name == name).with_for_update())).one()
    now = int(row[0] * _MICRO)
    is_sane = row.taken_until <= max(now + _AHEAD, row.slowed_at or 0)
    return SharedRate(now, row.taken_until if is_sane else now, row.slowed_to, row.slowed_at)


async def take(session: AsyncSession, name: str, *, until: int) -> None:
    """All slots up to this moment are taken. A flood that was long ago is forgotten."""
    slowed_at = case((Rate.slowed_at < until - _OVER, None), else_=Rate.slowed_at)
    await session.execute(
        update(Rate).where(Rate.name == name).values(taken_until=until, slowed_at=slowed_at)
    )


async def slow_down(
    session: AsyncSession, name: str, *, until: int, slowed_to: float, slowed_at: int
) -> None:
    """Nothing leaves before `until`; from `slowed_at` on the rate grows again from `slowed_to`."""
    values = {"taken_until": until, "slowed_to": slowed_to, "slowed_at": slowed_at}
    await session.execute(update(Rate).where(Rate.name == name).values(values))


def _now(session: AsyncSession) -> ColumnElement[float]:
    """Seconds since 1970 by the database's clock, which all machines share."""
    if dialect_of(session) == "sqlite":
        return (
            func.julianday("now") - 2440587.5
        ) * 86400  # the Julian day of 1 January 1970, and its seconds
    return cast(extract("epoch", literal_column("clock_timestamp()")), Float(53))
