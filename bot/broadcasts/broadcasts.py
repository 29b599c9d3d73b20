"""Use cases that schedule and start Broadcasts, and report their progress."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.reports import audience_of
from bot.broadcasts import audiences, embargo, pushes
from bot.broadcasts.agreement import Agreement, SecondNeededError
from bot.broadcasts.audiences import RenderBodies
from bot.broadcasts.bodies import payloads_of
from bot.broadcasts.pilots import pilot
from bot.broadcasts.pilots.pilot import Pilot, PilotChanges
from bot.broadcasts.pushes import Push, require_soon
from bot.clock import Clock
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from bot.logs import correlated
from bot.stories.locks import require as require_story
from storage.audit import AuditLog
from storage.broadcasts import aftermaths, bodies, broadcasts, lists, preparation
from storage.broadcasts.aftermaths import Deeds
from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import BroadcastChanges, Progress
from storage.database import Database
from storage.deliveries import outages, receipts, sent_messages
from storage.models import Broadcast, Story
from storage.stories import stories
from storage.words import CONFIRMED, ENDED, BroadcastKind, BroadcastState, StoryState

log = logging.getLogger(__name__)

LONG_AGO = timedelta(hours=1)
"""A push that is later than this does not start by itself: editors chose its hour, and are asked."""

KEPT = timedelta(days=180)
"""How long after the end of a Broadcast its receipts are kept by default; those of held ones are kept longer.

Half a year of a daily push to 1.2 million Subscribers is some 20 GB of receipts."""

_PRUNED_AT_ONCE = 5_000  # receipts in one transaction: some 20 ms on either database
_PRUNED_A_TURN = 200  # transactions of one turn of the duty

NOT_PUBLISHED = mark("the story is no longer published")
OVERDUE = mark("its time passed while the bot was not running")
"""The reason of a scheduled Broadcast that waits until an editor decides."""

STORY_STATES = {
    BroadcastKind.PUSH: StoryState.PUBLISHED,
    BroadcastKind.CORRECTION: StoryState.PUBLISHED,
    BroadcastKind.WITHDRAWAL: StoryState.WITHDRAWN,
}
"""The state of the Story in which a Broadcast of this kind may be sent."""


@dataclass(frozen=True, slots=True)
class BroadcastStatus:
    """A Broadcast, and how far it is. `outage_since`: since when Telegram does not answer.

    `deeds`: what readers did within 48 hours after it reached them. `pilot`: its pilot wave, if it has one.
    `at`: when this was read.
    """

    broadcast: Broadcast
    progress: Progress
    outage_since: datetime | None = None
    deeds: Deeds = aftermaths.NONE
    pilot: Pilot | None = None
    at: datetime | None = None

    @property
    def average(self) -> float | None:
        """The messages a second since it began; None where none was sent, or that is not known."""
        began, done = self.broadcast.started_at, self.progress.done
        if began is None or self.at is None or self.at <= began or not done:
            return None
        return done / (self.at - began).total_seconds()

    @property
    def waiting(self) -> int:
        """How many of those expected have no outcome yet (some may have left meanwhile)."""
        if self.broadcast.state in ENDED:
            return 0
        return max(0, self.expected - self.progress.done)

    @property
    def expected(self) -> int:
        """How many were in the Audience at the start, or were added later."""
        return (self.broadcast.expected or 0) + self.progress.more

    @property
    def part_done(self) -> float:
        """The part of the recipients with an outcome, from 0 to 1.

        A cancelled Broadcast stays where it was: those who were not sent it will not be.
        """
        is_cancelled = self.broadcast.state is BroadcastState.CANCELLED
        done = self.progress.done
        total = max(done + self.waiting, self.expected if is_cancelled else 0)
        return done / total if total else float(self.broadcast.state in ENDED and not is_cancelled)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and is held for nobody any more."""
        return self.broadcast.state in ENDED and not self.progress.held

    @property
    def shown(self) -> tuple[object, ...]:
        """All values that a Card follows; it shows the newest `deeds` when somebody looks at it."""
        broadcast = self.broadcast
        return broadcast.state, broadcast.start_at, broadcast.expected, broadcast.reason, self.progress


