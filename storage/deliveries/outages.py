"""Outages of Telegram, as workers note them for all processes to see."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Outage

FRESH = timedelta(seconds=30)
"""A note counts for so long: its worker renews it well before, unless it died."""


async def note(session: AsyncSession, worker: str, *, since: datetime, now: datetime) -> None:
    """Note that this worker gets no answer since then."""
    statement = insert(session, Outage).values(worker=worker, since=since, noted_at=now)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Outage.worker], set_={"since": since, "noted_at": now}
        )
    )


async def end(session: AsyncSession, worker: str, *, now: datetime) -> None:
    """This worker gets answers again; what dead workers left goes too."""
    await session.execute(delete(Outage).where(or_(Outage.worker == worker, Outage.noted_at < now - FRESH)))


async def since(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Since when Telegram does not answer one worker or several; None where it answers all."""
    statement = select(func.min(Outage.since)).where(Outage.noted_at >= now - FRESH)
    return await session.scalar(statement)
