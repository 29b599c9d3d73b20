"""Control: what editors do with a Broadcast that was scheduled, is running, or has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts import audiences
from bot.broadcasts.audiences import RenderBodies
from bot.broadcasts.reasons import RefusalsInARow
from bot.clock import Clock
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage import audit
from storage.broadcasts import broadcasts, cards, reopening
from storage.broadcasts.broadcasts import Audience
from storage.database import Database
from storage.deliveries import receipts
from storage.models import Broadcast
from storage.stories import stories
from storage.words import BroadcastKind, BroadcastState, StoryState

LONG_AGO = timedelta(hours=1)
"""A push that is so late does not start by itself: its hour was chosen, and editors are asked."""

KEPT = timedelta(days=180)
"""Receipts of a Broadcast that ended so long ago are removed, but for those of what is still held.

Half a year of a daily push to 1.2 million is some 20 GB of them."""

_REOPENED_UNTIL = KEPT - timedelta(days=7)  # without its receipts everybody would seem to have missed it
_PRUNED_AT_ONCE = 5_000  # receipts in one transaction: some 20 ms on either database
_PRUNED_A_TURN = 200  # transactions of one turn of the duty

OVERDUE = mark("its hour passed while the bot did not run")
"""The reason of a scheduled Broadcast that waits for an editor's word."""

STORY_STATES = {  # what a Story must be for its Broadcast to be sent
    BroadcastKind.PUSH: StoryState.PUBLISHED,
    BroadcastKind.CORRECTION: StoryState.PUBLISHED,
    BroadcastKind.WITHDRAWAL: StoryState.WITHDRAWN,
}
_UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)
_IT_IS = {
    BroadcastState.DRAFT: mark("Broadcast {number} is a draft: nothing was sent yet."),
    BroadcastState.SCHEDULED: mark("Broadcast {number} is scheduled: it has not started yet."),
    BroadcastState.RUNNING: mark("Broadcast {number} is running already."),
    BroadcastState.PAUSED: mark("Broadcast {number} is paused."),
    BroadcastState.FINISHED: mark("Broadcast {number} is finished already."),
    BroadcastState.CANCELLED: mark("Broadcast {number} was cancelled: start a new one."),
}


