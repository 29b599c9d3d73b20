"""The full-text index of Stories: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL.

Both get words that are ready (split, folded and stemmed by the caller), so that both find the same. FTS5's
ascii tokenizer splits only at spaces; PostgreSQL's parser and dictionaries are not used.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import CTE, Float, Integer, TextClause, column, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.words import StoryState

TABLE = "story_index"
"""The index, and the beginning of the names of FTS5's own tables. No model describes them."""

_MARKS = dict.fromkeys(map(ord, "\"'\\\0"))  # characters that could end a quotation
_LAST_POSITION = 16_383  # PostgreSQL's highest ("Text Search Limitations")
_POSITIONS = 256  # the most that it stores of one word (same page)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: a word with any of these `forms`, or one with this `beginning`."""

    forms: tuple[str, ...]
    beginning: str | None = None


async def put(session: AsyncSession, story_id: int, headline: Sequence[str], body: Sequence[str]) -> None:
    """Store these words, in their order, as all that can be found of the Story."""
    for statement in _index(session).put(story_id, headline, body):
        await session.execute(statement)


async def learn(session: AsyncSession, words: Sequence[str]) -> None:
    """Add these words to those that correct typing errors: hundreds of them in one statement."""
    await session.execute(_index(session).learn(words, [word[::-1] for word in words]))


def newest(session: AsyncSession, terms: Sequence[Term], state: StoryState, *, most: int) -> CTE:
    """Return the `story_id` and `rank` of the newest Stories in this state that have all terms.

    These are at most `most`, by id: a word that most Stories have costs no more than that. The lower the
    rank, the better. A word in the headline counts as ten in the body (PostgreSQL's weights of A and D).
    SQLite ranks by BM25, which counts how rare a word is; PostgreSQL by how often and how near to each other
    the words occur.
    """
    statement = _index(session).match(terms).bindparams(state=state.value, most=most)
    found = statement.columns(column("story_id", Integer), column("rank", Float)).cte("matching")
    # Otherwise SQLite reads the Stories one by one, and searches the index for each of them.
    return found.prefix_with("MATERIALIZED", dialect="sqlite")


class _Index(Protocol):
    """The statements of one database."""

    def put(self, story_id: int, headline: Sequence[str], body: Sequence[str]) -> Sequence[TextClause]: ...

    def learn(self, words: Sequence[str], backwards: Sequence[str]) -> TextClause: ...

    def match(self, terms: Sequence[Term]) -> TextClause:
        """Return the search; its parameters `state` and `most` are still to be bound."""


class _SQLiteIndex:
    """FTS5."""

    def put(self, story_id: int, headline: Sequence[str], body: Sequence[str]) -> Sequence[TextClause]:
        return (
            text("DELETE FROM story_index WHERE rowid = :id").bindparams(id=story_id),
            text("INSERT INTO story_index (rowid, headline, body) VALUES (:id, :headline, :body)").bindparams(
                id=story_id, headline=" ".join(headline), body=" ".join(body)
            ),
        )

    def learn(self, words: Sequence[str], backwards: Sequence[str]) -> TextClause:
        return text(
            "INSERT INTO search_words (word, backwards)"
            " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:words)"
            " WHERE true ON CONFLICT DO NOTHING"
        ).bindparams(words=json.dumps(list(zip(words, backwards, strict=True))))

    def match(self, terms: Sequence[Term]) -> TextClause:
        # Matches come in the order of their ids. The state is looked up in an index: a row of the table holds
        # the whole text, and is a page of its own.
        return text(
            "SELECT rowid AS story_id, bm25(story_index, 10.0, 1.0) AS rank FROM story_index"
            " WHERE story_index MATCH :wanted"
            " AND EXISTS (SELECT 1 FROM stories INDEXED BY ix_stories_state_id"
            " WHERE stories.state = :state AND stories.id = story_index.rowid)"
            " ORDER BY rowid DESC LIMIT :most"
        ).bindparams(wanted=_expression(terms, " AND ", " OR ", '"{}"', '"{}" *'))


class _PostgreSQLIndex:
    """A tsvector. Its text form is `'word':1A,7`: a word that is the 1st (in the headline) and the 7th."""

    def put(self, story_id: int, headline: Sequence[str], body: Sequence[str]) -> Sequence[TextClause]:
        statement = text(
            "INSERT INTO story_index (story_id, words) VALUES (:id, CAST(CAST(:words AS text) AS tsvector))"
            " ON CONFLICT (story_id) DO UPDATE SET words = excluded.words"
        )
        return (statement.bindparams(id=story_id, words=_vector(headline, body)),)

    def learn(self, words: Sequence[str], backwards: Sequence[str]) -> TextClause:
        given: dict[str, Any] = {"words": list(words), "backwards": list(backwards)}
        return text(
            "INSERT INTO search_words (word, backwards)"
            " SELECT * FROM unnest(CAST(:words AS text[]), CAST(:backwards AS text[]))"
            " ON CONFLICT DO NOTHING"
        ).bindparams(**given)

    def match(self, terms: Sequence[Term]) -> TextClause:
        # A function of revision 0024: its own settings keep the planner from reading every row's words.
        return text(
            "SELECT story_id, rank FROM matching_stories(CAST(CAST(:wanted AS text) AS tsquery),"
            " CAST(:state AS text), CAST(:most AS integer))"
        ).bindparams(wanted=_expression(terms, " & ", " | ", "'{}'", "'{}':*"))


def _index(session: AsyncSession) -> _Index:
    return _SQLiteIndex() if session.get_bind().dialect.name == "sqlite" else _PostgreSQLIndex()


def _expression(terms: Sequence[Term], all_of: str, any_of: str, word: str, beginning: str) -> str:
    """Return the query for all terms, in the database's own words and quotation marks."""
    return all_of.join(f"({any_of.join(_alternatives(term, word, beginning))})" for term in terms)


def _alternatives(term: Term, word: str, beginning: str) -> list[str]:
    forms = [word.format(_unquoted(form)) for form in term.forms]
    return [*forms, beginning.format(_unquoted(term.beginning))] if term.beginning else forms


def _vector(headline: Sequence[str], body: Sequence[str]) -> str:
    """Return the text form of a tsvector of these words."""
    positions: dict[str, list[str]] = {}
    for weight, words, start in (("A", headline, 1), ("", body, len(headline) + 1)):
        for position, word in enumerate(words, start):
            kept = positions.setdefault(word, [])
            if len(kept) < _POSITIONS:
                kept.append(f"{min(position, _LAST_POSITION)}{weight}")
    return " ".join(f"'{_unquoted(word)}':{','.join(kept)}" for word, kept in positions.items())


def _unquoted(word: str) -> str:
    """Return the word without quotation marks and backslashes. The caller's words have none anyway."""
    return word.translate(_MARKS)
