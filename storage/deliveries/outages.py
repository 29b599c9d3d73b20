"""Outages of Telegram: one row for each worker that gets no answer, for all processes to see."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Outage

FRESH = timedelta(seconds=30)
"""How long a row is valid. A living worker renews its row well before."""


async def note(session: AsyncSession, worker: str, *, since: datetime, now: datetime) -> None:
    """Store that Telegram has not answered this worker since then."""
    statement = insert(session, Outage).values(worker=worker, since=since, noted_at=now)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Outage.worker], set_={"since": since, "noted_at": now}
        )
    )


async def end(session: AsyncSession, worker: str, *, now: datetime) -> None:
    """Remove the row of this worker, which gets answers again, and the outdated rows of dead workers."""
    await session.execute(delete(Outage).where(or_(Outage.worker == worker, Outage.noted_at < now - FRESH)))


async def since(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Return since when Telegram does not answer at least one worker; None where it answers all of them."""
    statement = select(func.min(Outage.since)).where(Outage.noted_at >= now - FRESH)
    return await session.scalar(statement)
