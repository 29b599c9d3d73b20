"""Threads: what happened before and next, and who wants to know."""

from collections.abc import Sequence

from bot.errors import NotFoundError
from bot.i18n import mark
from bot.rendering.render import ThreadNeighbours
from storage.database import Database
from storage.models import Story, Subscriber, Thread
from storage.stories import stories, threads
from storage.stories.translations import thread_of

FOLLOWED_SHOWN = 50  # Threads in one list: a keyboard holds about 100 buttons


class Threads:
    """The use cases around a Thread; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def around(self, story: Story, subscriber: Subscriber) -> ThreadNeighbours:
        """What the Story's message tells this Subscriber of its Thread."""
        thread_id = thread_of(story)
        if thread_id is None:
            return ThreadNeighbours()
        async with self._database.read() as session:
            before, after = await threads.goes_on(session, thread_id, story)
            follows = await threads.is_following(session, subscriber_id=subscriber.id, thread_id=thread_id)
            return ThreadNeighbours(follows, before=before, after=after)

    async def follow(self, story_id: int, subscriber: Subscriber, *, wanted: bool) -> None:
        """From now on they get the next of this Story's Thread, whatever their Topics are; or no longer."""
        async with self._database.transaction() as session:
            story = await stories.get(session, story_id)
            thread_id = thread_of(story) if story else None
            if thread_id is None:
                raise NotFoundError(mark("This story does not go on any more. See what there is: /latest"))
            change = threads.follow if wanted else threads.unfollow
            await change(session, subscriber_id=subscriber.id, thread_id=thread_id)

    async def unfollow(self, thread_id: int, subscriber: Subscriber) -> None:
        """They want no more of this Thread than of any other."""
        async with self._database.transaction() as session:
            await threads.unfollow(session, subscriber_id=subscriber.id, thread_id=thread_id)

    async def followed(self, subscriber: Subscriber) -> Sequence[Thread]:
        """The Threads that they follow, the newest first."""
        async with self._database.read() as session:
            return await threads.followed_by(session, subscriber.id, limit=FOLLOWED_SHOWN)

    async def told(
        self, story_id: int, language: str, *, limit: int, offset: int
    ) -> tuple[Thread, Sequence[Story], int]:
        """The Thread of a Story, its published Stories, newest first, and how many there are in all."""
        async with self._database.read() as session:
            story = await stories.get(session, story_id)
            thread_id = thread_of(story) if story else None
            thread = await threads.get(session, thread_id) if thread_id is not None else None
            if thread is None:
                raise NotFoundError(mark("This story does not go on any more. See what there is: /latest"))
            total = await threads.count(session, thread.id)
            told = await threads.stories_of(session, thread.id, language=language, limit=limit, offset=offset)
            return thread, told, total