class Broadcasts:
    """The use cases that schedule, start and list Broadcasts; each is one transaction unless it says more."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        agreement: Agreement,
        render_bodies: RenderBodies,
        *,
        receipts_kept: timedelta = KEPT,
    ) -> None:
        self._receipts_kept = receipts_kept
        self._database = database
        self._clock = clock
        self._agreement = agreement
        self._audit = AuditLog("broadcast", clock)
        self._story_audit = AuditLog("story", clock)
        self._render_bodies = render_bodies

    async def schedule(
        self,
        story_id: int,
        *,
        at: datetime | None = None,
        topics: Sequence[str] = (),
        languages: Sequence[str] = (),
        paid: bool = False,
        pilot_minutes: int | None = None,
        seen: int = 0,
        actor: str,
    ) -> int:
        """Schedule a push of a published Story, now or at a later hour. Return the Broadcast's id.

        If another person has to agree, it stays in preparation, and editors are asked. `topics` are slugs.
        `pilot_minutes` is how long the others wait after a pilot wave; None: everybody gets it at once.
        `seen` is how many pushes of it the person was shown (`pushes_of`). Raises SentBeforeError if there
        are others by now, NotFoundError without the Story or a Topic, RefusedError if the Story is not
        published, InvalidInputError for an hour that is past or a pilot wave that is not offered.
        """
        now = self._clock()
        require_soon(at, now)
        pilot.require_minutes(pilot_minutes)
        async with self._database.transaction() as session:
            await stories.lock(session, story_id)
            story = await require_story(session, story_id)
            if story.state is not StoryState.PUBLISHED:
                raise RefusedError(
                    mark("Story {number} is not published. To publish it: comeback story publish {number}"),
                    number=story_id,
                )
            audience = Audience(topics=await audiences.topic_ids(session, topics), languages=tuple(languages))
            broadcast = await broadcasts.add(session, story_id=story_id, now=now, audience=audience)
            choices: BroadcastChanges = {"start_at": at, "paid": paid, "pilot_minutes": pilot_minutes}
            await preparation.change(session, broadcast.id, **choices)
            try:
                await pushes.schedule(
                    session, broadcast.id, story_id, self._agreement, actor=actor, now=now, seen=seen
                )
            except SecondNeededError:
                await preparation.change(session, broadcast.id, asked_by=actor, untold=True)
                await self._audit.record(session, actor, "ask to send", broadcast.id)
            else:
                await self._audit.record(session, actor, "schedule", broadcast.id)
            return broadcast.id

    async def pushes_of(self, story_id: int) -> Sequence[Push]:
        """Return the pushes of this very Story, without those of its Translations, newest first."""
        async with self._database.read() as session:
            found = await pushes.of(session, story_id)
        return [push for push in found if push.broadcast.story_id == story_id]

    async def reach(self, story_id: int, *, topics: Sequence[str] = (), languages: Sequence[str] = ()) -> int:
        """Return how many Subscribers would get a push of the Story that started now."""
        async with self._database.read() as session:
            story = await require_story(session, story_id)
            asked = Audience(topics=await audiences.topic_ids(session, topics), languages=tuple(languages))
            audience = await audiences.freeze(session, asked, story, self._clock())
            return await broadcasts.count(session, audience)

    async def start_due(self, began: Callable[[], None] | None = None) -> list[int]:
        """Start each Broadcast whose hour has come, in a transaction of its own. Return their ids.

        A push whose hour passed more than LONG_AGO ago is left to `note_overdue`. `began` is called as soon
        as a Broadcast may be sent; its Audience is counted afterwards, since that takes about a second for
        1.2 million Subscribers on SQLite, and must delay neither the first message nor other writers. A
        Broadcast that cannot be started is logged, tried again next time, and delays no other.
        """
        async with self._database.read() as session:
            due = await broadcasts.due_to_start(session, now=self._clock(), longest=LONG_AGO)
        started: list[int] = []
        for broadcast_id in due:
            with correlated("broadcast", broadcast_id):
                try:
                    if await self._start(broadcast_id, await self._pilot_of(broadcast_id)):
                        started.append(broadcast_id)
                        if began is not None:
                            began()
                        await self._count_expected(broadcast_id)
                except Exception:  # whatever it is, it concerns this Broadcast alone
                    log.exception("a broadcast could not be started", extra={"broadcast": broadcast_id})
        return started

    async def note_overdue(self) -> None:
        """Mark the pushes whose hour passed more than LONG_AGO ago, so that editors are asked about them."""
        before = self._clock() - LONG_AGO
        async with self._database.read() as session:
            found = await broadcasts.overdue(session, before=before)
        if not found:
            return
        async with self._database.transaction() as session:
            for one in found:
                await broadcasts.note_overdue(session, one, before, reason=OVERDUE)

    async def status(self, broadcast_id: int) -> BroadcastStatus:
        """Return how far a Broadcast is. Raises NotFoundError where there is none."""
        async with self._database.read() as session:
            broadcast = await require(session, broadcast_id)
            progress = await broadcasts.progress(session, broadcast_id)
            is_running, now = broadcast.state is BroadcastState.RUNNING, self._clock()
            since = await outages.since(session, now=now) if is_running else None
            wave = Pilot.of(broadcast, progress.sent, await pilot.left_of(session, broadcast))
            deeds = await aftermaths.of(session, broadcast_id)
            return BroadcastStatus(broadcast, progress, since, deeds, wave, now)

    async def is_scheduled(self, broadcast_id: int) -> bool:
        """Return whether it was confirmed and waits for its hour."""
        async with self._database.read() as session:
            found = await broadcasts.get(session, broadcast_id)
            return found is not None and found.state is BroadcastState.SCHEDULED

    async def listed(
        self, limit: int | None = None, *, states: Collection[BroadcastState] = CONFIRMED
    ) -> Sequence[Broadcast]:
        """Return the Broadcasts in these states, newest first: all of them, or `limit`."""
        async with self._database.read() as session:
            return await lists.newest(session, limit, states=states)

    async def prune(self) -> int:
        """Delete receipts that are older than is set, in many short transactions. Return how many."""
        pruned = 0
        for _ in range(_PRUNED_A_TURN):
            async with self._database.read() as session:
                found = await receipts.oldest_to_prune(session, before=self._clock() - self._receipts_kept)
            if found is None:
                break
            async with self._database.transaction() as session:
                pruned += await receipts.prune(session, found, limit=_PRUNED_AT_ONCE)
        return pruned

    async def _pilot_of(self, broadcast_id: int) -> PilotChanges:
        """Return what its pilot wave changes in a Broadcast that starts; no lock is held meanwhile."""
        async with self._database.read() as session:
            return await pilot.at_start(session, await require(session, broadcast_id), self._clock())

    async def _start(self, broadcast_id: int, pilot_changes: PilotChanges) -> bool:
        """Start a scheduled Broadcast. Return False if another process did, or if it was cancelled."""
        now = self._clock()
        async with self._database.transaction() as session:
            moved = await broadcasts.move(
                session,
                broadcast_id,
                come_from=[BroadcastState.SCHEDULED],
                to=BroadcastState.RUNNING,
                started_at=now,
                **pilot_changes,
            )
            if not moved:
                return False
            broadcast = await require(session, broadcast_id)
            await embargo.lift(session, broadcast, now, self._story_audit)
            bounds = await _freeze_audience(session, broadcast, now)
            payloads = await payloads_of(session, broadcast, self._render_bodies)
            if bounds is None or payloads is None:
                await broadcasts.move(
                    session,
                    broadcast_id,
                    come_from=[BroadcastState.RUNNING],
                    to=BroadcastState.CANCELLED,
                    reason=NOT_PUBLISHED,
                    finished_at=now,
                )
                return False
            await bodies.freeze(session, broadcast_id, payloads)
            await broadcasts.add_ranges(session, broadcast_id, bounds)
            await broadcasts.finish(session, broadcast_id, now=now)
            return True

    async def _count_expected(self, broadcast_id: int) -> None:
        """Count the Audience and store the number, with no lock while it is counted."""
        async with self._database.read() as session:
            broadcast = await require(session, broadcast_id)
            audience = Audience.of(broadcast)
            if broadcast.corrects_id is None:
                expected = await broadcasts.count(session, audience)
            else:
                expected = await sent_messages.count(session, broadcast.corrects_id, since=audience.since)
        async with self._database.transaction() as session:
            await broadcasts.change(session, broadcast_id, expected=expected)


async def _freeze_audience(
    session: AsyncSession, broadcast: Broadcast, now: datetime
) -> Sequence[tuple[int, int]] | None:
    """Freeze the Audience of a Broadcast that starts. Return the bounds of its Ranges.

    Return None if readers may not see what it sends (any more).
    """
    if broadcast.report is not None:
        audience = await audience_of(session, broadcast.report.appeal_id)
        await broadcasts.change(session, broadcast.id, audience=audience)
        return await broadcasts.runs(session, audience, size=audiences.RANGE)
    story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
    if story is None or story.state is not STORY_STATES.get(broadcast.kind):
        return None
    return await _freeze_for_story(session, broadcast, story, now)


async def _freeze_for_story(
    session: AsyncSession, broadcast: Broadcast, story: Story, now: datetime
) -> Sequence[tuple[int, int]]:
    """Freeze the Audience of a push, correction or withdrawal. Return the bounds of its Ranges."""
    asked = Audience.of(broadcast)
    if broadcast.corrects_id is not None:
        languages = await audiences.story_languages(session, story)
        await broadcasts.change(session, broadcast.id, audience=replace(asked, story_languages=languages))
        return await audiences.message_bounds(session, broadcast.corrects_id)
    audience = await audiences.freeze(session, asked, story, now)
    await broadcasts.change(session, broadcast.id, audience=audience)
    await audiences.exclude_from_other_pushes(session, broadcast.id, story)
    return await audiences.bounds(session, audience)


async def require(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """Return the Broadcast with its Story or Report. Raises NotFoundError where there is none."""
    broadcast = await broadcasts.get(session, broadcast_id)
    if broadcast is None:
        raise NotFoundError(mark("There is no broadcast {number}."), number=broadcast_id)
    return broadcast
