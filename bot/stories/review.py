"""Review: editors decide about a Story, and mend it."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.errors import RefusedError
from bot.stories.intake import require
from bot.texts import mark
from storage import audit, broadcasts, stories
from storage.database import Database
from storage.models import Story
from storage.words import BroadcastState, StoryState

_STATE_SENTENCES = {
    StoryState.PUBLISHED: mark("Story {number} is published already."),
    StoryState.REJECTED: mark("Story {number} was rejected."),
    StoryState.WITHDRAWN: mark("Story {number} was withdrawn."),
    StoryState.DRAFT: mark("Story {number} is not published yet."),
}


class Review:
    """The use cases of editors around a Story; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def waiting(self, place: int) -> tuple[Story | None, int, int]:
        """The draft at this place in the line (the last one where the line is shorter), place, and total."""
        async with self._database.snapshots() as session:
            total = await stories.count(session, StoryState.DRAFT)
            place = max(0, min(place, total - 1))
            found = await stories.in_states(session, [StoryState.DRAFT], limit=1, offset=place)
            return (found[0] if found else None), place, total

    async def publish(self, story_id: int, *, actor: str, push: bool) -> int | None:
        """Let readers see a draft. With `push`, the same transaction schedules its Broadcast: its id.

        Of two editors at once one wins; the other is told.
        """
        now = self._clock()
        async with self._database.sessions.begin() as session:
            moved = await stories.move(
                session,
                story_id,
                come_from=[StoryState.DRAFT],
                to=StoryState.PUBLISHED,
                released_at=now,
            )
            if not moved:
                raise await _refusal(session, story_id)
            await self._record(session, actor, "publish", story_id)
            if not push:
                return None
            broadcast = await broadcasts.draft(session, story_id=story_id, now=now)
            await broadcasts.move(
                session,
                broadcast.id,
                come_from=[BroadcastState.DRAFT],
                to=BroadcastState.SCHEDULED,
                start_at=now,
            )
            return broadcast.id

    async def reject(self, story_id: int, *, actor: str) -> None:
        """A draft that readers shall not see."""
        async with self._database.sessions.begin() as session:
            moved = await stories.move(
                session, story_id, come_from=[StoryState.DRAFT], to=StoryState.REJECTED, released_at=None
            )
            if not moved:
                raise await _refusal(session, story_id)
            await self._record(session, actor, "reject", story_id)

    async def restore(self, story_id: int, *, actor: str) -> None:
        """Take a rejection back: the story waits again."""
        async with self._database.sessions.begin() as session:
            moved = await stories.move(
                session, story_id, come_from=[StoryState.REJECTED], to=StoryState.DRAFT, released_at=None
            )
            if not moved:
                raise await _refusal(session, story_id)
            await self._record(session, actor, "restore", story_id)

    async def _record(self, session: AsyncSession, actor: str, action: str, story_id: int) -> None:
        await audit.record(
            session, at=self._clock(), actor=actor, action=action, subject="story", subject_id=story_id
        )


async def _refusal(session: AsyncSession, story_id: int) -> RefusedError:
    """Why the Story is not a draft that one can decide about."""
    story = await require(session, story_id)
    return RefusedError(_STATE_SENTENCES[story.state], number=story_id)
