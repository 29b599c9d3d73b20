"""Review of drafts: which ones wait, and an editor's decision about one."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.stories import conflicts
from bot.stories.locks import locked, require
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Story, Thread
from storage.stories import stories, threads
from storage.words import ContentWarning, StoryState

_ANNOUNCED_AT_ONCE = 500  # drafts; the next turn, seconds later, takes the rest
_DRAFT = frozenset({StoryState.DRAFT})
_REJECTED = frozenset({StoryState.REJECTED})


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A Story under review.

    place: its index among the `total` drafts, oldest first, from 0; None if it is not a draft.
    """

    story: Story
    thread: Thread | None
    place: int | None
    total: int


class SchedulePush(Protocol):
    """Schedules the push of a Story that is being published (bot/broadcasts/pushes.py); returns its id."""

    def __call__(
        self, session: AsyncSession, story_id: int, broadcast_id: int | None, *, actor: str, now: datetime
    ) -> Awaitable[int]: ...


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
            total = await stories.count(session, StoryState.DRAFT)
            place = max(0, min(place, total - 1))
            found = await stories.in_states(session, [StoryState.DRAFT], limit=1, offset=place)
            return (found[0] if found else None), place, total

    async def drafts(self, limit: int) -> Sequence[Story]:
        """Return the oldest drafts."""
        async with self._database.read() as session:
            return await stories.in_states(session, [StoryState.DRAFT], limit=limit)

    async def look(self, story_id: int) -> ReviewItem:
        """Return a Story in any state as editors see it. Raises NotFoundError if there is none."""
        async with self._database.read() as session:
            story = await require(session, story_id)
            thread = await threads.get(session, story.thread_id) if story.thread_id else None
            total = await stories.count(session, StoryState.DRAFT)
            if story.state is not StoryState.DRAFT:
                return ReviewItem(story, thread, None, total)
            place = await stories.count_before(session, story_id, StoryState.DRAFT)
            return ReviewItem(story, thread, place, total)

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
        unseen: bool = False,
    ) -> int | None:
        """Publish a draft; with `push`, schedule its Broadcast in the same transaction and return its id.

        broadcast_id: the one that an editor prepared (bot/broadcasts/preparation.py); without it, a new one
        goes to everybody. version: the one that the editor saw. unseen: no editor saw it, so that the
        content warnings that were proposed count until one takes them away. Raises ConflictError if another
        editor was quicker, RefusedError if `actor` may not publish.
        """
        async with locked(self._database, story_id, version, states=_DRAFT) as (session, story):
            await self._rights.require(session, Right.PUBLISH, actor)
            if unseen and story.proposed_warnings:
                known = {*story.warnings.split(), *story.proposed_warnings.split()}
                codes = " ".join(one for one in ContentWarning if one in known)
                await stories.change(session, story_id, warnings=codes, proposed_warnings="")
            await self._decide(session, story, StoryState.PUBLISHED, actor)
            if not push:
                return None
            return await self._schedule_push(session, story_id, broadcast_id, actor=actor, now=self._clock())

    async def agree(self, story_id: int, *, version: int) -> None:
        """Check that the editor saw the draft as it is. Raises ConflictError if not."""
        async with locked(self._database, story_id, version, states=_DRAFT):
            pass

    async def reject(self, story_id: int, *, actor: str, version: int | None = None) -> None:
        """Reject a draft: readers will not see it."""
        async with locked(self._database, story_id, version, states=_DRAFT) as (session, story):
            await self._decide(session, story, StoryState.REJECTED, actor)

    async def restore(self, story_id: int, *, actor: str) -> None:
        """Make a rejected Story a draft again."""
        async with locked(self._database, story_id, None, states=_REJECTED) as (session, story):
            await self._decide(session, story, StoryState.DRAFT, actor)

    async def unannounced(self) -> Sequence[int]:
        """Return the ids of the drafts whose cards editors have not got yet, the oldest ones first."""
        async with self._database.read() as session:
            return await stories.unannounced(session, limit=_ANNOUNCED_AT_ONCE)

    async def mark_announced(self, *story_ids: int) -> None:
        """Note that each editor who can be reached has the cards of these drafts."""
        if story_ids:
            async with self._database.transaction() as session:
                await stories.mark_announced(session, story_ids, now=self._clock())

    async def _decide(self, session: AsyncSession, story: Story, to: StoryState, actor: str) -> None:
        come_from = story.state  # `move` also changes the loaded row
        released_at = self._clock() if to is StoryState.PUBLISHED else None
        await stories.move(session, story.id, come_from=[come_from], to=to, released_at=released_at)
        await self._audit.record(
            session,
            actor,
            conflicts.DECISION[to],
            story.id,
            before={"state": come_from.value},
            after={"state": to.value},
        )
