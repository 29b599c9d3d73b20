"""Broadcasts: from scheduled to finished, and how far they are."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.errors import NotFoundError, RefusedError
from bot.texts import mark
from storage import audit, broadcasts, deliveries, stories, threads, translations
from storage import topics as stored_topics
from storage.broadcasts import Audience, Progress, Variant
from storage.database import Database
from storage.models import Broadcast, Story
from storage.words import BroadcastKind, BroadcastState, StoryState

log = logging.getLogger(__name__)

RANGE = 500  # Subscriber ids in one Range: the size that was measured best (see CONTRIBUTING, decisions)

_STORY_STATES = {  # what a Story must be for its Broadcast to start
    BroadcastKind.PUSH: StoryState.PUBLISHED,
    BroadcastKind.CORRECTION: StoryState.PUBLISHED,
    BroadcastKind.WITHDRAWAL: StoryState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """A Story as it goes out. `group`: the published ones that say the same, the original first (see
    storage/translations.py). `has_past`: its Thread has told something before.
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


Bodies = Callable[[Pushed], dict[Variant, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class BroadcastStatus:
    """A Broadcast, and how far it is."""

    broadcast: Broadcast
    progress: Progress

    @property
    def waiting(self) -> int:
        """How many of those expected have no outcome yet (some may have left meanwhile)."""
        if self.broadcast.state in {BroadcastState.FINISHED, BroadcastState.CANCELLED}:
            return 0
        told = self.progress
        done = told.sent + told.failed + told.blocked + told.skipped + told.held
        return max(0, (self.broadcast.expected or 0) - done)


class Broadcasts:
    """The use cases around a Broadcast; each is one transaction. `bodies` renders a Story for everyone."""

    def __init__(self, database: Database, clock: Clock, bodies: Bodies) -> None:
        self._database = database
        self._clock = clock
        self._bodies = bodies

    async def schedule(
        self,
        story_id: int,
        *,
        at: datetime | None = None,
        topics: Sequence[str] = (),  # slugs
        languages: Sequence[str] = (),
        actor: str,
    ) -> int:
        """Have a published Story pushed, now or at a later hour: the Broadcast's id."""
        now = self._clock()
        async with self._database.sessions.begin() as session:
            story = await stories.get(session, story_id)
            if story is None:
                raise NotFoundError(mark("There is no story {number}."), number=story_id)
            if story.state is not StoryState.PUBLISHED:
                raise RefusedError(
                    mark("Story {number} is not published: comeback story publish {number}"), number=story_id
                )
            audience = Audience(topics=await _topic_ids(session, topics), languages=tuple(languages))
            broadcast = await broadcasts.draft(session, story_id=story_id, now=now, audience=audience)
            await broadcasts.move(
                session,
                broadcast.id,
                come_from=[BroadcastState.DRAFT],
                to=BroadcastState.SCHEDULED,
                start_at=at or now,
            )
            await self._record(session, actor, "schedule", broadcast.id)
            return broadcast.id

    async def reach(self, story_id: int, *, topics: Sequence[str] = (), languages: Sequence[str] = ()) -> int:
        """How many would get it if it started now."""
        async with self._database.snapshots() as session:
            story = await stories.get(session, story_id)
            if story is None:
                raise NotFoundError(mark("There is no story {number}."), number=story_id)
            asked = Audience(topics=await _topic_ids(session, topics), languages=tuple(languages))
            return await broadcasts.count(session, await _frozen(session, asked, story))

    async def start_due(self, began: Callable[[], None] | None = None) -> list[int]:
        """Start every Broadcast whose hour has come: freeze its Bodies and Audience, make its Ranges.

        `began` is called as soon as one may be sent; then how many are expected is counted, which takes about
        a second for 1.2 million on SQLite and must hold up neither the first message nor anybody who writes.
        One that cannot be started is logged, tried again next time, and holds up no other.
        """
        async with self._database.snapshots() as session:
            waiting = await broadcasts.due(session, now=self._clock())
        started: list[int] = []
        for broadcast_id in waiting:
            try:
                if await self._start(broadcast_id):
                    started.append(broadcast_id)
                    if began is not None:
                        began()
                    await self._expect(broadcast_id)
            except Exception:  # whatever it is, it is this Broadcast's own
                log.exception("a broadcast could not be started", extra={"broadcast": broadcast_id})
        return started

    async def pause(self, broadcast_id: int, *, actor: str, reason: str | None = None) -> None:
        """Workers stop sending it within about a second; what they hold is settled."""
        await self._move(
            broadcast_id, [BroadcastState.RUNNING], BroadcastState.PAUSED, actor, "pause", reason=reason
        )

    async def resume(self, broadcast_id: int, *, actor: str) -> None:
        """Go on where it stopped; it is finished at once if its last Range was closed meanwhile."""
        await self._move(
            broadcast_id, [BroadcastState.PAUSED], BroadcastState.RUNNING, actor, "resume", reason=None
        )

    async def cancel(self, broadcast_id: int, *, actor: str) -> None:
        """End it for good. What was sent stays sent."""
        come_from = [BroadcastState.SCHEDULED, BroadcastState.RUNNING, BroadcastState.PAUSED]
        await self._move(
            broadcast_id,
            come_from,
            BroadcastState.CANCELLED,
            actor,
            "cancel",
            finished_at=self._clock(),
        )

    async def status(self, broadcast_id: int) -> BroadcastStatus:
        async with self._database.snapshots() as session:
            broadcast = await _require(session, broadcast_id)
            return BroadcastStatus(broadcast, await broadcasts.progress(session, broadcast_id))

    async def listed(self, limit: int | None = None) -> Sequence[Broadcast]:
        """All of them, or the newest `limit`, newest first."""
        async with self._database.snapshots() as session:
            return await broadcasts.every(session, limit)

    async def _start(self, broadcast_id: int) -> bool:
        """False where another process was quicker, or somebody cancelled it."""
        now = self._clock()
        async with self._database.sessions.begin() as session:
            moved = await broadcasts.move(
                session,
                broadcast_id,
                come_from=[BroadcastState.SCHEDULED],
                to=BroadcastState.RUNNING,
                started_at=now,
            )
            if not moved:
                return False
            broadcast = await _require(session, broadcast_id)
            story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
            if story is None or story.state is not _STORY_STATES[broadcast.kind]:
                await broadcasts.move(
                    session,
                    broadcast_id,
                    come_from=[BroadcastState.RUNNING],
                    to=BroadcastState.CANCELLED,
                    reason="the story is no longer published",
                    finished_at=now,
                )
                return False
            if broadcast.corrects_id is None:
                audience = await _frozen(session, Audience.load(broadcast.audience), story)
                await broadcasts.change(session, broadcast_id, audience=audience.dump())
                await _let_others_except(session, broadcast_id, story)
                bounds = await _bounds(session, audience)
            else:
                audience = replace(Audience.load(broadcast.audience), told_in=await _told_in(session, story))
                await broadcasts.change(session, broadcast_id, audience=audience.dump())
                bounds = await _message_bounds(session, broadcast.corrects_id)
            await broadcasts.freeze_bodies(session, broadcast_id, self._bodies(await pushed(session, story)))
            await broadcasts.add_ranges(session, broadcast_id, bounds)
            await broadcasts.finish(session, broadcast_id, now=now)
            return True

    async def _expect(self, broadcast_id: int) -> None:
        """Note how many are in the Audience, with no lock held while they are counted."""
        async with self._database.snapshots() as session:
            broadcast = await _require(session, broadcast_id)
            audience = Audience.load(broadcast.audience)
            if broadcast.corrects_id is None:
                expected = await broadcasts.count(session, audience)
            else:
                expected = await deliveries.count_messages(
                    session, broadcast.corrects_id, since=audience.since
                )
        async with self._database.sessions.begin() as session:
            await broadcasts.change(session, broadcast_id, expected=expected)

    async def _move(
        self,
        broadcast_id: int,
        come_from: Sequence[BroadcastState],
        to: BroadcastState,
        actor: str,
        action: str,
        **values: object,
    ) -> None:
        async with self._database.sessions.begin() as session:
            if not await broadcasts.move(session, broadcast_id, come_from=come_from, to=to, **values):
                broadcast = await _require(session, broadcast_id)
                raise RefusedError(
                    mark("Broadcast {number} is {state}: it cannot be changed so."),
                    number=broadcast_id,
                    state=broadcast.state.value,
                )
            await self._record(session, actor, action, broadcast_id)
            if to is BroadcastState.RUNNING:  # no worker would notice that nothing of it is left to do
                await broadcasts.finish(session, broadcast_id, now=self._clock())

    async def _record(self, session: AsyncSession, actor: str, action: str, broadcast_id: int) -> None:
        await audit.record(
            session,
            at=self._clock(),
            actor=actor,
            action=action,
            subject="broadcast",
            subject_id=broadcast_id,
        )


async def pushed(session: AsyncSession, story: Story) -> Pushed:
    """What the Bodies of a Story's Broadcast are made of."""
    thread_id = translations.thread_of(story)
    has_past = thread_id is not None and (await threads.goes_on(session, thread_id, story))[0]
    return Pushed(story, await stories.group(session, story), has_past)


async def _frozen(session: AsyncSession, asked: Audience, story: Story) -> Audience:
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
        told_in=await _told_in(session, story),
    )


async def _told_in(session: AsyncSession, story: Story) -> tuple[str, ...]:
    return tuple(Pushed(story, await stories.group(session, story), has_past=False).told)


async def _let_others_except(session: AsyncSession, broadcast_id: int, story: Story) -> None:
    """The pushes of its group that are under way leave out whoever is sent this one from now on."""
    for push in await _pushes_of_others(session, story):
        if push.state in {BroadcastState.RUNNING, BroadcastState.PAUSED}:
            audience = Audience.load(push.audience)
            audience = replace(audience, except_broadcasts=(*audience.except_broadcasts, broadcast_id))
            await broadcasts.change(session, push.id, audience=audience.dump())


async def _pushes_of_others(session: AsyncSession, story: Story) -> Sequence[Broadcast]:
    """The pushes of those that say the same as `story` in other languages."""
    return [push for push in await broadcasts.pushes_of(session, story.id) if push.story_id != story.id]


async def _bounds(session: AsyncSession, audience: Audience) -> list[tuple[int, int]]:
    """The Ranges' first and last ids: no row a person, so that 1.2 million are fanned out in an instant."""
    lowest = await broadcasts.lowest_subscriber(session)
    if not lowest:
        return []
    return _ranges(lowest, audience.highest_id)


async def _message_bounds(session: AsyncSession, push_id: int) -> list[tuple[int, int]]:
    found = await deliveries.message_bounds(session, push_id)
    return _ranges(*found) if found else []


def _ranges(lowest: int, highest: int) -> list[tuple[int, int]]:
    return [(first, min(first + RANGE - 1, highest)) for first in range(lowest, highest + 1, RANGE)]


async def _topic_ids(session: AsyncSession, slugs: Sequence[str]) -> tuple[int, ...]:
    found = {topic.slug: topic.id for topic in await stored_topics.by_slugs(session, slugs)}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise NotFoundError(mark("There is no topic {topic}."), topic=missing[0])
    return tuple(found.values())


async def _require(session: AsyncSession, broadcast_id: int) -> Broadcast:
    broadcast = await broadcasts.get(session, broadcast_id)
    if broadcast is None:
        raise NotFoundError(mark("There is no broadcast {number}."), number=broadcast_id)
    return broadcast
