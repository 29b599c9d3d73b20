"""Queries on the drafts that wait for review, the oldest first."""

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Story
from storage.stories import stories
from storage.stories.decisions import is_decided
from storage.words import StoryState


async def count(session: AsyncSession) -> int:
    """Return how many drafts wait."""
    return await session.scalar(select(func.count()).select_from(Story).where(_waits())) or 0


async def at(session: AsyncSession, place: int) -> Story | None:
    """Return the draft at this index, from 0; None past the end."""
    return await session.scalar(stories.whole().where(_waits()).order_by(Story.id).limit(1).offset(place))


async def place_of(session: AsyncSession, story_id: int) -> int | None:
    """Return the index of a draft, from 0; None if it does not wait."""
    itself = await session.scalar(select(Story.id).where(_waits(), Story.id == story_id))
    if itself is None:
        return None
    before = select(func.count()).select_from(Story).where(_waits(), Story.id < story_id)
    return await session.scalar(before) or 0


def _waits() -> ColumnElement[bool]:
    """Return the condition on `stories`: a draft about which nobody has decided."""
    return and_(Story.state == StoryState.DRAFT, ~is_decided(Story))
