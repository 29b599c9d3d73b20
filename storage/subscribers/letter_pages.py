"""Pages of readers' letters, for editors who read them in a list: open, answered, or of muted readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Letter, Story, Subscriber
from storage.subscribers.letters import STORED, StoredLetter


class LetterState(StrEnum):
    """open: nobody has answered, and the reader is not muted. muted: the reader is, answered or not."""

    OPEN = "open"
    ANSWERED = "answered"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A letter, and whether its reader is muted."""

    letter: StoredLetter
    muted: bool


class LetterPage(NamedTuple):
    """Letters, newest first. `older`: the id before which the next page goes on; None: it is the last one."""

    letters: Sequence[ListedLetter]
    older: int | None


async def page(
    session: AsyncSession,
    state: LetterState,
    *,
    story_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> LetterPage:
    """Return at most `limit` letters in this state with ids below `before`, newest first.

    story_id: only those about this Story.
    """
    statement = STORED.add_columns(Subscriber.muted).where(_is(state))
    if story_id is not None:
        statement = statement.where(Letter.story_id == story_id)
    if before is not None:
        statement = statement.where(Letter.id < before)
    rows = (await session.execute(statement.order_by(Letter.id.desc()).limit(limit + 1))).all()
    found = [ListedLetter(StoredLetter(*row[:-1]), row[-1]) for row in rows[:limit]]
    return LetterPage(found, found[-1].letter.id if len(rows) > limit else None)


async def one(session: AsyncSession, letter_id: int) -> ListedLetter | None:
    """Return a letter by its id; None if it is not stored (any more)."""
    row = (await session.execute(STORED.add_columns(Subscriber.muted).where(Letter.id == letter_id))).first()
    return None if row is None else ListedLetter(StoredLetter(*row[:-1]), row[-1])


async def counts(session: AsyncSession) -> dict[LetterState, int]:
    """Return how many letters are in each state."""
    columns = [func.count().filter(_is(state)) for state in LetterState]
    row = (await session.execute(select(*columns).select_from(Letter))).one()
    return dict(zip(LetterState, row, strict=True))


async def stories_of_open(session: AsyncSession, *, limit: int) -> Sequence[tuple[int, str, int]]:
    """Return the Stories about which most open letters are: id, headline, number of letters."""
    number = func.count().label("number")
    most = select(Letter.story_id, number).where(_is(LetterState.OPEN), Letter.story_id.is_not(None))
    most = most.group_by(Letter.story_id).order_by(number.desc(), Letter.story_id.desc()).limit(limit)
    found = most.subquery()
    statement = select(Story.id, Story.headline, found.c.number).join(found, found.c.story_id == Story.id)
    rows = await session.execute(statement.order_by(found.c.number.desc(), Story.id.desc()))
    return [(row[0], row[1], row[2]) for row in rows]


def _is(state: LetterState) -> ColumnElement[bool]:
    """Return the condition on `letters`. Few readers are muted: their list is read once, by an index."""
    is_muted = Letter.subscriber_id.in_(select(Subscriber.id).where(Subscriber.muted))
    if state is LetterState.MUTED:
        return is_muted
    answered = Letter.answered if state is LetterState.ANSWERED else ~Letter.answered
    return and_(answered, ~is_muted)
