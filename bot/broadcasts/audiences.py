"""Who a Broadcast is for, frozen at its start, and the Ranges that they stand in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotFoundError
from bot.i18n import mark
from storage.broadcasts import broadcasts
from storage.broadcasts.broadcasts import Audience, Variant
from storage.deliveries import sent_messages
from storage.models import Broadcast, Story
from storage.stories import stories, threads, translations
from storage.stories import topics as stored_topics
from storage.words import BroadcastState

RANGE = 500  # Subscriber ids in one Range: the size that was measured best (see CONTRIBUTING, decisions)


_UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)


@dataclass(frozen=True, slots=True)
class StoryVersions:
    """A Story as it goes out. `group`: the published ones that say the same, the original first (see
    storage/stories/translations.py). `has_past`: its Thread has told something before.
    """

    story: Story
    group: Sequence[Story]
    has_past: bool

    @property
    def told(self) -> dict[str, Story]:
        """By language, the original's first: what readers of it get, the Story or a Translation."""
        told: dict[str, Story] = {}
        for story in self.group or (self.story,):
            told.setdefault(story.language, story)
        return told


RenderBodies = Callable[[StoryVersions], dict[Variant, dict[str, Any]]]


async def pushed(session: AsyncSession, story: Story) -> StoryVersions:
    """What the RenderBodies of a Story's Broadcast are made of."""
    thread_id = translations.thread_of(story)
    has_past = thread_id is not None and (await threads.goes_on(session, thread_id, story))[0]
    return StoryVersions(story, await stories.group(session, story), has_past)


async def frozen(session: AsyncSession, asked: Audience, story: Story) -> Audience:
    """What the editor asked for, else whoever follows one of the Story's Topics; and nobody newer.

    Whoever follows its Thread gets it too. A Translation goes to those who read its language. Who was sent
    the same in another language gets nothing; the same Story again is the editor's wish.
    """
    own_language = () if story.translation_of is None else (story.language,)
    return replace(
        asked,
        topics=asked.topics or tuple(topic.id for topic in translations.topics_of(story)),
        languages=asked.languages or own_language,
        thread=translations.thread_of(story),
        except_broadcasts=tuple(push.id for push in await _pushes_of_others(session, story)),
        highest_id=await broadcasts.highest_subscriber(session),
        told_in=await told_in(session, story),
    )


async def told_in(session: AsyncSession, story: Story) -> tuple[str, ...]:
    """The languages that the Story is told in, the original's first."""
    return tuple(StoryVersions(story, await stories.group(session, story), has_past=False).told)


async def let_others_except(session: AsyncSession, broadcast_id: int, story: Story) -> None:
    """The pushes of its group that are under way leave out whoever is sent this one from now on."""
    for push in await _pushes_of_others(session, story):
        if push.state in _UNDER_WAY:
            audience = Audience.load(push.audience)
            audience = replace(audience, except_broadcasts=(*audience.except_broadcasts, broadcast_id))
            await broadcasts.change(session, push.id, audience=audience.dump())


async def _pushes_of_others(session: AsyncSession, story: Story) -> Sequence[Broadcast]:
    """The pushes of those that say the same as `story` in other languages."""
    return [push for push in await broadcasts.pushes_of(session, story.id) if push.story_id != story.id]


async def bounds(session: AsyncSession, audience: Audience) -> list[tuple[int, int]]:
    """The Ranges' first and last ids: no row a person, so that 1.2 million are fanned out in an instant."""
    lowest = await broadcasts.lowest_subscriber(session)
    if not lowest:
        return []
    return split(lowest, audience.highest_id)


async def message_bounds(session: AsyncSession, push_id: int) -> list[tuple[int, int]]:
    """The same for whoever has a message of this push."""
    found = await sent_messages.bounds(session, push_id)
    return split(*found) if found else []


def split(lowest: int, highest: int) -> list[tuple[int, int]]:
    """These ids, in Ranges."""
    return [(first, min(first + RANGE - 1, highest)) for first in range(lowest, highest + 1, RANGE)]


async def topic_ids(session: AsyncSession, slugs: Sequence[str]) -> tuple[int, ...]:
    """The Topics of these slugs; NotFoundError names one that there is not."""
    found = {topic.slug: topic.id for topic in await stored_topics.by_slugs(session, slugs)}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise NotFoundError(mark("There is no topic {topic}."), topic=missing[0])
    return tuple(found.values())
