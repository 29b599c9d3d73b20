"""Gathers: reads the Stories that were held, as they are by now, and draws them for a reader."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals import showable
from bot.delivery.audiences import Bodies, pushed
from bot.digests.telling import Telling
from storage import stories, threads
from storage.broadcasts import Variant
from storage.held import Held
from storage.models import Story
from storage.translations import appeal_of, original_of, thread_of

_FRESH = timedelta(seconds=2)  # so soon a withdrawal or a correction is seen


@dataclass(frozen=True, slots=True)
class Gathering:
    """What was held for one reader: the Broadcasts, and what there is to tell of them by now."""

    broadcasts: tuple[int, ...]
    tellings: Sequence[Telling]


class Gatherer:
    """Reads each Story once for all whom it is told to within two seconds."""

    def __init__(self, bodies: Bodies, zone: tzinfo) -> None:
        """`bodies` renders a Story for everyone, as a push does; `zone` is for the dates in messages."""
        self.zone = zone
        self._bodies = bodies
        self._known: dict[int, Telling | None] = {}  # by Story; None: there is nothing to tell any more
        self._known_at: datetime | None = None

    async def gather(
        self, session: AsyncSession, held: Mapping[int, Sequence[Held]], now: datetime
    ) -> dict[int, Gathering]:
        """By Subscriber. A Story that was withdrawn, or whose Broadcast was cancelled, has dropped out."""
        known = await self._learn(session, {one.story_id for of_one in held.values() for one in of_one}, now)
        gathered: dict[int, Gathering] = {}
        for subscriber_id, of_one in held.items():
            found = [known[one.story_id] for one in of_one if not one.cancelled]
            told = {one.original_id: one for one in found if one is not None}
            gathered[subscriber_id] = Gathering(
                tuple(one.broadcast_id for one in of_one), list(told.values())
            )
        return gathered

    async def whole(self, session: AsyncSession, telling: Telling) -> Mapping[Variant, bytes]:
        """Its Bodies as a push of it would have them now."""
        if not telling.bodies:
            story = next(iter(telling.told.values()))
            bodies = self._bodies(await pushed(session, story))
            telling.bodies.update({variant: orjson.dumps(body) for variant, body in bodies.items()})
        return telling.bodies

    async def _learn(
        self, session: AsyncSession, story_ids: Collection[int], now: datetime
    ) -> Mapping[int, Telling | None]:
        """These Stories as they were two seconds ago at the earliest."""
        if self._known_at is None or not timedelta(0) <= now - self._known_at <= _FRESH:
            self._known, self._known_at = {}, now
        known = self._known  # another slice may begin a new one meanwhile
        missing = set(story_ids).difference(known)
        if missing:
            found = {story.id: story for story in await stories.some(session, missing)}
            groups = await stories.groups(session, list(found.values()))
            titles = await threads.titles(session, {thread_of(story) for story in found.values()})
            for story_id in missing:
                story = found.get(story_id)
                group = groups[original_of(story)] if story else []
                known[story_id] = _telling(group, titles, now) if group else None
        return known


def _telling(group: Sequence[Story], titles: Mapping[int, str], now: datetime) -> Telling:
    first = group[0]
    told: dict[str, Story] = {}
    for story in group:
        told.setdefault(story.language, story)
    thread_id = thread_of(first)
    return Telling(
        original_id=original_of(first),
        told=told,
        came_at=first.released_at or first.added_at,
        thread=None if thread_id is None else (thread_id, titles.get(thread_id, "")),
        appeal=showable(appeal_of(first), now),
        drawn={},
        bodies={},
    )
