"""Queries that move what belongs to one Topic to another one: Stories, Sources, subscribers, pushes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import SourceTopic, StoryTopic, Subscription, Topic


@dataclass(frozen=True, slots=True)
class Belongings:
    """How many Stories, subscribers and Sources a Topic has."""

    stories: int
    subscribers: int
    sources: int


async def belongings(session: AsyncSession, topic_id: int) -> Belongings:
    """Return what a Topic has. A subscriber counts although they have all Topics at present."""
    counts = [
        await session.scalar(select(func.count()).select_from(table).where(table.topic_id == topic_id)) or 0
        for table in (StoryTopic, Subscription, SourceTopic)
    ]
    return Belongings(*counts)


async def move_stories(session: AsyncSession, topic_id: int, *, into: int) -> None:
    """Give the Stories and the Sources of a Topic the other one in its place."""
    for table, owner in ((StoryTopic, StoryTopic.story_id), (SourceTopic, SourceTopic.source_id)):
        rows = select(owner, literal(into)).where(table.topic_id == topic_id)
        added = insert(session, table).from_select([owner.key, "topic_id"], rows)
        await session.execute(added.on_conflict_do_nothing())
        await session.execute(delete(table).where(table.topic_id == topic_id))


async def subscribers_of(session: AsyncSession, topic_id: int, *, after: int, limit: int) -> Sequence[int]:
    """Return the ids of the next subscribers of a Topic after this id."""
    statement = select(Subscription.subscriber_id).where(
        Subscription.topic_id == topic_id, Subscription.subscriber_id > after
    )
    return (await session.scalars(statement.order_by(Subscription.subscriber_id).limit(limit))).all()


async def copy_subscribers(session: AsyncSession, topic_id: int, ids: Sequence[int], *, into: int) -> None:
    """Subscribe those of these subscribers who have the Topic to the other one too."""
    rows = select(Subscription.subscriber_id, literal(into)).where(_chose(topic_id, ids))
    added = insert(session, Subscription).from_select(["subscriber_id", "topic_id"], rows)
    await session.execute(added.on_conflict_do_nothing())


async def drop_subscribers(session: AsyncSession, topic_id: int, ids: Sequence[int]) -> None:
    """Unsubscribe these subscribers from the Topic."""
    await session.execute(delete(Subscription).where(_chose(topic_id, ids)))


async def drop(session: AsyncSession, topic_id: int) -> None:
    """Delete a Topic."""
    await session.execute(delete(Topic).where(Topic.id == topic_id))


def _chose(topic_id: int, ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition on `subscriptions`: of this Topic, and within the run of these ids."""
    return (Subscription.topic_id == topic_id) & Subscription.subscriber_id.between(ids[0], ids[-1])
