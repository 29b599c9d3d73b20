"""Review of drafts: which ones wait, and an editor's decision about one."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import RefusedError
from bot.i18n import mark
from bot.stories import conflicts
from bot.stories.locks import lock_version, locked, require
from bot.stories.review.decisions import Decision, Outcome
from bot.stories.review.release import release
from storage.audit import AuditLog
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Broadcast, PendingDecision, Story, Thread
from storage.stories import decisions, stories, threads, waiting
from storage.words import ContentWarning, DecisionAction, StoryState

_ANNOUNCED_AT_ONCE = 500  # drafts; the next turn, seconds later, takes the rest
_DRAFT = frozenset({StoryState.DRAFT})
_PUBLISHABLE = frozenset({StoryState.DRAFT, StoryState.WITHDRAWN})
_REJECTED = frozenset({StoryState.REJECTED})
_BEING_WITHDRAWN = mark(
    "Story {number} is still being withdrawn from chats. Publish it again when that has ended: /broadcasts"
)


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A Story under review.

    place: its index among the `total` drafts that wait, oldest first, from 0; None if it is not among them.
    decision: what was decided about it and can still be undone. push: the one that waits for its hour.
    """

    story: Story
    thread: Thread | None
    place: int | None
    total: int
    decision: PendingDecision | None = None
    push: Broadcast | None = None


class FirstPush(NamedTuple):
    """The push that was scheduled with a Story's publication, and when it starts."""

    broadcast_id: int
    start_at: datetime


class SchedulePush(Protocol):
    """Schedules the push of a Story that is being published (bot/broadcasts/pushes.py)."""

    def __call__(
        self,
        session: AsyncSession,
        story_id: int,
        broadcast_id: int | None,
        *,
        actor: str,
        now: datetime,
        at: datetime | None,
        seen: int,
    ) -> Awaitable[FirstPush]: ...


