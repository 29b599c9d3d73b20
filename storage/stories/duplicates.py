"""Which Stories may tell the same: those that share a band of their signatures."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Story, StoryBand

_LOCK = 2_011_112_604  # any number that no other advisory lock has


async def lock_intake(session: AsyncSession) -> None:
    """Until this transaction ends, nobody else who asks this takes in a Story.

    Else two could take in the same story at the same moment, and neither see the other's. SQLite lets only
    one transaction write as it is.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def add_bands(session: AsyncSession, story_id: int, bands: Iterable[int]) -> None:
    """Keep these as the bands of a Story that has none."""
    rows = [{"band": band, "story_id": story_id} for band in sorted(set(bands))]
    if rows:
        await session.execute(insert(session, StoryBand), rows)


async def forget(session: AsyncSession, story_id: int) -> None:
    """The Story has no bands any more: its text is another one."""
    await session.execute(delete(StoryBand).where(StoryBand.story_id == story_id))


async def sharing(session: AsyncSession, bands: Iterable[int], *, limit: int) -> Sequence[tuple[int, bytes]]:
    """Stories that share a band, those that share most first: id and signature."""
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
    """These Stories' texts, by id."""
    rows = await session.execute(select(Story.id, Story.body).where(Story.id.in_(list(story_ids))))
    return [(row.id, row.body) for row in rows]
