"""Queries on notices for owners about the bot itself that wait to be sent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import OwnerNotice
from storage.words import OwnerNews

_MOST = 20


async def add(session: AsyncSession, news: OwnerNews, details: Mapping[str, Any], *, now: datetime) -> None:
    """Store a notice. It replaces one of the same kind that still waits."""
    await session.execute(delete(OwnerNotice).where(OwnerNotice.news == news))
    session.add(OwnerNotice(news=news, at=now, details=dict(details)))


async def add_alarms(
    session: AsyncSession, news: OwnerNews, alarms: Sequence[Mapping[str, Any]], *, now: datetime
) -> None:
    """Store alarms of one kind, together with those that still wait: the last `_MOST` of them."""
    before = await session.scalar(select(OwnerNotice.details).where(OwnerNotice.news == news))
    every = [*(before or {}).get("alarms", ()), *alarms]
    await add(session, news, {"alarms": every[-_MOST:]}, now=now)


async def untold(session: AsyncSession) -> Sequence[OwnerNotice]:
    """Return the notices that wait, the oldest first."""
    return (await session.scalars(select(OwnerNotice).order_by(OwnerNotice.id))).all()


async def drop(session: AsyncSession, ids: Collection[int]) -> None:
    """Delete notices that owners have."""
    await session.execute(delete(OwnerNotice).where(OwnerNotice.id.in_(ids)))
