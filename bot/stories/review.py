"""Review: editors are told of what waits, decide about it, and mend it."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.stories import conflicts
from bot.stories.editing import Editing
from bot.stories.stories import require
from storage import prompts
from storage.database import Database
from storage.models import Story, Thread
from storage.stories import stories, threads
from storage.words import StoryState

_TOLD_AT_ONCE = 500  # drafts in one turn; whatever is left has its turn seconds later
_PROMPTS_KEPT = timedelta(days=30)  # a reply that comes later is taken as any other message


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A Story under review: its `place` in the line of `total` drafts (from 0; None for no draft)."""

    story: Story
    thread: Thread | None
    place: int | None
    total: int


class SchedulePush(Protocol):
    """Starts the push of a Story that is being published (bot/broadcasts/pushes.py); returns its id."""

    def __call__(
        self, session: AsyncSession, story_id: int, broadcast_id: int | None, *, now: datetime
    ) -> Awaitable[int]: ...


class Review(Editing):
    """The use cases of editors around a Story; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, schedule_push: SchedulePush) -> None:
        super().__init__(database, clock)
        self._schedule_push = schedule_push

    async def waiting(self, place: int) -> tuple[Story | None, int, int]:
        """The draft at this place in the line (the last one where the line is shorter), place, and total."""
        async with self._database.read() as session:
            total = await stories.count(session, StoryState.DRAFT)
            place = max(0, min(place, total - 1))
            found = await stories.in_states(session, [StoryState.DRAFT], limit=1, offset=place)
            return (found[0] if found else None), place, total

    async def look(self, story_id: int) -> ReviewItem:
        """A Story in whatever state, as editors see it."""
        async with self._database.read() as session:
            story = await require(session, story_id)
            thread = await threads.get(session, story.thread_id) if story.thread_id else None
            total = await stories.count(session, StoryState.DRAFT)
            if story.state is not StoryState.DRAFT:
                return ReviewItem(story, thread, None, total)
            place = await stories.count_before(session, story_id, StoryState.DRAFT)
            return ReviewItem(story, thread, place, total)

    async def threads(self, limit: int) -> Sequence[Thread]:
        """The newest Threads."""
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
    ) -> int | None:
        """Let readers see a draft. With `push`, the same transaction schedules its Broadcast: its id.

        `broadcast_id` was prepared for it (bot/broadcasts/preparation.py); without it, a new one goes to all.
        Of two editors at once one wins; the other is told, as of changes that they have not seen.
        """
        async with self._open(story_id, version, states=[StoryState.DRAFT]) as (session, story):
            await self._decide(session, story, StoryState.PUBLISHED, actor)
            if not push:
                return None
            return await self._schedule_push(session, story_id, broadcast_id, now=self._clock())

    async def agree(self, story_id: int, *, version: int) -> None:
        """The editor has seen the draft as it is; refused as a decision would be where they have not."""
        async with self._open(story_id, version, states=[StoryState.DRAFT]):
            pass

    async def reject(self, story_id: int, *, actor: str, version: int | None = None) -> None:
        """A draft that readers shall not see."""
        async with self._open(story_id, version, states=[StoryState.DRAFT]) as (session, story):
            await self._decide(session, story, StoryState.REJECTED, actor)

    async def restore(self, story_id: int, *, actor: str) -> None:
        """Take a rejection back: the story waits again."""
        async with self._open(story_id, None, states=[StoryState.REJECTED]) as (session, story):
            await self._decide(session, story, StoryState.DRAFT, actor)

    async def take_unannounced(self) -> Sequence[int]:
        """The drafts that no editor was told of, noted as told: of two that ask at once one gets them."""
        async with self._database.read() as session:
            found = await stories.unannounced(session, limit=_TOLD_AT_ONCE)
        if not found:  # the rule: a transaction that writes would hold up the others for nothing
            return []
        async with self._database.transaction() as session:
            return await stories.announce(session, found, now=self._clock())

    async def mark_announced(self, story_id: int) -> None:
        """Whoever added the Story sees its card already: nobody need be told."""
        async with self._database.transaction() as session:
            await stories.announce(session, [story_id], now=self._clock())

    async def ask(self, *, chat_id: int, message_id: int, about: dict[str, Any]) -> None:
        """Remember what the reply to this message of ours will be for."""
        async with self._database.transaction() as session:
            await prompts.add(session, chat_id=chat_id, message_id=message_id, about=about, now=self._clock())

    async def asked(self, *, chat_id: int, message_id: int) -> dict[str, Any] | None:
        """What a reply to this message is for; None where it asked for nothing."""
        async with self._database.read() as session:
            return await prompts.about(session, chat_id=chat_id, message_id=message_id)

    async def forget_prompts(self) -> None:
        """Forget what was asked a month ago."""
        async with self._database.transaction() as session:
            await prompts.forget(session, before=self._clock() - _PROMPTS_KEPT)

    async def _decide(self, session: AsyncSession, story: Story, to: StoryState, actor: str) -> None:
        before, after = {"state": story.state.value}, {"state": to.value}
        released_at = self._clock() if to is StoryState.PUBLISHED else None
        await stories.move(session, story.id, come_from=[story.state], to=to, released_at=released_at)
        await self._note(session, story.id, conflicts.DECISION[to], actor, before=before, after=after)
