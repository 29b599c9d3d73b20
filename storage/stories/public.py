"""Queries of the public page and its feeds: published Stories, by language and Topic."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import Story, StoryTopic, Topic
from storage.stories.stories import whole
from storage.stories.translations import is_published, shown_in
from storage.words import StoryState

_COMMON = 1_000
"""Stories of a Topic from which on they are found by walking through all, the newest first."""


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
    elif only is None and await _is_common(session, topic):
        statement = statement.where(Story.state == StoryState.PUBLISHED, _has_topic(topic))
    else:
        statement = statement.where(is_published(Story), _is_about(topic))
    statement = statement.order_by(Story.released_at.desc(), Story.id.desc())
    return (await session.scalars(statement.limit(limit).offset(offset))).all()


async def topics(session: AsyncSession) -> Sequence[Topic]:
    """Return the Topics that any published Story is about, by name."""
    is_told = exists().where(
        StoryTopic.topic_id == Topic.id, StoryTopic.story_id == Story.id, is_published(Story)
    )
    return (await session.scalars(select(Topic).where(is_told).order_by(Topic.name, Topic.id))).all()


async def _is_common(session: AsyncSession, slug: str) -> bool:
    """Return whether so many Stories are about a Topic that the newest of all are looked through for them."""
    some = select(StoryTopic.story_id).where(StoryTopic.topic_id == _id_of(slug)).limit(_COMMON).subquery()
    return (await session.scalar(select(func.count()).select_from(some)) or 0) >= _COMMON


def _id_of(slug: str) -> ScalarSelect[int]:
    return select(Topic.id).where(Topic.slug == slug).scalar_subquery()


def _has_topic(slug: str) -> ColumnElement[bool]:
    """Return the condition that a Story is about a Topic, asked of one Story after another."""
    own, any_own, other = StoryTopic, aliased(StoryTopic), aliased(StoryTopic)
    is_own = exists().where(own.story_id == Story.id, own.topic_id == _id_of(slug))
    has_own = exists().where(any_own.story_id == Story.id)
    is_inherited = exists().where(other.story_id == Story.translation_of, other.topic_id == _id_of(slug))
    return or_(is_own, and_(~has_own, is_inherited))


def _is_about(slug: str) -> ColumnElement[bool]:
    """Return the same condition, answered by the index of the Topic's Stories."""
    own = select(StoryTopic.story_id).where(StoryTopic.topic_id == _id_of(slug))
    has_own = exists().where(StoryTopic.story_id == Story.id)
    inherited = select(Story.id).where(Story.translation_of.in_(own), ~has_own)
    return Story.id.in_(select(union(own, inherited).subquery().c[0]))
