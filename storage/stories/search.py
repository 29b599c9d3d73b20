"""Queries on the search index: the words of Stories, and the words to which typing errors are corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.database import insert
from storage.engine import fulltext
from storage.engine.fulltext import Term
from storage.models import SearchEntry, SearchWord, Story
from storage.stories import stories
from storage.words import StoryState

MOST = 500
"""Stories that one search finds: the newest that have the words. Nobody turns so many pages."""


class Found(NamedTuple):
    """Some of the Stories that were found, and how many there are.

    `has_more`: older ones have the words, too.
    """

    stories: Sequence[Story]
    total: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the index stores of a Story.

    language: the one in which it is stemmed.
    headline, body: the words in their order, each followed by its stem if that differs.
    spelling: the words that a typing error may be corrected to.
    """

    language: str
    headline: Sequence[str]
    body: Sequence[str]
    spelling: frozenset[str]


async def index(session: AsyncSession, story_id: int, entry: IndexEntry) -> None:
    """Store the index entry of a Story in place of an older one."""
    await fulltext.put(session, story_id, entry.headline, entry.body)
    listed = insert(session, SearchEntry).values(story_id=story_id, language=entry.language)
    await session.execute(
        listed.on_conflict_do_update(
            index_elements=[SearchEntry.story_id], set_={"language": listed.excluded.language}
        )
    )
    # Sorted, because two transactions that lock the same words in different orders would deadlock.
    await fulltext.learn(session, sorted(entry.spelling))


async def missing(session: AsyncSession, *, limit: int) -> Sequence[Story]:
    """Return Stories that are not in the index, the newest first: those older than the index itself."""
    listed = select(SearchEntry.story_id).where(SearchEntry.story_id == Story.id).exists()
    rows = await session.scalars(select(Story).where(~listed).order_by(Story.id.desc()).limit(limit))
    return rows.all()


async def find(
    session: AsyncSession,
    terms: Sequence[Term],
    *,
    limit: int,
    offset: int = 0,
    state: StoryState = StoryState.PUBLISHED,
) -> Found:
    """Return Stories in this state that have all terms, of the MOST newest of them.

    The best stands first; of two equals, the newer. An `offset` past the last Story gives none and 0.
    """
    found = fulltext.newest(session, terms, state, most=MOST + 1)
    kept = select(found).order_by(found.c.story_id.desc()).limit(MOST).subquery()
    number = select(func.count()).select_from(found).scalar_subquery()
    statement = (
        select(Story.id, number)  # the ids alone: to sort whole Stories takes much longer
        .join(kept, kept.c.story_id == Story.id)
        .order_by(kept.c.rank, Story.released_at.desc(), Story.id.desc())
        .limit(min(limit, max(0, MOST - offset)))
        .offset(offset)
    )
    rows = (await session.execute(statement)).all()
    ids = [story_id for story_id, _ in rows]
    by_id = {story.id: story for story in await session.scalars(stories.whole().where(Story.id.in_(ids)))}
    total = rows[0][1] if rows else 0
    return Found([by_id[story_id] for story_id in ids], min(total, MOST), total > MOST)


async def count(session: AsyncSession, term: Term) -> int:
    """Return how many published Stories have the term: MOST, if there are more."""
    found = fulltext.newest(session, [term], StoryState.PUBLISHED, most=MOST)
    return await session.scalar(select(func.count()).select_from(found)) or 0


async def languages(session: AsyncSession) -> Sequence[str]:
    """Return the languages of the Stories in the index."""
    return (await session.scalars(select(SearchEntry.language).distinct())).all()


async def similar_words(
    session: AsyncSession, *, beginning: str, ending: str, shortest: int, longest: int
) -> Sequence[str]:
    """Return the words of `shortest` to `longest` letters that have this beginning or this ending."""
    statement = select(SearchWord.word).where(
        or_(_begins(SearchWord.word, beginning), _begins(SearchWord.backwards, ending[::-1])),
        func.length(SearchWord.word).between(shortest, longest),
    )
    return (await session.scalars(statement)).all()


def _begins(column: InstrumentedAttribute[str], letters: str) -> ColumnElement[bool]:
    """Return the condition "begins with" as a range, which an index answers on both databases."""
    after = letters[:-1] + chr(ord(letters[-1]) + 1)
    return and_(column >= letters, column < after)
