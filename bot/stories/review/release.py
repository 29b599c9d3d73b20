"""Releases a Story: from now on readers see it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.webhooks.story_events import announce
from storage.models import Story
from storage.stories import stories, threads
from storage.words import EventKind, StoryState


async def release(
    session: AsyncSession, story: Story, *, come_from: Collection[StoryState], now: datetime
) -> bool:
    """Let readers see the Story if its state is one of `come_from`, and return whether it was.

    Webhooks hear of it. A Thread of which they see nothing else is named after it.
    """
    released = await stories.release(session, story.id, come_from=come_from, now=now)
    if released and story.thread_id is not None:
        await threads.name_after(session, story.thread_id, story_id=story.id, headline=story.headline)
    if released:
        await announce(session, EventKind.PUBLISHED, story.id, now=now)
    return released
