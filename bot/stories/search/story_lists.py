"""Lists of Stories for editors: those in one state, all of them or those with some words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.stories.search import search_terms
from bot.stories.search.search import MOST_WORDS
from storage.database import Database
from storage.models import Story
from storage.stories import search, stories
from storage.words import StoryState

_NUMBER = re.compile(r"#?\s?(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoryPage:
    """One page of a list, and how many Stories the whole list has.

    `has_more`: older Stories have the words, too, and are not in the list.
    """

    stories: Sequence[Story] = ()
    total: int = 0
    has_more: bool = False


class StoryLists:
    """Use cases around lists of Stories; each reads in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, state: StoryState, typed: str = "", *, limit: int, offset: int = 0) -> StoryPage:
        """Return the Stories in this state, newest first; with `typed` those that have its words, best first.

        A number finds the Story with that number, whatever its state is. Accepts any text.
        """
        if not typed:
            return await self._all(state, limit=limit, offset=offset)
        numbered = await self._numbered(typed)
        if numbered is not None:
            return StoryPage([numbered], 1)
        words = tuple(dict.fromkeys(search_terms.words(typed)))[:MOST_WORDS]
        if not words:
            return StoryPage()
        async with self._database.read() as session:
            languages = await search.languages(session)
            terms = [term for word in words for term in search_terms.terms_of(word, languages)]
            found = await search.find(session, terms, limit=limit, offset=offset, state=state)
            return StoryPage(found.stories, found.total, has_more=found.has_more)

    async def headlines(self, state: StoryState, *, limit: int) -> Sequence[tuple[int, str]]:
        """Return number and headline of the newest Stories in this state."""
        async with self._database.read() as session:
            return await stories.headlines(session, state, limit=limit)

    async def translations(self, story_id: int) -> Sequence[Story]:
        """Return the Translations of a Story, in any state."""
        async with self._database.read() as session:
            return await stories.translations_of(session, story_id)

    async def _all(self, state: StoryState, *, limit: int, offset: int) -> StoryPage:
        async with self._database.read() as session:
            total = await stories.count(session, state)
            return StoryPage(await stories.newest(session, state, limit=limit, offset=offset), total)

    async def _numbered(self, typed: str) -> Story | None:
        number = _NUMBER.fullmatch(typed)
        if number is None:
            return None
        async with self._database.read() as session:
            return await stories.get(session, int(number[1]))
