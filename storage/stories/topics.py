"""Queries on Topics: what Stories are about."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Topic


async def ensure(session: AsyncSession, names: Mapping[str, str]) -> Sequence[Topic]:
    """Return the Topics with these slugs, by name; create the missing ones. `names` maps slug to name."""
    if names:
        rows = [{"slug": slug, "name": name} for slug, name in names.items()]
        await session.execute(insert(session, Topic).on_conflict_do_nothing(), rows)
    return await by_slugs(session, names)


async def by_slugs(session: AsyncSession, slugs: Iterable[str]) -> Sequence[Topic]:
    """Return the Topics with these slugs, by name; unknown slugs are left out."""
    rows = await session.scalars(select(Topic).where(Topic.slug.in_(list(slugs))).order_by(Topic.name))
    return rows.all()


async def get(session: AsyncSession, topic_id: int) -> Topic | None:
    """Return the Topic, or None if there is none with this id."""
    return await session.get(Topic, topic_id)


async def every(session: AsyncSession) -> Sequence[Topic]:
    """Return all Topics, by name."""
    return (await session.scalars(select(Topic).order_by(Topic.name))).all()
