"""Search: published Stories by the words in their headline and body, typing errors forgiven."""

from dataclasses import dataclass, replace

from bot.stories import search_terms, spelling
from storage.database import Database
from storage.engine.fulltext import Term
from storage.models import Story
from storage.stories import search, stories

_MOST_WORDS = 8  # that are looked for; who says more is not after more
_AT_ONCE = 10  # Stories indexed in one transaction: 50 ms, so that no other writer waits long
_A_TURN = 20  # transactions in one turn of the duty: about a second


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of the Stories that fit, the best first, and how many there are in all (past the last page: 0).

    `words` are those that were looked for: as typed or, where nothing had a word, corrected. None of them:
    what was typed has no word in it.
    """

    words: tuple[str, ...]
    stories: tuple[Story, ...] = ()
    total: int = 0
    corrected: bool = False


class Search:
    """The use cases around the full-text index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, typed: str, language: str, *, limit: int, offset: int = 0) -> SearchPage:
        """Published Stories with all the words typed, for a reader of `language`; whatever is typed is fine.

        Where none has them all, a word that no published Story has is taken for the nearest that one has, by
        the rules of bot/stories/spelling.py. Of a Story and its Translations readers get the one in
        their language, whichever of them has the words.
        """
        words = tuple(dict.fromkeys(search_terms.words(typed)))[:_MOST_WORDS]
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
        """Index Stories that are not in the index, at most 200 a turn; how many those were.

        They are of the time before there was an index: what is taken in now is indexed at once.
        """
        done = 0
        for _ in range(_A_TURN):
            async with self._database.read() as session:
                unlisted = await search.missing(session, limit=_AT_ONCE)
            if not unlisted:
                break
            async with self._database.transaction() as session:
                for story in unlisted:
                    entry = search_terms.entry(story.headline, story.body, story.language)
                    await search.index(session, story.id, entry)
            done += len(unlisted)
        return done

    async def _with_all(
        self, words: tuple[str, ...], language: str, *, limit: int, offset: int
    ) -> SearchPage:
        async with self._database.read() as session:
            languages = {language, *await search.languages(session)}
            sought = [term for word in words for term in search_terms.sought(word, languages)]
            fit, total = await search.find(session, sought, limit=limit, offset=offset)
            return SearchPage(words, tuple(await stories.in_language(session, fit, language)), total)

    async def _corrected(self, word: str, language: str) -> str:
        """The word itself where a published Story has it, or none has one like it; else the nearest.

        Of several that are equally near, the one in most Stories.
        """
        plain = search_terms.folded(word)
        if not search_terms.can_be_corrected(plain):
            return word
        beginning, ending = spelling.ends(plain)
        errors = spelling.errors_forgiven(plain)
        async with self._database.read() as session:
            languages = {language, *await search.languages(session)}
            [term] = search_terms.sought(word, languages)
            if await search.count(session, term):
                return word
            known = await search.alike(
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
