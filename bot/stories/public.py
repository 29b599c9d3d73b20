"""What everybody may read of Stories: the public page and its feeds. A page costs one small statement.

That statement reads the version of the content; all else is in memory until the content changes.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from bot.stories.content_cache import ContentCache
from bot.stories.stories import Stories
from storage import content, secret
from storage.database import Database
from storage.models import Story, Topic
from storage.stories import public, stories

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which Stories are wanted; see `storage.stories.public.page`. `page` counts from 0."""

    reader: str | None = None
    only: str | None = None
    topic: str | None = None
    page: int = 0


@dataclass(frozen=True, slots=True)
class PublicPage:
    """Stories, newest first, and whether there are older ones."""

    stories: Sequence[Story]
    has_more: bool


class PublicStories:
    """The reading use cases of people who are not known. Call `renew` first in each request."""

    def __init__(self, database: Database, all_stories: Stories, cache: ContentCache) -> None:
        self._database = database
        self._stories = all_stories
        self._cache = cache
        self._key: bytes | None = None

    async def renew(self) -> None:
        """Forget what is in memory if the content has changed since."""
        async with self._database.read() as session:
            self._cache.at(await content.present(session))

    async def page(self, wanted: Wanted, size: int) -> PublicPage:
        """Return so many of the published Stories that are wanted."""

        async def load() -> PublicPage:
            async with self._database.read() as session:
                found = await public.page(
                    session,
                    reader=wanted.reader,
                    only=wanted.only,
                    topic=wanted.topic,
                    limit=size + 1,
                    offset=wanted.page * size,
                )
            return PublicPage(found[:size], len(found) > size)

        return await self._cache.read(("public", wanted, size), load, lambda found: 1 + len(found.stories))

    async def read(self, story_id: int) -> Story:
        """Return a published Story; see `Stories.read` for the errors."""
        return await self._cache.read(("story", story_id, None), partial(self._stories.read, story_id, None))

    async def group(self, story: Story) -> Sequence[Story]:
        """Return the published Stories that say the same, the original first."""

        async def load() -> Sequence[Story]:
            async with self._database.read() as session:
                return await stories.group(session, story)

        return await self._cache.read(("group", story.id), load, len)

    def drawn(self, key: Hashable, draw: Callable[[], T]) -> T:
        """Return what `draw` returns, drawn once for all who read the same; see `PublishedStories.drawn`."""
        return self._cache.draw(("public", key), draw)

    async def topics(self) -> Sequence[Topic]:
        """Return the Topics that published Stories are about, by name."""

        async def load() -> Sequence[Topic]:
            async with self._database.read() as session:
                return await public.topics(session)

        return await self._cache.read(("public topics",), load)

    async def feed_key(self) -> bytes:
        """Return what the ids of feeds are made with: they outlive an address, and a restore."""
        if self._key is None:
            async with self._database.transaction() as session:
                self._key = await secret.ensure(session, "feed ids")
        return self._key
