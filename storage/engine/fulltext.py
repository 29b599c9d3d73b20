"""The full text of Stories: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL.

Both are given words that are ready (split, folded and stemmed by whoever calls), so that they find the same:
FTS5's ascii tokenizer splits at the spaces alone, and PostgreSQL's parser and dictionaries are passed by.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, Float, Integer, TextClause, column, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import SearchWord

TABLE = "story_index"
"""Also how the names of FTS5's own tables begin: no model describes them."""

_MARKS = dict.fromkeys(map(ord, "\"'\\\0"))  # what could end a quotation
_WORDS = SearchWord.__tablename__
_LAST_POSITION = 16_383  # PostgreSQL's highest, "Text Search Limitations"
_POSITIONS = 256  # and that is how many it keeps of one word


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is looked for: a word with any of these `forms`, or with this `beginning`."""

    forms: tuple[str, ...]
    beginning: str | None = None


async def put(session: AsyncSession, story_id: int, headline: Sequence[str], body: Sequence[str]) -> None:
    """Keep these words, in their order, as all that can be found of the Story."""
    if _is_sqlite(session):
        await session.execute(text(f"DELETE FROM {TABLE} WHERE rowid = :id"), {"id": story_id})  # noqa: S608  # our own name
        statement = f"INSERT INTO {TABLE} (rowid, headline, body) VALUES (:id, :headline, :body)"  # noqa: S608  # same
        given = {"id": story_id, "headline": " ".join(headline), "body": " ".join(body)}
    else:
        statement = (
            f"INSERT INTO {TABLE} (story_id, words) VALUES (:id, CAST(CAST(:words AS text) AS tsvector))"  # noqa: S608  # same
            " ON CONFLICT (story_id) DO UPDATE SET words = excluded.words"
        )
        given = {"id": story_id, "words": _vector(headline, body)}
    await session.execute(text(statement), given)


async def learn(session: AsyncSession, words: Sequence[str]) -> None:
    """Keep these words among those that typing errors are corrected by: hundreds of them in one statement."""
    backwards = [word[::-1] for word in words]
    if _is_sqlite(session):
        pair = "json_extract(value, '$[0]'), json_extract(value, '$[1]')"
        rows = f"SELECT {pair} FROM json_each(:words) WHERE true"  # noqa: S608  # our own words
        given: dict[str, object] = {"words": json.dumps(list(zip(words, backwards, strict=True)))}
    else:
        rows = "SELECT * FROM unnest(CAST(:words AS text[]), CAST(:backwards AS text[]))"
        given = {"words": words, "backwards": backwards}
    statement = f"INSERT INTO {_WORDS} (word, backwards) {rows} ON CONFLICT DO NOTHING"
    await session.execute(text(statement), given)


def matching(session: AsyncSession, terms: Sequence[Term]) -> CTE:
    """`story_id` and `rank` of what has all the terms; the lower the rank, the better it fits.

    A word in the headline counts as ten in the body (that is how PostgreSQL weighs A and D). SQLite ranks by
    BM25, which knows how rare a word is; PostgreSQL by how often and how near each other the words stand.
    """
    statement = _sqlite_match(terms) if _is_sqlite(session) else _postgres_match(terms)
    found = statement.columns(column("story_id", Integer), column("rank", Float)).cte("matching")
    # Else SQLite takes the published Stories one by one, and searches the index anew for each.
    return found.prefix_with("MATERIALIZED", dialect="sqlite")


def _sqlite_match(terms: Sequence[Term]) -> TextClause:
    wanted = " AND ".join(
        "(" + " OR ".join([*map(_quoted, term.forms), *_beginning(term, '"{}" *')]) + ")" for term in terms
    )
    return text(
        f"SELECT rowid AS story_id, rank FROM {TABLE}"  # noqa: S608  # our own name
        f" WHERE {TABLE} MATCH :wanted AND rank MATCH 'bm25(10.0, 1.0)'"
    ).bindparams(wanted=wanted)


def _postgres_match(terms: Sequence[Term]) -> TextClause:
    wanted = " & ".join(
        "(" + " | ".join([*map(_lexeme, term.forms), *_beginning(term, "'{}':*")]) + ")" for term in terms
    )
    return text(
        f"SELECT story_id, -ts_rank(words, wanted) AS rank FROM {TABLE},"  # noqa: S608  # our own name
        " CAST(CAST(:wanted AS text) AS tsquery) AS wanted WHERE words @@ wanted"
    ).bindparams(wanted=wanted)


def _beginning(term: Term, pattern: str) -> list[str]:
    return [pattern.format(_bare(term.beginning))] if term.beginning else []


def _vector(headline: Sequence[str], body: Sequence[str]) -> str:
    """A tsvector as PostgreSQL reads it: `'word':1A,7` is a word at the 1st place (headline) and the 7th."""
    places: dict[str, list[str]] = {}
    for weight, words in (("A", headline), ("", body)):
        start = len(headline) if words is body else 0
        for place, word in enumerate(words, start + 1):
            kept = places.setdefault(word, [])
            if len(kept) < _POSITIONS:
                kept.append(f"{min(place, _LAST_POSITION)}{weight}")
    return " ".join(f"{_lexeme(word)}:{','.join(kept)}" for word, kept in places.items())


def _quoted(word: str) -> str:
    return f'"{_bare(word)}"'


def _lexeme(word: str) -> str:
    return f"'{_bare(word)}'"


def _bare(word: str) -> str:
    """The word without what has a meaning in quotation marks; words have none of it anyway."""
    return word.translate(_MARKS)


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"
