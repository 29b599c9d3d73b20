"""Queries on the news of Appeals that editors do not know yet."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from storage.models import AppealNotice
from storage.words import AppealNews


async def add(
    session: AsyncSession,
    appeal_id: int,
    news: AppealNews,
    *,
    now: datetime,
    days: int = 0,
    differences: Sequence[dict[str, str]] = (),
) -> None:
    """Store a notice. It replaces one of the same kind about the same Appeal that was not told yet."""
    same = (AppealNotice.appeal_id == appeal_id, AppealNotice.news == news)
    await session.execute(delete(AppealNotice).where(*same))
    values = {"appeal_id": appeal_id, "news": news, "at": now, "days": days}
    session.add(AppealNotice(**values, differences=list(differences)))


async def untold(session: AsyncSession) -> Sequence[AppealNotice]:
    """Return the news that editors do not know yet, with the Appeals, the oldest first."""
    statement = select(AppealNotice).options(joinedload(AppealNotice.appeal)).order_by(AppealNotice.id)
    return (await session.scalars(statement)).all()


async def drop(session: AsyncSession, ids: Collection[int]) -> None:
    """Delete notices that were sent."""
    await session.execute(delete(AppealNotice).where(AppealNotice.id.in_(ids)))


async def drop_of(session: AsyncSession, appeal_id: int) -> None:
    """Delete the notices about the state of an Appeal that were not told yet: it has changed again."""
    of_state = (AppealNotice.appeal_id == appeal_id, AppealNotice.news != AppealNews.REPORT)
    await session.execute(delete(AppealNotice).where(*of_state))
