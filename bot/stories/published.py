"""What readers see of Stories, from memory as long as no content changes."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TypeVar

from bot.articles import urls
from bot.clock import Clock, utc_now
from bot.rendering.render import ThreadNeighbours
from bot.stories.content_cache import ContentCache
from bot.stories.search import search_terms
from bot.stories.search.search import Search, SearchPage
from bot.stories.stories import Stories
from storage.database import Database
from storage.models import Story, Subscriber
from storage.stories import stories as stored_stories
from storage.stories import threads
from storage.stories.translations import thread_of

T = TypeVar("T")


class PublishedStories:
    """The reading use cases of readers' commands and buttons.

    They read from the cache, as of the version that the reader's row was read with. Editors, who read what
    they just wrote, use Stories, Search and Threads.
    """

    def __init__(
        self,
        database: Database,
        stories: Stories,
        search: Search,
        cache: ContentCache,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._stories = stories
        self._search = search
        self._cache = cache
        self._clock = clock

    async def read(self, story_id: int, language: str | None = None) -> Story:
        """Return a published Story; see `Stories.read`."""
        load = partial(self._stories.read, story_id, language)
        return await self._cache.read(("story", story_id, language), load)

    async def latest(
        self, *, limit: int, offset: int = 0, language: str | None = None
    ) -> tuple[Sequence[Story], int]:
        """Return published Stories, newest first, and how many there are in all; see `Stories.latest`."""
        load = partial(self._stories.latest, limit=limit, offset=offset, language=language)
        return await self._cache.read(
            ("latest", limit, offset, language), load, lambda found: 1 + len(found[0])
        )

    async def find(self, typed: str, language: str, *, limit: int, offset: int = 0) -> SearchPage:
        """Return published Stories that have all typed words; see `Search.find`."""
        load = partial(self._search.find, typed, language, limit=limit, offset=offset)
        key = ("search", *search_terms.words(typed), language, limit, offset)
        return await self._cache.read(key, load, lambda found: 1 + len(found.stories))

    async def at(self, address: str) -> Story | None:
        """Return the published Story with this address, or None. Raises InvalidInputError if it is none."""
        canonical = urls.canonical(address)

        async def load() -> Story | None:
            async with self._database.read() as session:
                return await stored_stories.published_at(session, canonical)

        return await self._cache.read(("at", canonical), load)

    async def languages(self) -> Sequence[str]:
        """Return the languages in which Stories were published lately; see `languages_of_late`."""
        now = self._clock()

        async def load() -> Sequence[str]:
            async with self._database.read() as session:
                return await stored_stories.languages_of_late(session, now)

        return await self._cache.read(("languages", now.date()), load)

    async def around(self, story: Story, subscriber: Subscriber) -> ThreadNeighbours:
        """Return whether the Story's Thread has earlier and later Stories, and whether they follow it."""
        thread_id = thread_of(story)
        if thread_id is None:
            return ThreadNeighbours()
        load = partial(self._neighbours, thread_id, story)
        before, after = await self._cache.read(("neighbours", story), load)
        async with self._database.read() as session:
            follows = await threads.is_following(session, subscriber_id=subscriber.id, thread_id=thread_id)
        return ThreadNeighbours(follows, before=before, after=after)

    def drawn(self, key: Hashable, draw: Callable[[], T]) -> T:
        """Return what `draw` returns, drawn once for all readers with the same `key`.

        `key` has every Story and Appeal that is shown, and all else that the drawing depends on.
        """
        return self._cache.draw(key, draw)

    async def _neighbours(self, thread_id: int, story: Story) -> tuple[bool, bool]:
        async with self._database.read() as session:
            return await threads.has_neighbours(session, thread_id, story)