class Review:
    """Use cases around the decision about a Story; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, rights: Rights, schedule_push: SchedulePush) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights
        self._schedule_push = schedule_push
        self._audit = AuditLog("story", clock)

    async def waiting(self, place: int) -> tuple[Story | None, int, int]:
        """Return the draft at this index, oldest first, its index, and how many drafts there are.

        An index past the end gives the last draft; without drafts the Story is None.
        """
        async with self._database.read() as session:
            total = await waiting.count(session)
            place = max(0, min(place, total - 1))
            return await waiting.at(session, place), place, total

    async def drafts(self, limit: int) -> Sequence[Story]:
        """Return the oldest drafts."""
        async with self._database.read() as session:
            return await stories.in_states(session, [StoryState.DRAFT], limit=limit)

    async def look(self, story_id: int) -> ReviewItem:
        """Return a Story in any state as editors see it. Raises NotFoundError if there is none."""
        async with self._database.read() as session:
            story = await require(session, story_id)
            thread = await threads.get(session, story.thread_id) if story.thread_id else None
            return ReviewItem(
                story,
                thread,
                await waiting.place_of(session, story_id),
                await waiting.count(session),
                await decisions.waiting(session, story_id),
                await broadcasts.scheduled_push(session, story_id),
            )

    async def threads(self, limit: int) -> Sequence[Thread]:
        """Return the newest Threads, the newest first."""
        async with self._database.read() as session:
            return await threads.newest(session, limit)

    async def publish(
        self,
        story_id: int,
        *,
        actor: str,
        push: bool,
        version: int | None = None,
        broadcast_id: int | None = None,
        seen: int = 0,
        at: datetime | None = None,
        unseen: bool = False,
    ) -> int | None:
        """Publish a draft, or a withdrawn Story again; with `push`, schedule its Broadcast and return its id.

        Both happen in one transaction. A Story whose push starts at a later hour can be read only then.
        broadcast_id: the one that an editor prepared (bot/broadcasts/preparation/); without it, a new one
        goes to everybody, at the hour `at`, or now. version: the one that the editor saw. seen: how many
        pushes of the Story they saw. unseen: no editor saw it, so that the content warnings that were
        proposed count until one takes them away. Raises ConflictError if another editor was quicker,
        RefusedError if `actor` may not publish, or while messages of the Story are still being withdrawn.
        """
        action = DecisionAction.PUSH if push else DecisionAction.PUBLISH
        decision = Decision(action, story_id, actor, version, broadcast_id, seen)
        async with self._database.transaction() as session:
            outcome = await self._publish(session, decision, at=at, unseen=unseen)
        return next(iter(outcome.broadcast_ids), None)

    async def agree(self, story_id: int, *, version: int) -> None:
        """Check that the Story may be published, and that the editor saw it as it is.

        Raises ConflictError if not, and RefusedError while messages of it are still being withdrawn.
        """
        async with locked(self._database, story_id, version, states=_PUBLISHABLE) as (session, story):
            await _require_taken_back(session, story)

    async def reject(self, story_id: int, *, actor: str, version: int | None = None) -> None:
        """Reject a draft: readers will not see it."""
        async with self._database.transaction() as session:
            await self.act(session, Decision(DecisionAction.REJECT, story_id, actor, version))

    async def act(self, session: AsyncSession, decision: Decision) -> Outcome:
        """Carry out a decision to publish or to reject, in this transaction; see `publish` and `reject`."""
        if decision.action is not DecisionAction.REJECT:
            return await self._publish(session, decision)
        story = await lock_version(session, decision.story_id, decision.version, states=_DRAFT)
        await self._move(session, story, StoryState.REJECTED, decision.actor)
        return Outcome()

    async def restore(self, story_id: int, *, actor: str) -> None:
        """Make a rejected Story a draft again."""
        async with locked(self._database, story_id, None, states=_REJECTED) as (session, story):
            await self._move(session, story, StoryState.DRAFT, actor)

    async def unannounced(self) -> Sequence[int]:
        """Return the ids of the drafts whose cards editors have not got yet, the oldest ones first."""
        async with self._database.read() as session:
            return await stories.unannounced(session, limit=_ANNOUNCED_AT_ONCE)

    async def mark_announced(self, *story_ids: int) -> None:
        """Note that each editor who can be reached has the cards of these drafts."""
        if story_ids:
            async with self._database.transaction() as session:
                await stories.mark_announced(session, story_ids, now=self._clock())

    async def _publish(
        self,
        session: AsyncSession,
        decision: Decision,
        *,
        at: datetime | None = None,
        unseen: bool = False,
    ) -> Outcome:
        story_id, actor, now = decision.story_id, decision.actor, self._clock()
        story = await lock_version(session, story_id, decision.version, states=_PUBLISHABLE)
        await self._rights.require(session, Right.PUBLISH, actor)
        await _require_taken_back(session, story)
        if unseen and story.proposed_warnings:
            known = {*story.warnings.split(), *story.proposed_warnings.split()}
            codes = " ".join(one for one in ContentWarning if one in known)
            await stories.change(session, story_id, warnings=codes, proposed_warnings="")
        if decision.action is DecisionAction.PUBLISH:
            await self._move(session, story, StoryState.PUBLISHED, actor)
            return Outcome()
        push = await self._schedule_push(
            session, story_id, decision.broadcast_id, actor=actor, now=now, at=at, seen=decision.seen
        )
        is_later = push.start_at > now
        await self._move(session, story, StoryState.SCHEDULED if is_later else StoryState.PUBLISHED, actor)
        return Outcome((push.broadcast_id,), is_later)

    async def _move(self, session: AsyncSession, story: Story, to: StoryState, actor: str) -> None:
        before: dict[str, object] = {"state": story.state.value}  # moving also changes the loaded row
        if to is StoryState.PUBLISHED:
            before |= {"notice": story.notice} if story.notice else {}
            await release(session, story, come_from=[story.state], now=self._clock())
        else:
            await stories.move(session, story.id, come_from=[story.state], to=to, released_at=None)
        await self._audit.record(
            session, actor, conflicts.DECISION[to], story.id, before=before, after={"state": to.value}
        )


async def _require_taken_back(session: AsyncSession, story: Story) -> None:
    """Raise RefusedError while messages of a withdrawn Story are still being deleted or changed."""
    if story.is_withdrawn and await broadcasts.is_being_withdrawn(session, story.id):
        raise RefusedError(_BEING_WITHDRAWN, number=story.id)
