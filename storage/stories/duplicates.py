"""Queries that find Stories which may have the same text: those that share a band of their signatures."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Story, StoryBand

_LOCK = 2_011_112_604  # any number that no other advisory lock has


async def lock_intake(session: AsyncSession) -> None:
    """Wait until no other transaction adds Stories, and keep the others waiting until this one ends.

    Without the lock, two transactions could add the same story at the same moment: neither would see the
    other's rows. SQLite needs no lock, because only one transaction can write at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def add_bands(session: AsyncSession, story_id: int, bands: Iterable[int]) -> None:
    """Store the bands of a Story that has none yet."""
    rows = [{"band": band, "story_id": story_id} for band in sorted(set(bands))]
    if rows:
        await session.execute(insert(session, StoryBand), rows)


async def remove_bands(session: AsyncSession, story_id: int) -> None:
    """Delete the bands of a Story, before it gets another text."""
    await session.execute(delete(StoryBand).where(StoryBand.story_id == story_id))


async def sharing(session: AsyncSession, bands: Iterable[int], *, limit: int) -> Sequence[tuple[int, bytes]]:
    """Return id and signature of the Stories that share a band, those that share most first."""
    statement = (
        select(Story.id, Story.signature)
        .join(StoryBand, StoryBand.story_id == Story.id)
        .where(StoryBand.band.in_(set(bands)), Story.signature.is_not(None))
        .group_by(Story.id)
        .order_by(func.count().desc(), Story.id)
        .limit(limit)
    )
    rows = (await session.execute(statement)).all()
    return [(row.id, row.signature) for row in rows]


async def bodies(session: AsyncSession, story_ids: Iterable[int]) -> Sequence[tuple[int, str]]:
    """Return id and text of these Stories."""
    rows = await session.execute(select(Story.id, Story.body).where(Story.id.in_(list(story_ids))))
    return [(row.id, row.body) for row in rows]
