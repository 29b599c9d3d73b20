"""Gathers: reads the Stories that were held, as they are by now, and draws them for a reader."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.appeals import showable
from bot.broadcasts.audiences import RenderBodies, story_versions
from bot.digests.digest_story import DigestStory
from storage.broadcasts.bodies import Variant
from storage.deliveries.held import Held
from storage.models import Story
from storage.stories import stories, threads
from storage.stories.stories import Versions
from storage.stories.translations import appeal_of, original_of, thread_of
from storage.words import StoryState

_FRESH = timedelta(seconds=2)  # so soon a change of an Appeal or of a Thread's title is seen


@dataclass(frozen=True, slots=True)
class GatheredStories:
    """What was held for one reader: what there is to tell, of which Broadcasts, and which `dropped` out."""

    came: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    tellings: Sequence[DigestStory] = ()


NOTHING = GatheredStories()


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of a Story: None where there is nothing to tell; `versions` are those of its group."""

    telling: DigestStory | None
    versions: Versions


class Gatherer:
    """Reads each Story once for all whom it is told to within two seconds; again at once where it changed."""

    def __init__(self, bodies: RenderBodies, zone: tzinfo) -> None:
        """`bodies` renders a Story for everyone, as a push does; `zone` is for the dates in messages."""
        self.zone = zone
        self._bodies = bodies
        self._known: dict[int, _Known] = {}  # by Story
        self._known_at: datetime | None = None

    async def gather(
        self, session: AsyncSession, held: Mapping[int, Sequence[Held]], now: datetime
    ) -> dict[int, GatheredStories]:
        """By Subscriber. A Story that was withdrawn, or whose Broadcast was cancelled, has dropped out."""
        known = await self._learn(session, {one.story_id for of_one in held.values() for one in of_one}, now)
        return {subscriber_id: _gathering(of_one, known) for subscriber_id, of_one in held.items()}

    async def whole(self, session: AsyncSession, telling: DigestStory) -> Mapping[Variant, bytes]:
        """Its RenderBodies as a push of it would have them now."""
        if not telling.bodies:
            story = next(iter(telling.told.values()))
            bodies = self._bodies(await story_versions(session, story))
            telling.bodies.update({variant: orjson.dumps(body) for variant, body in bodies.items()})
        return telling.bodies

    async def _learn(
        self, session: AsyncSession, story_ids: Collection[int], now: datetime
    ) -> Mapping[int, DigestStory | None]:
        """These Stories as they are; None where there is nothing to tell of one."""
        if self._known_at is None or not timedelta(0) <= now - self._known_at <= _FRESH:
            self._known, self._known_at = {}, now
        known = self._known  # another slice may begin a new one meanwhile
        versions = await stories.versions(session, story_ids)
        stale = {one for one in story_ids if one not in known or known[one].versions != versions.get(one)}
        if stale:
            found = {story.id: story for story in await stories.some(session, stale)}
            groups = await stories.groups(session, list(found.values()))
            titles = await threads.titles(session, {thread_of(story) for story in found.values()})
            for story_id in stale:
                story = found.get(story_id)
                is_told = story is not None and story.state is StoryState.PUBLISHED
                telling = _telling(groups[original_of(story)], titles, now) if story and is_told else None
                known[story_id] = _Known(telling, versions.get(story_id, ()))
        return {one: known[one].telling for one in story_ids}


def _gathering(held: Sequence[Held], known: Mapping[int, DigestStory | None]) -> GatheredStories:
    """What there is to tell of this, in its order; the same in two languages once."""
    told: dict[int, DigestStory] = {}
    came: list[int] = []
    for one in held:
        telling = None if one.cancelled else known[one.story_id]
        if telling is not None:
            told[telling.original_id] = telling
            came.append(one.broadcast_id)
    dropped = tuple(one.broadcast_id for one in held if one.broadcast_id not in came)
    return GatheredStories(tuple(came), dropped, list(told.values()))


def _telling(group: Sequence[Story], titles: Mapping[int, str], now: datetime) -> DigestStory:
    first = group[0]
    told: dict[str, Story] = {}
    for story in group:
        told.setdefault(story.language, story)
    thread_id = thread_of(first)
    return DigestStory(
        original_id=original_of(first),
        told=told,
        came_at=first.released_at or first.added_at,
        thread=None if thread_id is None else (thread_id, titles.get(thread_id, "")),
        appeal=showable(appeal_of(first), now),
        drawn={},
        bodies={},
    )
