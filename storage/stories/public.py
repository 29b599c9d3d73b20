"""Queries of the public page and its feeds: published Stories, by language and Topic."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Story, StoryTopic, Topic
from storage.stories.stories import whole
from storage.stories.translations import is_published, shown_in
from storage.words import StoryState


async def page(
    session: AsyncSession, *, reader: str | None, only: str | None, topic: str | None, limit: int, offset: int
) -> Sequence[Story]:
    """Return published Stories, newest first; of each group the one that readers of this language get.

    `reader`: a language, or None for originals. `only`: those in this language, in place of one of each
    group. `topic`: the slug of a Topic that they are about; a Translation without Topics has its original's.
    """
    language = shown_in(reader) if only is None else Story.language == only
    statement = whole().where(language)
    if topic is None:
        statement = statement.where(Story.state == StoryState.PUBLISHED)
    else:  # few Stories, by the index of their Topic
        statement = statement.where(is_published(Story), _is_about(topic))
    statement = statement.order_by(Story.released_at.desc(), Story.id.desc())
    return (await session.scalars(statement.limit(limit).offset(offset))).all()


async def topics(session: AsyncSession) -> Sequence[Topic]:
    """Return the Topics that any published Story is about, by name."""
    is_told = exists().where(
        StoryTopic.topic_id == Topic.id, StoryTopic.story_id == Story.id, is_published(Story)
    )
    return (await session.scalars(select(Topic).where(is_told).order_by(Topic.name, Topic.id))).all()


def _is_about(slug: str) -> ColumnElement[bool]:
    topic_id = select(Topic.id).where(Topic.slug == slug).scalar_subquery()
    own = select(StoryTopic.story_id).where(StoryTopic.topic_id == topic_id)
    has_own = exists().where(StoryTopic.story_id == Story.id)
    inherited = select(Story.id).where(Story.translation_of.in_(own), ~has_own)
    return Story.id.in_(select(union(own, inherited).subquery().c[0]))
