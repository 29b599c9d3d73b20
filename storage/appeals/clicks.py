"""Clicks: how often people followed the help link of an Appeal, by day. Nobody's identity."""

from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Click


async def count(session: AsyncSession, appeal_id: int, *, day: date) -> None:
    """One more on this day."""
    statement = insert(session, Click).values(appeal_id=appeal_id, day=day, count=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Click.appeal_id, Click.day], set_={"count": Click.count + 1}
        )
    )


async def totals(session: AsyncSession, *, since: date) -> dict[int, tuple[int, int]]:
    """By Appeal: how many in all, and how many since this day. Appeals that nobody followed are left out."""
    recent = func.sum(case((Click.day >= since, Click.count), else_=0))
    statement = select(Click.appeal_id, func.sum(Click.count), recent).group_by(Click.appeal_id)
    return {appeal_id: (int(all_), int(new)) for appeal_id, all_, new in await session.execute(statement)}
