"""Turns of recurring duties: one row for each duty, so that only one of many processes takes each turn."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Moment, insert
from storage.models import DutyRun


async def take(session: AsyncSession, name: str, *, now: Moment, every: timedelta) -> bool:
    """Take the duty's turn; return False if it was taken less than `every` ago.

    A missed turn is not made up for. A turn that lies further ahead than `every` was taken before the clock
    was set back, and does not count.
    """
    statement = insert(session, DutyRun).values(name=name, ran_at=now)
    statement = statement.on_conflict_do_update(
        index_elements=[DutyRun.name],
        set_={"ran_at": now},
        where=or_(DutyRun.ran_at <= now - every, DutyRun.ran_at > now + every),
    )
    taken = await session.scalar(statement.returning(DutyRun.name))
    return taken is not None


async def last(session: AsyncSession, name: str) -> datetime | None:
    """Return when the turn was taken last; None if it never was."""
    return await session.scalar(select(DutyRun.ran_at).where(DutyRun.name == name))


async def note(session: AsyncSession, name: str, *, now: datetime) -> None:
    """Store that something was done now, whenever it was done before."""
    statement = insert(session, DutyRun).values(name=name, ran_at=now)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[DutyRun.name], set_={"ran_at": now})
    )


async def keep(session: AsyncSession, name: str, *, now: Moment) -> None:
    """Put off the next turn of a duty that is still under way."""
    await session.execute(update(DutyRun).where(DutyRun.name == name).values(ran_at=now))


async def give_back(session: AsyncSession, name: str) -> None:
    """End a turn early: the next one may be taken at once."""
    await session.execute(delete(DutyRun).where(DutyRun.name == name))