class Control:
    """The use cases of whoever watches over a Broadcast; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, bodies: RenderBodies) -> None:
        self._database = database
        self._clock = clock
        self._bodies = bodies

    async def pause(self, broadcast_id: int, *, actor: str, reason: str | None = None) -> None:
        """Workers stop sending it within about a second; what they hold is settled."""
        await self._move(
            broadcast_id, [BroadcastState.RUNNING], BroadcastState.PAUSED, actor, "pause", reason=reason
        )

    async def pause_itself(self, broadcast_id: int, reason: RefusalsInARow) -> None:
        """The same by a worker's own decision; editors are told why (`untold`, `note_told`)."""
        running, paused = BroadcastState.RUNNING, BroadcastState.PAUSED
        await self._move(
            broadcast_id, [running], paused, "worker", "pause", reason=reason.dump(), untold=True
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

    async def send_now(self, broadcast_id: int, *, actor: str) -> None:
        """Do not wait for the hour of a scheduled one; nor longer, where it has passed."""
        scheduled = BroadcastState.SCHEDULED
        now = self._clock()
        await self._move(broadcast_id, [scheduled], scheduled, actor, "send now", start_at=now, reason=None)

    async def go_on_unpaid(self, broadcast_id: int, reason: str) -> None:
        """Telegram takes no Stars for it: it goes on at the free rate."""
        async with self._database.transaction() as session:
            await broadcasts.change(session, broadcast_id, paid=False, reason=reason[:200])
            await self._record(session, "worker", "go on unpaid", broadcast_id)

    async def note_overdue(self) -> None:
        """Note the pushes whose hour passed long ago as such; editors are asked about them."""
        before = self._clock() - LONG_AGO
        async with self._database.read() as session:
            found = await broadcasts.overdue(session, before=before)
        if not found:
            return
        async with self._database.transaction() as session:
            for one in found:
                await broadcasts.note_overdue(session, one, before, reason=OVERDUE)

    async def untold(self) -> Sequence[Broadcast]:
        """The Broadcasts that wait for an editor's word, and of which editors do not know yet."""
        async with self._database.read() as session:
            return await broadcasts.untold(session)

    async def note_told(self, broadcast_id: int) -> None:
        """Every editor that can be reached knows that it waits."""
        async with self._database.transaction() as session:
            await broadcasts.change(session, broadcast_id, untold=False)

    async def prune(self) -> int:
        """Remove receipts that nobody needs any more, a turn's worth, while all else goes on: how many."""
        pruned = 0
        for _ in range(_PRUNED_A_TURN):
            async with self._database.read() as session:
                found = await receipts.oldest_to_prune(session, before=self._clock() - KEPT)
            if found is None:
                break
            async with self._database.transaction() as session:
                pruned += await receipts.prune(session, found, limit=_PRUNED_AT_ONCE)
        return pruned

    async def failures(self, broadcast_id: int) -> int:
        """How many would be tried again."""
        async with self._database.read() as session:
            return _size(await reopening.failures(session, broadcast_id))

    async def retry(self, broadcast_id: int, *, actor: str, starter: int | None = None) -> int:
        """Try those again whose message failed: how many. RefusedError where there are none.

        `starter` is the chat that is told of the progress.
        """
        async with self._database.transaction() as session:
            broadcast = await self._lock(session, broadcast_id)
            again = await reopening.failures(session, broadcast_id)
            if not again:
                raise RefusedError(mark("Nobody is left to try again."))
            await self._reopen(session, broadcast, again, number=_size(again), more=0, starter=starter)
            await self._record(session, actor, "retry", broadcast_id)
            return _size(again)

    async def missing(self, broadcast_id: int) -> int:
        """How many are in the Audience now and were not sent it: they joined or came back later."""
        async with self._database.read() as session:
            return (await _missing(session, await require(session, broadcast_id))).number

    async def send_to_missing(self, broadcast_id: int, *, actor: str, starter: int | None = None) -> int:
        """Send it to those too who joined or came back meanwhile: how many. RefusedError for none."""
        async with self._database.transaction() as session:
            broadcast = await self._lock(session, broadcast_id)
            if broadcast.kind is not BroadcastKind.PUSH:
                raise RefusedError(mark("Only a push can be sent to those who missed it."))
            missing = await _missing(session, broadcast)
            if not missing.number:
                raise RefusedError(mark("Nobody missed it: all who would get it now have it."))
            if missing.newcomers:
                bounds = audiences.split(missing.known_until + 1, missing.audience.highest_id)
                await broadcasts.add_ranges(session, broadcast_id, bounds)
                await broadcasts.change(session, broadcast_id, audience=missing.audience.dump())
            await self._reopen(
                session,
                broadcast,
                missing.in_ranges,
                number=missing.number,
                more=missing.number,
                starter=starter,
            )
            await self._record(session, actor, "send to those who missed it", broadcast_id)
            return missing.number

    async def _lock(self, session: AsyncSession, broadcast_id: int) -> Broadcast:
        """A Broadcast that can be sent on; nobody else changes it until we are through."""
        await broadcasts.lock(session, broadcast_id)
        broadcast = await require(session, broadcast_id)
        if broadcast.state not in (*_UNDER_WAY, BroadcastState.FINISHED):
            raise unchangeable(broadcast)
        if broadcast.finished_at and broadcast.finished_at < self._clock() - _REOPENED_UNTIL:
            raise RefusedError(mark("That was too long ago: who got it is not known any more. Push it anew."))
        if broadcast.story is None:
            raise RefusedError(mark("A digest cannot be sent on: the next one has all that is held by then."))
        if broadcast.story.state is not STORY_STATES.get(broadcast.kind):
            raise RefusedError(mark("Readers do not see its story any more: nothing is sent."))
        return broadcast

    async def _reopen(
        self,
        session: AsyncSession,
        broadcast: Broadcast,
        again: Mapping[int, Sequence[int]],
        *,
        number: int,
        more: int,
        starter: int | None,
    ) -> None:
        """Open Ranges; a finished Broadcast runs again, with its Story as it is now.

        `number` are to be sent to; so many `more` were not expected at the start.
        """
        await reopening.reopen(session, broadcast.id, again)
        if broadcast.state in _UNDER_WAY:
            await broadcasts.change(session, broadcast.id, expected=Broadcast.expected + more)
            return
        story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
        if story is None:
            raise LookupError("a broadcast without its story")
        await broadcasts.renew_bodies(
            session, broadcast.id, self._bodies(await audiences.pushed(session, story))
        )
        progress = await broadcasts.progress(session, broadcast.id)
        await cards.set_open(session, broadcast.id, is_open=True)
        await broadcasts.change(
            session,
            broadcast.id,
            state=BroadcastState.RUNNING,
            finished_at=None,
            expected=progress.done - progress.more + number,
            started_by=starter,
        )

    async def _move(
        self,
        broadcast_id: int,
        come_from: Sequence[BroadcastState],
        to: BroadcastState,
        actor: str,
        action: str,
        **values: object,
    ) -> None:
        async with self._database.transaction() as session:
            if not await broadcasts.move(session, broadcast_id, come_from=come_from, to=to, **values):
                raise unchangeable(await require(session, broadcast_id))
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


@dataclass(frozen=True, slots=True)
class _Missing:
    """Who missed a Broadcast: those in its Ranges, and how many `newcomers` past their end."""

    audience: Audience
    known_until: int
    in_ranges: Mapping[int, Sequence[int]]
    newcomers: int

    @property
    def number(self) -> int:
        return _size(self.in_ranges) + self.newcomers


async def _missing(session: AsyncSession, broadcast: Broadcast) -> _Missing:
    before = Audience.load(broadcast.audience)
    audience = replace(before, highest_id=await broadcasts.highest_subscriber(session))
    past = (before.highest_id + 1, audience.highest_id)
    return _Missing(
        audience,
        before.highest_id,
        await reopening.missing(session, broadcast.id, audience),
        await broadcasts.count(session, audience, ids=past),
    )


def _size(by_range: Mapping[int, Sequence[int]]) -> int:
    return sum(len(found) for found in by_range.values())


def unchangeable(broadcast: Broadcast) -> RefusedError:
    """Why it cannot be done: the state that the Broadcast is in by now."""
    return RefusedError(_IT_IS[broadcast.state], number=broadcast.id)


async def require(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """The Broadcast with its Story; NotFoundError where there is none."""
    broadcast = await broadcasts.get(session, broadcast_id)
    if broadcast is None:
        raise NotFoundError(mark("There is no broadcast {number}."), number=broadcast_id)
    return broadcast
