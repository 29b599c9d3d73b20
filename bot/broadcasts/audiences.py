"""The Audience of a Broadcast as it is frozen at the start, and the Ranges of ids that it is split into."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotFoundError
from bot.i18n import mark
from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.broadcasts.bodies import Payload, Variant
from storage.deliveries import sent_messages
from storage.models import Broadcast, Story
from storage.stories import stories, threads, translations
from storage.stories import topics as stored_topics
from storage.words import UNDER_WAY

RANGE = 500  # Subscriber ids in one Range: the size that was measured best (see CONTRIBUTING, decisions)


@dataclass(frozen=True, slots=True)
class StoryVersions:
    """A Story and its published Translations, as a Broadcast sends them.

    - `group`: all published Stories that say the same, the original first (storage/stories/translations.py).
    - `has_past`: its Thread has an earlier Story.
    """

    story: Story
    group: Sequence[Story]
    has_past: bool

    @property
    def by_language(self) -> dict[str, Story]:
        """The Story or Translation for readers of each language, the original's language first."""
        found: dict[str, Story] = {}
        for story in self.group or (self.story,):
            found.setdefault(story.language, story)
        return found


RenderBodies = Callable[[StoryVersions], dict[Variant, Payload]]
"""Renders the Bodies of a Story's Broadcast; given by bot/runtime/build.py."""


async def story_versions(session: AsyncSession, story: Story) -> StoryVersions:
    """Return what the Bodies of a Story's Broadcast are rendered from."""
    thread_id = translations.thread_of(story)
    has_past = thread_id is not None and (await threads.has_neighbours(session, thread_id, story))[0]
    return StoryVersions(story, await stories.group(session, story), has_past)


async def freeze(session: AsyncSession, asked: Audience, story: Story, now: datetime) -> Audience:
    """Return the Audience of a push that starts now.

    It selects the Topics that the editor asked for, else those of the Story; followers of its Thread; for a
    Translation the readers of its language, unless the editor asked for others. It leaves out Subscribers who
    join later, and those who were sent the same in another language; a repeated push of this very Story
    reaches them again.
    """
    languages = await story_languages(session, story)
    of_late = await stories.languages_of_late(session, now)
    own_language = () if story.translation_of is None else (story.language,)
    return replace(
        asked,
        topics=asked.topics or tuple(topic.id for topic in translations.topics_of(story)),
        languages=asked.languages or own_language,
        thread=translations.thread_of(story),
        except_broadcasts=tuple(push.id for push in await _pushes_of_others(session, story)),
        highest_id=await broadcasts.highest_subscriber(session),
        story_languages=languages,
        newsroom_languages=tuple(sorted({*languages, *of_late})),
    )


async def story_languages(session: AsyncSession, story: Story) -> tuple[str, ...]:
    """Return the languages in which the Story can be read, the original's first."""
    return tuple(StoryVersions(story, await stories.group(session, story), has_past=False).by_language)


async def exclude_from_other_pushes(session: AsyncSession, broadcast_id: int, story: Story) -> None:
    """Let the running pushes of this Story's Translations leave out the recipients of this Broadcast."""
    for push in await _pushes_of_others(session, story):
        if push.state in UNDER_WAY:
            audience = Audience.of(push)
            audience = replace(audience, except_broadcasts=(*audience.except_broadcasts, broadcast_id))
            await broadcasts.change(session, push.id, audience=audience)


async def _pushes_of_others(session: AsyncSession, story: Story) -> Sequence[Broadcast]:
    """Return the pushes of the Stories that say the same as `story` in other languages."""
    return [push for push in await broadcasts.pushes_of(session, story.id) if push.story_id != story.id]


async def bounds(session: AsyncSession, audience: Audience) -> list[tuple[int, int]]:
    """Return the first and last ids of the Ranges that cover the Audience.

    A Range is one row for 500 ids: a Broadcast to 1.2 million Subscribers starts in an instant.
    """
    lowest = await broadcasts.lowest_subscriber(session)
    if not lowest:
        return []
    return split(lowest, audience.highest_id)


async def message_bounds(session: AsyncSession, push_id: int) -> list[tuple[int, int]]:
    """Return the first and last ids of the Ranges that cover the recipients of this push."""
    found = await sent_messages.bounds(session, push_id)
    return split(*found) if found else []


def split(lowest: int, highest: int) -> list[tuple[int, int]]:
    """Split these ids, both included, into Ranges."""
    return [(first, min(first + RANGE - 1, highest)) for first in range(lowest, highest + 1, RANGE)]


async def topic_ids(session: AsyncSession, slugs: Sequence[str]) -> tuple[int, ...]:
    """Return the ids of the Topics with these slugs. Raises NotFoundError for the first unknown one."""
    found = {topic.slug: topic.id for topic in await stored_topics.by_slugs(session, slugs)}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise NotFoundError(mark("There is no topic “{topic}”."), topic=missing[0])
    return tuple(found.values())
