"""Topics: what Stories are about."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Topic


async def ensure(session: AsyncSession, topics: dict[str, str]) -> Sequence[Topic]:
    """The Topics of these slugs; those that are missing are made with the name given."""
    if topics:
        rows = [{"slug": slug, "name": name} for slug, name in topics.items()]
        await session.execute(insert(session, Topic).on_conflict_do_nothing(), rows)
    return await by_slugs(session, topics)


async def by_slugs(session: AsyncSession, slugs: Iterable[str]) -> Sequence[Topic]:
    rows = await session.scalars(select(Topic).where(Topic.slug.in_(list(slugs))).order_by(Topic.name))
    return rows.all()


async def get(session: AsyncSession, topic_id: int) -> Topic | None:
    return await session.get(Topic, topic_id)


async def every(session: AsyncSession) -> Sequence[Topic]:
    """All Topics, by name."""
    return (await session.scalars(select(Topic).order_by(Topic.name))).all()
