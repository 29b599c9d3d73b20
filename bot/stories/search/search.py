"""Search: finds published Stories by words in their headline and body, and forgives typing errors."""

from dataclasses import dataclass, replace

from bot.language import spelling
from bot.stories.search import search_terms
from storage.database import Database
from storage.engine.fulltext import Term
from storage.models import Story
from storage.stories import search, stories

MOST_WORDS = 8  # of a query; further words are ignored
_AT_ONCE = 10  # Stories indexed in one transaction: 50 ms, so that no other writer waits long
_TRANSACTIONS = 20  # in one turn of the Duty: about a second


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of the Stories that were found, the best first.

    words: those that were searched for; empty if the query had none.
    total: how many Stories were found on all pages, at most search.MOST; 0 past the last page.
    corrected: `words` differ from what was typed, because no Story had all of those.
    """

    words: tuple[str, ...]
    stories: tuple[Story, ...] = ()
    total: int = 0
    corrected: bool = False


class Search:
    """Use cases around the full-text index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, typed: str, language: str, *, limit: int, offset: int = 0) -> SearchPage:
        """Return published Stories that have all typed words, for a reader of `language`; accepts any text.

        If no Story has them all, each word that no published Story has is replaced by the nearest one that a
        Story has (rules: spelling.py). Of a Story and its Translations only the reader's one is returned,
        whichever of them has the words.
        """
        words = tuple(dict.fromkeys(search_terms.words(typed)))[:MOST_WORDS]
        if not words:
            return SearchPage(words)
        found = await self._with_all(words, language, limit=limit, offset=offset)
        if found.total:
            return found
        corrected = tuple([await self._corrected(word, language) for word in words])
        if corrected == words:
            return found
        found = await self._with_all(corrected, language, limit=limit, offset=offset)
        return replace(found, corrected=True)

    async def catch_up(self) -> int:
        """Index at most 200 Stories that are older than the index, and return how many were indexed.

        New Stories are indexed when they are added.
        """
        done = 0
        for _ in range(_TRANSACTIONS):
            async with self._database.read() as session:
                missing = await search.missing(session, limit=_AT_ONCE)
            if not missing:
                break
            async with self._database.transaction() as session:
                for story in missing:
                    entry = search_terms.index_entry(story.headline, story.body, story.language)
                    await search.index(session, story.id, entry)
            done += len(missing)
        return done

    async def _with_all(
        self, words: tuple[str, ...], language: str, *, limit: int, offset: int
    ) -> SearchPage:
        async with self._database.read() as session:
            languages = {language, *await search.languages(session)}
            terms = [term for word in words for term in search_terms.terms_of(word, languages)]
            found = await search.find(session, terms, limit=limit, offset=offset)
            shown = await stories.in_language(session, found.stories, language)
            return SearchPage(words, tuple(shown), found.total)

    async def _corrected(self, word: str, language: str) -> str:
        """Return the nearest word that a published Story has, of several the one that most Stories have.

        If a Story has the word itself, or none has a near one, return the word itself.
        """
        plain = search_terms.without_accents(word)
        if not search_terms.can_be_corrected(plain):
            return word
        beginning, ending = spelling.ends(plain)
        errors = spelling.errors_forgiven(plain)
        async with self._database.read() as session:
            languages = {language, *await search.languages(session)}
            [term] = search_terms.terms_of(word, languages)
            if await search.count(session, term):
                return word
            known = await search.similar_words(
                session,
                beginning=beginning,
                ending=ending,
                shortest=len(plain) - errors,
                longest=len(plain) + errors,
            )
            near = [
                (distance, -await search.count(session, Term((other,))), other)
                for distance, other in spelling.nearest(plain, known)
            ]
        return min((one for one in near if one[1]), default=(0, 0, word))[2]
