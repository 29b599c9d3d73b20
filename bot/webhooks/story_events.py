"""Events about Stories: what Webhooks hear when one is published, corrected or withdrawn."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Story
from storage.stories import stories
from storage.stories.translations import topics_of, warnings_of
from storage.webhooks import events
from storage.words import EventKind


async def announce(session: AsyncSession, kind: EventKind, story_id: int, *, now: datetime) -> None:
    """Store the Event in this transaction, which has changed the Story already. Nobody hears: do nothing."""
    if not await events.is_heard(session):
        return
    story = await stories.reread(session, story_id)
    if story is None:
        raise LookupError(f"story {story_id} is not there")
    told = _withdrawn(story) if kind is EventKind.WITHDRAWN else _shown(story)
    await events.add(session, kind, {"story": told}, now=now)


def _shown(story: Story) -> dict[str, Any]:
    """Return of a Story what readers see."""
    return {
        "id": story.id,
        "headline": story.headline,
        "language": story.language,
        "translation_of": story.translation_of,
        "byline": story.byline,
        "address": story.address,
        "summaries": {one.length.value: " ".join(one.text.split("\n")) for one in story.summaries},
        "topics": [{"slug": one.slug, "name": one.name} for one in topics_of(story)],
        "warnings": [*warnings_of(story)],
        "correction": story.notice,
        "dated": story.published,
        "published_at": story.released_at,
        "corrected_at": story.corrected_at,
    }


def _withdrawn(story: Story) -> dict[str, Any]:
    """Return what names a withdrawn Story: nothing that it said."""
    return {"id": story.id, "language": story.language, "address": story.address, "reason": story.notice}
