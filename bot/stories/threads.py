"""Threads (running stories): who follows them, and the Stories in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.articles.page.blocks import fold
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Story, Subscriber, Thread
from storage.stories import stories, threads
from storage.stories.translations import thread_of

FOLLOWED_SHOWN = 50  # Threads in one list: a keyboard holds about 100 buttons


LONGEST_TITLE = 200  # characters that an editor may give


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A Thread with a page of its Stories in any state; how many those are, and how many people follow it."""

    thread: Thread
    stories: Sequence[Story]
    total: int
    followers: int


class Threads:
    """Use cases around Threads; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._rights = rights
        self._audit = AuditLog("thread", clock)

    async def listed(
        self, words: str = "", *, limit: int, offset: int = 0
    ) -> tuple[Sequence[tuple[Thread, int]], int]:
        """Return a page of the Threads, newest first, with the number of Stories of each, and the total.

        words: only those that have them in their title.
        """
        async with self._database.read() as session:
            found = await threads.listed(session, words, limit=limit, offset=offset)
            numbers = await threads.story_counts(session, [thread.id for thread in found])
            total = await threads.number(session, words)
            return [(thread, numbers.get(thread.id, 0)) for thread in found], total

    async def look(self, thread_id: int, *, limit: int, offset: int = 0) -> ThreadPage:
        """Return a Thread with its Stories in any state. Raises NotFoundError if there is none."""
        async with self._database.read() as session:
            thread = await threads.get(session, thread_id)
            if thread is None:
                raise _unknown()
            found = await threads.every_story_of(session, thread_id, limit=limit, offset=offset)
            total = (await threads.story_counts(session, [thread_id])).get(thread_id, 0)
            return ThreadPage(thread, found, total, await threads.followers(session, thread_id))

    async def rename(self, thread_id: int, title: str, *, seen: str, actor: str) -> None:
        """Give a Thread another title, which readers see. seen: the title that the editor saw.

        Raises NotFoundError without the Thread, InvalidInputError for a title of the wrong length,
        RefusedError if somebody else was quicker.
        """
        words = fold(title)
        if not 1 <= len(words) <= LONGEST_TITLE:
            raise InvalidInputError(mark("A title has 1 to {limit} characters."), limit=LONGEST_TITLE)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            thread = await threads.get(session, thread_id)
            if thread is None:
                raise _unknown()
            if thread.title not in (seen, words):
                raise RefusedError(
                    mark("Another editor has just called this thread “{title}”."), title=thread.title
                )
            if await self._audit.record_change(
                session, actor, "rename", thread_id, title=(thread.title, words)
            ):
                await threads.rename(session, thread_id, title=words)

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


def _unknown() -> NotFoundError:
    return NotFoundError(mark("This thread no longer exists."))
