"""Queries on the desk's sessions, and on the links and launches by which editors open them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import DeskLaunch, DeskSession, EntryLink


async def add_link(session: AsyncSession, checksum: str, *, person_id: int, expires_at: datetime) -> None:
    """Store a link, by the checksum of its secret."""
    session.add(EntryLink(checksum=checksum, person_id=person_id, expires_at=expires_at))
    await session.flush()


async def links_of(session: AsyncSession, person_id: int, *, now: datetime) -> int:
    """Return how many links of this person have not expired, used or not."""
    statement = select(func.count()).select_from(EntryLink)
    statement = statement.where(EntryLink.person_id == person_id, EntryLink.expires_at > now)
    return await session.scalar(statement) or 0


async def owner_of(session: AsyncSession, checksum: str, *, now: datetime) -> int | None:
    """Return whose link it is, if it may still be used; None otherwise."""
    statement = select(EntryLink.person_id).where(
        EntryLink.checksum == checksum, EntryLink.used_at.is_(None), EntryLink.expires_at > now
    )
    return await session.scalar(statement)


async def use_link(session: AsyncSession, checksum: str, *, now: datetime) -> int | None:
    """Use a link up; return whose it is. None if it is unknown, has expired, or somebody was first."""
    return await session.scalar(
        update(EntryLink)
        .where(EntryLink.checksum == checksum, EntryLink.used_at.is_(None), EntryLink.expires_at > now)
        .values(used_at=now)
        .returning(EntryLink.person_id)
    )


async def drop_links(session: AsyncSession, *, before: datetime) -> None:
    """Delete the links that had expired by then."""
    await session.execute(delete(EntryLink).where(EntryLink.expires_at < before))


async def use_launch(session: AsyncSession, checksum: str, *, expires_at: datetime) -> bool:
    """Note that a launch was used; return False if it was used before."""
    row = {"checksum": checksum, "expires_at": expires_at}
    added = insert(session, DeskLaunch).values(row).on_conflict_do_nothing().returning(DeskLaunch.checksum)
    return await session.scalar(added) is not None


async def drop_launches(session: AsyncSession, *, before: datetime) -> None:
    """Forget the launches that were too old by then."""
    await session.execute(delete(DeskLaunch).where(DeskLaunch.expires_at < before))


async def add(session: AsyncSession, checksum: str, *, person_id: int, browser: str, now: datetime) -> int:
    """Store a session, by the checksum of its secret; return its id."""
    row = DeskSession(checksum=checksum, person_id=person_id, browser=browser, opened_at=now, seen_at=now)
    session.add(row)
    await session.flush()
    return row.id


async def find(session: AsyncSession, checksum: str, *, seen_since: datetime) -> DeskSession | None:
    """Return the session with this checksum that was used since then; None if there is none."""
    statement = select(DeskSession).where(DeskSession.checksum == checksum, DeskSession.seen_at >= seen_since)
    return await session.scalar(statement)


async def note_seen(session: AsyncSession, session_id: int, *, now: datetime) -> None:
    """Note that a session is used now."""
    await session.execute(update(DeskSession).where(DeskSession.id == session_id).values(seen_at=now))


async def of(session: AsyncSession, person_id: int | None, *, seen_since: datetime) -> Sequence[DeskSession]:
    """Return the sessions of this person that are open, the last used first; None: those of everybody."""
    statement = select(DeskSession).where(DeskSession.seen_at >= seen_since)
    if person_id is not None:
        statement = statement.where(DeskSession.person_id == person_id)
    return (await session.scalars(statement.order_by(DeskSession.seen_at.desc(), DeskSession.id))).all()


async def drop(session: AsyncSession, session_id: int) -> int | None:
    """Delete a session; return whose it was, None if it is gone."""
    statement = delete(DeskSession).where(DeskSession.id == session_id).returning(DeskSession.person_id)
    return await session.scalar(statement)


async def drop_of(session: AsyncSession, person_id: int) -> None:
    """Delete all sessions and links of a person."""
    await session.execute(delete(DeskSession).where(DeskSession.person_id == person_id))
    await session.execute(delete(EntryLink).where(EntryLink.person_id == person_id))


async def drop_old(session: AsyncSession, *, before: datetime) -> None:
    """Delete the sessions that were last used before then."""
    await session.execute(delete(DeskSession).where(DeskSession.seen_at < before))
