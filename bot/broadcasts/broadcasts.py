"""Broadcasts: from scheduled to finished, and how far they are."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts import audiences, pushes
from bot.broadcasts.control import LONG_AGO, STORY_STATES, Control, require
from bot.broadcasts.pushes import Push, require_soon
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage.broadcasts import broadcasts, cards, preparation
from storage.broadcasts.broadcasts import Audience, Progress
from storage.broadcasts.cards import CardLocation
from storage.deliveries import outages, sent_messages
from storage.models import Broadcast
from storage.stories import stories
from storage.words import BroadcastState, StoryState

log = logging.getLogger(__name__)

ENDED = {BroadcastState.FINISHED, BroadcastState.CANCELLED}
NOT_PUBLISHED = mark("the story is no longer published")


@dataclass(frozen=True, slots=True)
class BroadcastStatus:
    """A Broadcast, and how far it is."""

    broadcast: Broadcast
    progress: Progress
    outage_since: datetime | None = None  # since when Telegram does not answer

    @property
    def waiting(self) -> int:
        """How many of those expected have no outcome yet (some may have left meanwhile)."""
        if self.broadcast.state in ENDED:
            return 0
        return max(0, self.expected - self.progress.done)

    @property
    def expected(self) -> int:
        """How many were in the Audience at the start, or were let in later."""
        return (self.broadcast.expected or 0) + self.progress.more

    @property
    def is_over(self) -> bool:
        """It has ended, and nobody gets it later any more."""
        return self.broadcast.state in ENDED and not self.progress.held

    @property
    def shown(self) -> tuple[object, ...]:
        """All that editors are shown of it."""
        broadcast = self.broadcast
        return broadcast.state, broadcast.start_at, broadcast.expected, broadcast.reason, self.progress


@dataclass(frozen=True, slots=True)
class BroadcastCards:
    """A Broadcast, and where its Cards are; `is_unshown`: the editor who started it has none yet."""

    broadcast: Broadcast
    places: Sequence[CardLocation]
    is_unshown: bool


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
        async with self._database.transaction() as session:
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
            await preparation.change(session, broadcast.id, start_at=at, paid=paid)
            await pushes.schedule(session, broadcast.id, story_id, now=now, seen=seen)
            await self._record(session, actor, "schedule", broadcast.id)
            return broadcast.id

    async def pushes_of(self, story_id: int) -> Sequence[Push]:
        """The pushes of this very Story so far, newest first."""
        async with self._database.read() as session:
            found = await pushes.of(session, story_id)
        return [push for push in found if push.broadcast.story_id == story_id]

    async def reach(self, story_id: int, *, topics: Sequence[str] = (), languages: Sequence[str] = ()) -> int:
        """How many would get it if it started now."""
        async with self._database.read() as session:
            story = await stories.get(session, story_id)
            if story is None:
                raise NotFoundError(mark("There is no story {number}."), number=story_id)
            asked = Audience(topics=await audiences.topic_ids(session, topics), languages=tuple(languages))
            return await broadcasts.count(session, await audiences.frozen(session, asked, story))

    async def start_due(self, began: Callable[[], None] | None = None) -> list[int]:
        """Start every Broadcast whose hour has come: freeze its Bodies and Audience, make its Ranges.

        A push whose hour passed long ago is left to `note_overdue`.
        `began` is called as soon as one may be sent; then how many are expected is counted, which takes about
        a second for 1.2 million on SQLite and must hold up neither the first message nor anybody who writes.
        One that cannot be started is logged, tried again next time, and holds up no other.
        """
        async with self._database.read() as session:
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
        async with self._database.read() as session:
            broadcast = await require(session, broadcast_id)
            return await self._status(session, broadcast)

    async def listed(self, limit: int | None = None) -> Sequence[Broadcast]:
        """All of them, or the newest `limit`, newest first."""
        async with self._database.read() as session:
            return await broadcasts.every(session, limit)

    async def watched(self) -> Sequence[BroadcastCards]:
        """Those whose Cards may have to change, or whose starter has none yet."""
        async with self._database.read() as session:
            found = await cards.in_need(session)
        places: dict[int, list[CardLocation]] = {broadcast.id: [] for broadcast, _ in found}
        unshown = {broadcast.id for broadcast, place in found if place is None}
        for broadcast, place in found:
            places[broadcast.id] += [place] if place else []
        by_id = {broadcast.id: broadcast for broadcast, _ in found}
        return [BroadcastCards(by_id[one], places[one], one in unshown) for one in sorted(by_id)]

    async def show_in(self, broadcast_id: int, chat_id: int, message_id: int) -> bool:
        """This message is a Card of the Broadcast from now on; False for a chat that we do not know."""
        async with self._database.transaction() as session:
            return await cards.put(session, broadcast_id, CardLocation(chat_id, message_id))

    async def hide(self, chat_id: int, message_id: int) -> None:
        """This message shows no Broadcast from now on: its editor looks elsewhere, and gets no other one."""
        async with self._database.transaction() as session:
            hidden = await cards.remove(session, CardLocation(chat_id, message_id))
            if hidden is not None:
                await broadcasts.leave_alone(session, hidden, chat_id)

    async def tell_nobody(self, broadcast_id: int, chat_id: int) -> None:
        """This editor cannot be sent its progress."""
        async with self._database.transaction() as session:
            await broadcasts.leave_alone(session, broadcast_id, chat_id)

    async def close_cards(self, told: BroadcastStatus) -> None:
        """The Cards show its end, unless it went on since then."""
        broadcast_id = told.broadcast.id
        async with self._database.transaction() as session:
            await cards.lock(session, broadcast_id)
            broadcast = await require(session, broadcast_id)
            now = BroadcastStatus(broadcast, await broadcasts.progress(session, broadcast_id))
            if now.shown == told.shown:
                await cards.set_open(session, broadcast_id, is_open=False)

    async def _status(self, session: AsyncSession, broadcast: Broadcast) -> BroadcastStatus:
        progress = await broadcasts.progress(session, broadcast.id)
        is_running = broadcast.state is BroadcastState.RUNNING
        since = await outages.since(session, now=self._clock()) if is_running else None
        return BroadcastStatus(broadcast, progress, since)

    async def _start(self, broadcast_id: int) -> bool:
        """False where another process was quicker, or somebody cancelled it."""
        now = self._clock()
        async with self._database.transaction() as session:
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
        async with self._database.read() as session:
            broadcast = await require(session, broadcast_id)
            audience = Audience.load(broadcast.audience)
            if broadcast.corrects_id is None:
                expected = await broadcasts.count(session, audience)
            else:
                expected = await sent_messages.count(session, broadcast.corrects_id, since=audience.since)
        async with self._database.transaction() as session:
            await broadcasts.change(session, broadcast_id, expected=expected)
