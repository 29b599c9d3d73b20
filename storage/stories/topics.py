"""Queries on Topics: what Stories are about."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import StoryTopic, Topic


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


async def listed(session: AsyncSession, *, limit: int, offset: int) -> Sequence[Topic]:
    """Return a page of the Topics, by name."""
    statement = select(Topic).order_by(Topic.name, Topic.id).limit(limit).offset(offset)
    return (await session.scalars(statement)).all()


async def count(session: AsyncSession) -> int:
    """Return how many Topics there are."""
    return await session.scalar(select(func.count()).select_from(Topic)) or 0


async def story_counts(session: AsyncSession, topic_ids: Collection[int]) -> dict[int, int]:
    """Return how many Stories, in any state, are about each of these Topics; without those that have none."""
    statement = select(StoryTopic.topic_id, func.count()).where(StoryTopic.topic_id.in_(topic_ids))
    rows = await session.execute(statement.group_by(StoryTopic.topic_id))
    return dict(rows.all())


async def is_taken(session: AsyncSession, topic_id: int, *, slug: str, name: str) -> bool:
    """Return whether a Topic other than this one has this slug or this name."""
    other = exists().where(Topic.id != topic_id, or_(Topic.slug == slug, Topic.name == name))
    return bool(await session.scalar(select(other)))


async def rename(session: AsyncSession, topic_id: int, *, name: str) -> None:
    """Give a Topic another name."""
    await session.execute(update(Topic).where(Topic.id == topic_id).values(name=name))
