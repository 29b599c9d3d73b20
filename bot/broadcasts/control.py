"""Controlling a Broadcast: pause, resume, cancel, send now, retry, send to those who missed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts import audiences, embargo
from bot.broadcasts.audiences import RenderBodies
from bot.broadcasts.bodies import payloads_of
from bot.broadcasts.broadcasts import KEPT, STORY_STATES, require
from bot.broadcasts.pilots import pilots
from bot.broadcasts.pushes import require_soon
from bot.broadcasts.reasons import RESTORED, RefusalsInARow
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import RefusedError
from bot.i18n import mark
from storage.audit import AuditLog
from storage.broadcasts import bodies, broadcasts, cards, reopening
from storage.broadcasts import pilots as stored_pilots
from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import BroadcastChanges
from storage.database import Database
from storage.deliveries import given_up
from storage.models import Broadcast
from storage.words import OPEN, UNDER_WAY, BroadcastKind, BroadcastState

_PRUNED_SOON = timedelta(days=7)  # without its receipts everybody would seem to have missed a push
_LONGEST_REASON = 200  # characters

_REFUSALS = {
    BroadcastState.PREPARING: mark("Broadcast {number} is still being prepared: nothing has been sent yet."),
    BroadcastState.SCHEDULED: mark("Broadcast {number} is scheduled: it has not started yet."),
    BroadcastState.RUNNING: mark("Broadcast {number} is already running."),
    BroadcastState.PAUSED: mark("Broadcast {number} is paused."),
    BroadcastState.FINISHED: mark("Broadcast {number} is already finished."),
    BroadcastState.CANCELLED: mark("Broadcast {number} was cancelled: start a new one."),
}


class Control:
    """The use cases of editors and workers around a Broadcast that was scheduled. Each is one transaction.

    Those that change the state raise RefusedError where the present state does not allow it, and
    NotFoundError where there is no such Broadcast. Every editor may pause; all else takes the right to
    publish.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights,
        render_bodies: RenderBodies,
        *,
        receipts_kept: timedelta = KEPT,
    ) -> None:
        self._reopened_for = receipts_kept - _PRUNED_SOON
        self._database = database
        self._clock = clock
        self._rights = rights
        self._audit = AuditLog("broadcast", clock)
        self._story_audit = AuditLog("story", clock)
        self._render_bodies = render_bodies

    async def pause(self, broadcast_id: int, *, actor: str, reason: str | None = None) -> None:
        """Pause a running Broadcast. Workers stop within about a second and settle what is on the wire."""
        running, paused = [BroadcastState.RUNNING], BroadcastState.PAUSED
        await self._move(broadcast_id, running, paused, actor, "pause", reason=reason)

    async def pause_itself(self, broadcast_id: int, reason: RefusalsInARow) -> None:
        """Pause a running Broadcast by a worker's decision; editors are notified (see `unannounced`)."""
        running, paused = [BroadcastState.RUNNING], BroadcastState.PAUSED
        stored = reason.dump()
        await self._move(broadcast_id, running, paused, "worker", "pause", reason=stored, untold=True)

    async def resume(self, broadcast_id: int, *, actor: str) -> None:
        """Resume a paused Broadcast. It finishes at once if its last Range was closed meanwhile.

        One that paused itself because too many left after its pilot wave is sent to the others.
        """
        paused, running = [BroadcastState.PAUSED], BroadcastState.RUNNING
        await self._move(broadcast_id, paused, running, actor, "resume", reason=None)

    async def send_to_rest(self, broadcast_id: int, *, actor: str) -> None:
        """End its pilot wave now: the others get it. Raises RefusedError where there is none."""
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            await broadcasts.lock(session, broadcast_id)
            broadcast = await require(session, broadcast_id)
            if broadcast.state not in UNDER_WAY or broadcast.pilot_below is None:
                raise RefusedError(mark("Broadcast {number} is in no pilot wave."), number=broadcast_id)
            await pilots.settle(session, broadcast)
            await stored_pilots.open_rest(session, broadcast_id)
            running = BroadcastState.RUNNING
            await broadcasts.change(session, broadcast_id, state=running, reason=None, untold=False)
            await self._audit.record(session, actor, "send to the rest", broadcast_id)

    async def cancel(self, broadcast_id: int, *, actor: str) -> None:
        """End a Broadcast for good. What was sent stays sent.

        A Story that waited for the hour of this push waits for review again, which its reason says. Of a
        Digest that waits since a restore, what was held for its readers is dropped.
        """
        cancelled, now = BroadcastState.CANCELLED, self._clock()
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            before = await require(session, broadcast_id)
            if before.kind is BroadcastKind.DIGEST and before.reason == RESTORED:
                await given_up.drop(session, before, now=now)
            await self._move_in(
                session, broadcast_id, actor, "cancel", come_from=OPEN, to=cancelled, finished_at=now
            )
            broadcast = await require(session, broadcast_id)
            left = await embargo.end(session, broadcast, self._story_audit, actor=actor)
            if left is not None:
                await broadcasts.change(session, broadcast_id, reason=left)

    async def choose_hour(
        self, broadcast_id: int, at: datetime, *, seen: datetime | None = None, actor: str
    ) -> None:
        """Let a scheduled push start at another hour. A Story that waits for it is shown only then.

        `seen`: the hour that the editor saw. Raises InvalidInputError for an hour that is past, RefusedError
        if it has another hour by now.
        """
        require_soon(at, self._clock())
        scheduled = BroadcastState.SCHEDULED
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            broadcast = await require(session, broadcast_id)
            if broadcast.kind is not BroadcastKind.PUSH:
                raise RefusedError(mark("Only a push can be moved to another hour."))
            if seen is not None and broadcast.state is scheduled and broadcast.start_at != seen:
                raise RefusedError(
                    mark("Somebody moved this push in the meantime. Load the page again to see its hour.")
                )
            changes: BroadcastChanges = {"start_at": at, "reason": None, "untold": False}
            await self._move_in(
                session, broadcast_id, actor, "choose hour", come_from=[scheduled], to=scheduled, **changes
            )

    async def send_now(self, broadcast_id: int, *, actor: str) -> None:
        """Start a scheduled Broadcast now, whether its hour is still to come or has passed."""
        scheduled, now = BroadcastState.SCHEDULED, self._clock()
        await self._move(broadcast_id, [scheduled], scheduled, actor, "send now", start_at=now, reason=None)

    async def continue_unpaid(self, broadcast_id: int, reason: str) -> None:
        """Send the rest of a paid Broadcast at the free rate: Telegram takes no Stars for it."""
        async with self._database.transaction() as session:
            await broadcasts.change(session, broadcast_id, paid=False, reason=reason[:_LONGEST_REASON])
            await self._audit.record(session, "worker", "go on unpaid", broadcast_id)

    async def unannounced(self) -> Sequence[Broadcast]:
        """Return the Broadcasts that wait for an editor and of which editors were not notified yet."""
        async with self._database.read() as session:
            return await broadcasts.unannounced(session)

    async def mark_announced(self, broadcast_id: int) -> None:
        """Note that each editor who can be reached was notified that the Broadcast waits."""
        async with self._database.transaction() as session:
            await broadcasts.change(session, broadcast_id, untold=False)

    async def failures(self, broadcast_id: int) -> int:
        """Return how many Subscribers `retry` would send it to."""
        async with self._database.read() as session:
            return _size(await reopening.failures(session, broadcast_id))

    async def retry(self, broadcast_id: int, *, actor: str, starter: int | None = None) -> int:
        """Send it again to the Subscribers whose message failed. Return how many.

        `starter` is the chat that gets the progress. Raises RefusedError where none failed.
        """
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            broadcast = await self._lock(session, broadcast_id)
            again = await reopening.failures(session, broadcast_id)
            if not again:
                raise RefusedError(mark("There is nobody left to send it to again."))
            await self._reopen(session, broadcast, again, number=_size(again), more=0, starter=starter)
            await self._audit.record(session, actor, "retry", broadcast_id)
            return _size(again)

    async def missing(self, broadcast_id: int) -> int:
        """Return how many are in the Audience now and were not sent it: they joined or came back later."""
        async with self._database.read() as session:
            return (await _missing(session, await require(session, broadcast_id))).number

    async def send_to_missing(self, broadcast_id: int, *, actor: str, starter: int | None = None) -> int:
        """Send it to the Subscribers who joined or came back after their turn. Return how many.

        `starter` is the chat that gets the progress. Raises RefusedError where there are none.
        """
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            broadcast = await self._lock(session, broadcast_id)
            if broadcast.kind is not BroadcastKind.PUSH:
                raise RefusedError(mark("Only a push can be sent to those who missed it."))
            missing = await _missing(session, broadcast)
            if not missing.number:
                raise RefusedError(mark("Nobody missed it: everyone who should have it has it."))
            if missing.newcomers:
                bounds = audiences.split(missing.known_until + 1, missing.audience.highest_id)
                await broadcasts.add_ranges(session, broadcast_id, bounds)
                await broadcasts.change(session, broadcast_id, audience=missing.audience)
            number, in_ranges = missing.number, missing.in_ranges
            await self._reopen(session, broadcast, in_ranges, number=number, more=number, starter=starter)
            await self._audit.record(session, actor, "send to those who missed it", broadcast_id)
            return number

    async def _lock(self, session: AsyncSession, broadcast_id: int) -> Broadcast:
        """Lock and return a Broadcast that can be sent on. Raises RefusedError for any other one."""
        await broadcasts.lock(session, broadcast_id)
        broadcast = await require(session, broadcast_id)
        if broadcast.state not in (*UNDER_WAY, BroadcastState.FINISHED):
            raise unchangeable(broadcast)
        if broadcast.state in UNDER_WAY and broadcast.pilot_below is not None:
            raise RefusedError(
                mark("Broadcast {number} is in its pilot wave: the others get it afterwards."),
                number=broadcast.id,
            )
        if broadcast.finished_at and broadcast.finished_at < self._clock() - self._reopened_for:
            raise RefusedError(
                mark("That was too long ago: the list of who got it is gone. Push the story again.")
            )
        if broadcast.kind is BroadcastKind.REPORT:
            return broadcast
        if broadcast.story is None:
            raise RefusedError(
                mark("A digest cannot be sent again. The next one includes everything that is waiting.")
            )
        if broadcast.story.state is not STORY_STATES.get(broadcast.kind):
            raise RefusedError(mark("Readers can no longer see this story: nothing is sent."))
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
        """Open the Ranges of the Subscribers `again`. A finished Broadcast runs again, with new Bodies.

        `number` Subscribers are to be sent to; `more` of them were not expected at the start.
        """
        await reopening.reopen(session, broadcast.id, again)
        if broadcast.state in UNDER_WAY:
            await broadcasts.change(session, broadcast.id, expected=Broadcast.expected + more)
            return
        payloads = await payloads_of(session, broadcast, self._render_bodies)
        if payloads is None:
            raise LookupError("a broadcast without its story")
        await bodies.replace(session, broadcast.id, payloads)
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
        **changes: Unpack[BroadcastChanges],
    ) -> None:
        async with self._database.transaction() as session:
            await self._move_in(session, broadcast_id, actor, action, come_from=come_from, to=to, **changes)

    async def _move_in(
        self,
        session: AsyncSession,
        broadcast_id: int,
        actor: str,
        action: str,
        *,
        come_from: Sequence[BroadcastState],
        to: BroadcastState,
        **changes: Unpack[BroadcastChanges],
    ) -> None:
        if to is not BroadcastState.PAUSED:
            await self._rights.require(session, Right.PUBLISH, actor)
        if not await broadcasts.move(session, broadcast_id, come_from=come_from, to=to, **changes):
            raise unchangeable(await require(session, broadcast_id))
        await self._audit.record(session, actor, action, broadcast_id)
        if to is BroadcastState.RUNNING:  # no worker would notice that nothing of it is left to do
            await pilots.go_on(session, await require(session, broadcast_id), now=self._clock())


@dataclass(frozen=True, slots=True)
class _Missing:
    """The Subscribers who missed a Broadcast.

    - `audience`: the Audience with those who joined since.
    - `known_until`: the last id of its Ranges. `in_ranges`: who missed it up to there, by Range.
    - `newcomers`: how many of the Audience have higher ids.
    """

    audience: Audience
    known_until: int
    in_ranges: Mapping[int, Sequence[int]]
    newcomers: int

    @property
    def number(self) -> int:
        return _size(self.in_ranges) + self.newcomers


async def _missing(session: AsyncSession, broadcast: Broadcast) -> _Missing:
    before = Audience.of(broadcast)
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
    """Return the error that names the state which does not allow a change."""
    return RefusedError(_REFUSALS[broadcast.state], number=broadcast.id)
