"""Queries on clicks: how often people followed the help link of an Appeal each day. No row names a person."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Appeal, Click


async def count(session: AsyncSession, appeal_id: int, *, day: date) -> None:
    """Add one click to the Appeal's count of this day (UTC)."""
    statement = insert(session, Click).values(appeal_id=appeal_id, day=day, count=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Click.appeal_id, Click.day], set_={"count": Click.count + 1}
        )
    )


async def totals(session: AsyncSession, *, since: date) -> dict[int, tuple[int, int]]:
    """Return by Appeal id the clicks in all and those from `since` on, without Appeals that have none."""
    recent = func.sum(case((Click.day >= since, Click.count), else_=0))
    statement = select(Click.appeal_id, func.sum(Click.count), recent).group_by(Click.appeal_id)
    return {appeal_id: (int(all_), int(new)) for appeal_id, all_, new in await session.execute(statement)}


async def by_day(session: AsyncSession, appeal_id: int, *, since: date) -> dict[date, int]:
    """Return the Appeal's clicks of each day (UTC) from `since` on, without days that have none."""
    statement = select(Click.day, Click.count).where(Click.appeal_id == appeal_id, Click.day >= since)
    return {found.day: found[1] for found in await session.execute(statement)}


async def most(session: AsyncSession, *, since: date, limit: int) -> Sequence[tuple[int, str, int]]:
    """Return the Appeals with most clicks from `since` on: id, organisation, clicks."""
    number = func.sum(Click.count).label("number")
    sums = select(Click.appeal_id, number).where(Click.day >= since).group_by(Click.appeal_id)
    found = sums.order_by(number.desc(), Click.appeal_id).limit(limit).subquery()
    statement = select(Appeal.id, Appeal.organisation, found.c.number)
    statement = statement.join(found, found.c.appeal_id == Appeal.id)
    rows = await session.execute(statement.order_by(found.c.number.desc(), Appeal.id))
    return [(appeal_id, organisation, int(clicks)) for appeal_id, organisation, clicks in rows]


async def of_some_by_day(
    session: AsyncSession, appeal_ids: Collection[int], *, since: date
) -> dict[int, dict[date, int]]:
    """Return by Appeal id the clicks of each day (UTC) from `since` on, without days that have none."""
    found: dict[int, dict[date, int]] = {}
    wanted = and_(Click.appeal_id.in_(appeal_ids), Click.day >= since)
    statement = select(Click.appeal_id, Click.day, Click.count).where(wanted)
    for appeal_id, day, number in await session.execute(statement.order_by(Click.day)):
        found.setdefault(appeal_id, {})[day] = number
    return found
