"""Queries on how often people asked about a host each day. No row names a person."""

from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import AskedHost


async def count(session: AsyncSession, host: str, *, day: date) -> None:
    """Add one to the host's count of this day (UTC)."""
    statement = insert(session, AskedHost).values(host=host, day=day, count=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[AskedHost.host, AskedHost.day], set_={"count": AskedHost.count + 1}
        )
    )


async def most_asked(session: AsyncSession, *, since: date, limit: int) -> list[tuple[str, int]]:
    """Return the hosts that were asked about most from `since` on, with their counts."""
    asked = func.sum(AskedHost.count)
    statement = select(AskedHost.host, asked).where(AskedHost.day >= since).group_by(AskedHost.host)
    found = await session.execute(statement.order_by(asked.desc(), AskedHost.host).limit(limit))
    return [(host, int(number)) for host, number in found]


async def prune(session: AsyncSession, *, before: date) -> None:
    """Delete the counts of earlier days."""
    await session.execute(delete(AskedHost).where(AskedHost.day < before))
