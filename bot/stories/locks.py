"""Locks a Story for a change, so that only one of several editors can change it at the same moment."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotFoundError
from bot.i18n import mark
from bot.stories import conflicts
from storage import audit
from storage.database import Database
from storage.models import Story
from storage.stories import stories
from storage.words import StoryState

EDITABLE = frozenset({StoryState.DRAFT, StoryState.SCHEDULED, StoryState.PUBLISHED})
RELEASED = frozenset({StoryState.SCHEDULED, StoryState.PUBLISHED})
"""The states of a Story that goes to readers as it is: only those who may publish change it."""


async def require(session: AsyncSession, story_id: int) -> Story:
    """Return the Story in any state. Raises NotFoundError if there is none with this id."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    return story


async def lock(session: AsyncSession, story_id: int, states: Collection[StoryState] = EDITABLE) -> Story:
    """Return the Story as it is now; nobody else can change it until this transaction ends.

    Raises NotFoundError if there is none, and RefusedError (ConflictError if the audit log says who brought
    it there) if its state is not one of `states`.
    """
    story = await stories.lock(session, story_id) or await require(session, story_id)
    if story.state not in states:
        decision = await audit.last(session, "story", story_id, [conflicts.DECISION[story.state]])
        raise conflicts.wrong_state(story_id, story.state, decision)
    return story


async def lock_version(
    session: AsyncSession,
    story_id: int,
    version: int | None,
    *,
    states: Collection[StoryState] = EDITABLE,
    also: int | None = None,
) -> Story:
    """Return the Story, locked, and lock the Story `also`, which may be in any state.

    version: the one that the editor saw; None accepts any. Raises the errors of `lock`, and RefusedError
    (ConflictError if the audit log says who changed it) if the Story is at another version.
    """
    for number in sorted({story_id, also or story_id}):  # always in one order, against deadlocks
        await stories.lock(session, number)
    story = await lock(session, story_id, states)
    if version is not None and story.version != version:
        raise conflicts.wrong_version(story_id, await audit.last(session, "story", story_id))
    return story


@asynccontextmanager
async def locked(
    database: Database,
    story_id: int,
    version: int | None,
    *,
    states: Collection[StoryState] = EDITABLE,
    also: int | None = None,
) -> AsyncIterator[tuple[AsyncSession, Story]]:
    """Open a transaction with the Story locked; see `lock_version`."""
    async with database.transaction() as session:
        yield session, await lock_version(session, story_id, version, states=states, also=also)
