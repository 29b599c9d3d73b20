"""Threads (running stories): who follows them, and the Stories in them."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotFoundError
from bot.i18n import mark
from storage.database import Database
from storage.models import Story, Subscriber, Thread
from storage.stories import stories, threads
from storage.stories.translations import thread_of

FOLLOWED_SHOWN = 50  # Threads in one list: a keyboard holds about 100 buttons


class Threads:
    """Use cases around Threads; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(self, story_id: int, subscriber: Subscriber, *, wanted: bool) -> None:
        """Let the Subscriber follow the Story's Thread, or no longer.

        Followers get every further Story of it, whatever their Topics are. Raises NotFoundError if the Story
        has no Thread.
        """
        async with self._database.transaction() as session:
            thread_id = await _thread_of(session, story_id)
            change = threads.follow if wanted else threads.unfollow
            await change(session, subscriber_id=subscriber.id, thread_id=thread_id)

    async def unfollow(self, thread_id: int, subscriber: Subscriber) -> None:
        """Let the Subscriber no longer follow this Thread."""
        async with self._database.transaction() as session:
            await threads.unfollow(session, subscriber_id=subscriber.id, thread_id=thread_id)

    async def followed(self, subscriber: Subscriber) -> Sequence[Thread]:
        """Return at most 50 Threads that the Subscriber follows, the newest first."""
        async with self._database.read() as session:
            return await threads.followed_by(session, subscriber.id, limit=FOLLOWED_SHOWN)

    async def warned(self, followed: Sequence[Thread]) -> Collection[int]:
        """Return the ids of those of these Threads that have a Story with a content warning."""
        async with self._database.read() as session:
            return await threads.warned(session, [thread.id for thread in followed])

    async def page(
        self, story_id: int, language: str, *, limit: int, offset: int
    ) -> tuple[Thread, Sequence[Story], int]:
        """Return the Story's Thread, its published Stories, newest first, and how many there are in all.

        Raises NotFoundError if the Story has no Thread.
        """
        async with self._database.read() as session:
            thread_id = await _thread_of(session, story_id)
            thread = await threads.get(session, thread_id)
            if thread is None:
                raise _no_thread()
            total = await threads.count(session, thread.id)
            found = await threads.stories_of(
                session, thread.id, language=language, limit=limit, offset=offset
            )
            return thread, found, total


async def _thread_of(session: AsyncSession, story_id: int) -> int:
    """Return the id of the Story's Thread. Raises NotFoundError if there is none."""
    story = await stories.get(session, story_id)
    thread_id = thread_of(story) if story else None
    if thread_id is None:
        raise _no_thread()
    return thread_id


def _no_thread() -> NotFoundError:
    return NotFoundError(
        mark("This story is no longer part of a running story. See the latest stories: /latest")
    )
