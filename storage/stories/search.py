"""What readers search: the words of Stories, and which words there are at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.database import insert
from storage.engine import fulltext
from storage.engine.fulltext import Term
from storage.models import SearchEntry, SearchWord, Story
from storage.stories import stories
from storage.words import StoryState


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A Story as the index keeps it: its words in their order with their stems, and what to spell by."""

    language: str
    headline: Sequence[str]
    body: Sequence[str]
    spelling: frozenset[str]


async def index(session: AsyncSession, story_id: int, entry: IndexEntry) -> None:
    """Let the Story be found by `entry`, and by nothing else, whatever it was found by before."""
    await fulltext.put(session, story_id, entry.headline, entry.body)
    listed = insert(session, SearchEntry).values(story_id=story_id, language=entry.language)
    await session.execute(
        listed.on_conflict_do_update(
            index_elements=[SearchEntry.story_id], set_={"language": listed.excluded.language}
        )
    )
    # In one order, so that of two processes that add the same words none waits for the other in a ring.
    await fulltext.learn(session, sorted(entry.spelling))


async def missing(session: AsyncSession, *, limit: int) -> Sequence[Story]:
    """Stories that are not in the index, newest first: those from before there was one."""
    listed = select(SearchEntry.story_id).where(SearchEntry.story_id == Story.id).exists()
    rows = await session.scalars(select(Story).where(~listed).order_by(Story.id.desc()).limit(limit))
    return rows.all()


async def find(
    session: AsyncSession, terms: Sequence[Term], *, limit: int, offset: int = 0
) -> tuple[Sequence[Story], int]:
    """Published Stories that have all the terms, best first, the newer of equals; and how many in all.

    Past the last of them none, and 0.
    """
    found = fulltext.matching(session, terms)
    statement = (
        select(Story.id, func.count().over())  # the ids alone: to sort whole Stories takes much longer
        .join(found, found.c.story_id == Story.id)
        .where(Story.state == StoryState.PUBLISHED)
        .order_by(found.c.rank, Story.released_at.desc(), Story.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = (await session.execute(statement)).all()
    ids = [story_id for story_id, _ in rows]
    by_id = {story.id: story for story in await session.scalars(stories.whole().where(Story.id.in_(ids)))}
    return [by_id[story_id] for story_id in ids], rows[0][1] if rows else 0


async def count(session: AsyncSession, term: Term) -> int:
    """How many published Stories have it."""
    found = fulltext.matching(session, [term])
    statement: Select[int] = (
        select(func.count())
        .select_from(found)
        .join(Story, Story.id == found.c.story_id)
        .where(Story.state == StoryState.PUBLISHED)
    )
    return await session.scalar(statement) or 0


async def languages(session: AsyncSession) -> Sequence[str]:
    """The languages of the Stories in the index."""
    return (await session.scalars(select(SearchEntry.language).distinct())).all()


async def alike(
    session: AsyncSession, *, beginning: str, ending: str, shortest: int, longest: int
) -> Sequence[str]:
    """The words of these lengths, in letters, that begin or end so."""
    statement = select(SearchWord.word).where(
        or_(_begins(SearchWord.word, beginning), _begins(SearchWord.backwards, ending[::-1])),
        func.length(SearchWord.word).between(shortest, longest),
    )
    return (await session.scalars(statement)).all()


def _begins(column: InstrumentedAttribute[str], letters: str) -> ColumnElement[bool]:
    """As a range, which an index answers on both databases."""
    after = letters[:-1] + chr(ord(letters[-1]) + 1)
    return and_(column >= letters, column < after)
