"""Broadcasts: from scheduled to finished, and how far they are."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.delivery import audiences, pushes
from bot.delivery.control import LONG_AGO, STORY_STATES, Control, require
from bot.delivery.pushes import Push, require_soon
from bot.errors import NotFoundError, RefusedError
from bot.texts import mark
from storage import broadcasts, deliveries, drafts, stories
from storage.broadcasts import Audience, Progress
from storage.models import Broadcast
from storage.words import BroadcastState, StoryState

log = logging.getLogger(__name__)

NOT_PUBLISHED = mark("the story is no longer published")


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
        return max(0, (self.broadcast.expected or 0) - self.progress.done)


class Broadcasts(Control):
    """The use cases around a Broadcast; each is one transaction. `bodies` renders a Story for everyone."""

    async def schedule(
        self,
        story_id: int,
        *,
        at: datetime | None = None,
        topics: Sequence[str] = (),  # slugs
        languages: Sequence[str] = (),
        paid: bool = False,
        seen: int = 0,
        actor: str,
    ) -> int:
        """Have a published Story pushed, now or at a later hour: the Broadcast's id.

        `seen` is how many pushes of it `pushes_of` has shown; SentBeforeError where there are others by now.
        """
        now = self._clock()
        require_soon(at, now)
        async with self._database.sessions.begin() as session:
            await stories.lock(session, story_id)
            story = await stories.get(session, story_id)
            if story is None:
                raise NotFoundError(mark("There is no story {number}."), number=story_id)
            if story.state is not StoryState.PUBLISHED:
                raise RefusedError(
                    mark("Story {number} is not published: comeback story publish {number}"), number=story_id
                )
            audience = Audience(topics=await audiences.topic_ids(session, topics), languages=tuple(languages))
            broadcast = await broadcasts.draft(session, story_id=story_id, now=now, audience=audience)
            await drafts.change(session, broadcast.id, start_at=at, paid=paid)
            await pushes.schedule(session, broadcast.id, story_id, now=now, seen=seen)
            await self._record(session, actor, "schedule", broadcast.id)
            return broadcast.id

    async def pushes_of(self, story_id: int) -> Sequence[Push]:
        """The pushes of this very Story so far, newest first."""
        async with self._database.snapshots() as session:
            found = await pushes.of(session, story_id)
        return [push for push in found if push.broadcast.story_id == story_id]

    async def reach(self, story_id: int, *, topics: Sequence[str] = (), languages: Sequence[str] = ()) -> int:
        """How many would get it if it started now."""
        async with self._database.snapshots() as session:
            story = await stories.get(session, story_id)
            if story is None:
                raise NotFoundError(mark("There is no story {number}."), number=story_id)
            asked = Audience(topics=await audiences.topic_ids(session, topics), languages=tuple(languages))
            return await broadcasts.count(session, await audiences.frozen(session, asked, story))

    async def start_due(self, began: Callable[[], None] | None = None) -> list[int]:
        """Start every Broadcast whose hour has come: freeze its Bodies and Audience, make its Ranges.

        A push whose hour passed long ago is left to `take_overdue`.
        `began` is called as soon as one may be sent; then how many are expected is counted, which takes about
        a second for 1.2 million on SQLite and must hold up neither the first message nor anybody who writes.
        One that cannot be started is logged, tried again next time, and holds up no other.
        """
        async with self._database.snapshots() as session:
            waiting = await broadcasts.due(session, now=self._clock(), longest=LONG_AGO)
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

    async def status(self, broadcast_id: int) -> BroadcastStatus:
        async with self._database.snapshots() as session:
            broadcast = await require(session, broadcast_id)
            return BroadcastStatus(broadcast, await broadcasts.progress(session, broadcast_id))

    async def listed(self, limit: int | None = None) -> Sequence[Broadcast]:
        """All of them, or the newest `limit`, newest first."""
        async with self._database.snapshots() as session:
            return await broadcasts.every(session, limit)

    async def watched(self) -> Sequence[BroadcastStatus]:
        """Those whose progress an editor is told of, under way or just ended."""
        async with self._database.snapshots() as session:
            return [
                BroadcastStatus(one, await broadcasts.progress(session, one.id))
                for one in await broadcasts.watched(session)
            ]

    async def tell_in(self, broadcast_id: int, message_id: int | None) -> None:
        """Its progress is told in this message of the editor's chat; None: all of it was told."""
        async with self._database.sessions.begin() as session:
            await broadcasts.change(session, broadcast_id, progress_message_id=message_id)

    async def tell_nobody(self, broadcast_id: int) -> None:
        """The editor cannot be told, or does not want to be."""
        async with self._database.sessions.begin() as session:
            await broadcasts.change(session, broadcast_id, started_by=None, progress_message_id=None)

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
            broadcast = await require(session, broadcast_id)
            story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
            if story is None or story.state is not STORY_STATES[broadcast.kind]:
                await broadcasts.move(
                    session,
                    broadcast_id,
                    come_from=[BroadcastState.RUNNING],
                    to=BroadcastState.CANCELLED,
                    reason=NOT_PUBLISHED,
                    finished_at=now,
                )
                return False
            if broadcast.corrects_id is None:
                audience = await audiences.frozen(session, Audience.load(broadcast.audience), story)
                await broadcasts.change(session, broadcast_id, audience=audience.dump())
                await audiences.let_others_except(session, broadcast_id, story)
                bounds = await audiences.bounds(session, audience)
            else:
                audience = replace(
                    Audience.load(broadcast.audience), told_in=await audiences.told_in(session, story)
                )
                await broadcasts.change(session, broadcast_id, audience=audience.dump())
                bounds = await audiences.message_bounds(session, broadcast.corrects_id)
            bodies = self._bodies(await audiences.pushed(session, story))
            await broadcasts.freeze_bodies(session, broadcast_id, bodies)
            await broadcasts.add_ranges(session, broadcast_id, bounds)
            await broadcasts.finish(session, broadcast_id, now=now)
            return True

    async def _expect(self, broadcast_id: int) -> None:
        """Note how many are in the Audience, with no lock held while they are counted."""
        async with self._database.snapshots() as session:
            broadcast = await require(session, broadcast_id)
            audience = Audience.load(broadcast.audience)
            if broadcast.corrects_id is None:
                expected = await broadcasts.count(session, audience)
            else:
                expected = await deliveries.count_messages(
                    session, broadcast.corrects_id, since=audience.since
                )
        async with self._database.sessions.begin() as session:
            await broadcasts.change(session, broadcast_id, expected=expected)
