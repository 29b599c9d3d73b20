"""Rows of readers' letters to the editors: in which chat each is, and which editors were notified of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import (
    BigInteger,
    Select,
    String,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from storage.database import in_turn, insert
from storage.models import Broadcast, Delivery, Letter, LetterMark, Story, Subscriber
from storage.words import BroadcastKind, ChatKind, DeliveryState, StoryState, SubscriberState

_OUT_OF_REACH = (SubscriberState.BLOCKED, SubscriberState.GONE)


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter: where it is, and what editors see of it.

    - `reader`, `message_id`: the reader's chat, and the message in it.
    - `number`: that of the reader among those who wrote on the day; None in letters from before numbers.
    - `story_id`, `headline`: the Story that it is about, if we know of one.
    """

    id: int
    reader: int
    message_id: int
    answered: bool
    written_at: datetime
    number: int | None
    story_id: int | None
    headline: str | None


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """Letters about one Story (None: no known Story): how many, with an album as one, and their ids."""

    story_id: int | None
    headline: str | None
    number: int
    first_id: int
    last_id: int


STORED = (
    select(
        Letter.id,
        Subscriber.chat_id,
        Letter.message_id,
        Letter.answered,
        Letter.written_at,
        Letter.reader_number,
        Letter.story_id,
        Story.headline,
    )
    .join(Subscriber, Subscriber.id == Letter.subscriber_id)
    .outerjoin(Story, Story.id == Letter.story_id)
)
"""The columns of StoredLetter."""


async def find(session: AsyncSession, chat_id: int, message_id: int) -> StoredLetter | None:
    """Return this letter; None if it is not stored."""
    rows = await session.execute(STORED.where(Subscriber.chat_id == chat_id, Letter.message_id == message_id))
    row = rows.first()
    return None if row is None else StoredLetter(*row)


async def is_known(session: AsyncSession, chat_id: int, message_id: int) -> bool:
    """Return whether this letter is stored."""
    found = select(Letter.id).join(Subscriber, Subscriber.id == Letter.subscriber_id)
    its = (Subscriber.chat_id == chat_id, Letter.message_id == message_id)
    return await session.scalar(found.where(*its)) is not None


async def add(
    session: AsyncSession,
    key: tuple[int, int],
    *,
    story_id: int | None,
    album: str | None = None,
    now: datetime,
) -> None:
    """Add the letter with this key (chat and message) unless it is there.

    Readers of the table see ids in order, so that an editor who knows of one letter knows of all before it.
    The reader keeps the number of the day's first letter; a reader who has none gets the next one.
    """
    await in_turn(session, "letters")
    chat_id, message_id = key
    number = await _number_of(session, chat_id, now)
    written = select(
        Subscriber.id,
        literal(message_id, BigInteger),
        literal(story_id, Letter.story_id.type),
        literal(album, Letter.album.type),
        literal(now, Letter.written_at.type),
        false(),
        literal(number, Letter.reader_number.type),
    ).where(Subscriber.chat_id == chat_id)
    names = ["subscriber_id", "message_id", "story_id", "album", "written_at", "answered", "reader_number"]
    statement = insert(session, Letter).from_select(names, written)
    await session.execute(statement.on_conflict_do_nothing())


async def _number_of(session: AsyncSession, chat_id: int, now: datetime) -> int:
    """Return the number of this reader among those who wrote on the same day (UTC); the next one if new."""
    that_day = Letter.written_at >= datetime.combine(now.date(), time(), now.tzinfo)
    own = select(Letter.reader_number).join(Subscriber, Subscriber.id == Letter.subscriber_id)
    number = await session.scalar(
        own.where(that_day, Subscriber.chat_id == chat_id, Letter.reader_number.is_not(None)).limit(1)
    )
    if number is not None:
        return int(number)
    last: int | None = await session.scalar(select(func.max(Letter.reader_number)).where(that_day))
    return (last or 0) + 1


async def pushed_as(session: AsyncSession, chat_id: int, message_id: int | None) -> int | None:
    """Return the Story of the push that this message in a chat is; None if it is none."""
    if message_id is None:
        return None
    found: int | None = await session.scalar(_pushes(chat_id).where(Delivery.message_id == message_id))
    return found


async def last_pushed(session: AsyncSession, chat_id: int, since: datetime) -> int | None:
    """Return the Story of the latest push that the chat got since then; None if it got none."""
    found: int | None = await session.scalar(_pushes(chat_id).where(Delivery.settled_at >= since))
    return found


async def published(session: AsyncSession, story_id: int) -> Story | None:
    """Return this Story, with its original, if readers can see it."""
    wanted = (Story.id == story_id, Story.state == StoryState.PUBLISHED)
    return await session.scalar(select(Story).options(selectinload(Story.original)).where(*wanted))


def _pushes(chat_id: int) -> Select[int | None]:
    """Return the statement of the Stories that were pushed to a chat, the latest one first."""
    return (
        select(Broadcast.story_id)
        .join(Delivery, Delivery.broadcast_id == Broadcast.id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Subscriber.chat_id == chat_id,
            Broadcast.kind == BroadcastKind.PUSH,
            Delivery.state == DeliveryState.SENT,
        )
        .order_by(Broadcast.id.desc())
        .limit(1)
    )


async def reachable(session: AsyncSession, chat_ids: Collection[int]) -> Sequence[int]:
    """Return those of these people who have a chat with the bot and have not shut it out."""
    rows = await session.scalars(
        select(Subscriber.chat_id)
        .where(
            Subscriber.chat_id.in_(chat_ids),
            Subscriber.kind == ChatKind.PRIVATE,
            Subscriber.state.not_in(_OUT_OF_REACH),
        )
        .order_by(Subscriber.chat_id)
    )
    return list(rows)


async def unannounced(session: AsyncSession, editor: int) -> Sequence[LetterGroup]:
    """Return the letters that this editor does not know of, by Story, the most letters first.

    Letters of muted readers are left out.
    """
    mark = (
        select(LetterMark.letter_id)
        .join(Subscriber, Subscriber.id == LetterMark.subscriber_id)
        .where(Subscriber.chat_id == editor)
        .scalar_subquery()
    )
    number = func.count(func.coalesce(Letter.album, cast(Letter.id, String)).distinct()).label("number")
    rows = await session.execute(
        select(Letter.story_id, func.max(Story.headline), number, func.min(Letter.id), func.max(Letter.id))
        .join(Subscriber, Subscriber.id == Letter.subscriber_id)
        .outerjoin(Story, Story.id == Letter.story_id)
        .where(Letter.id > func.coalesce(mark, 0), ~Subscriber.muted)
        .group_by(Letter.story_id)
        .order_by(number.desc(), Letter.story_id.is_(None), Letter.story_id)
    )
    return [LetterGroup(*row) for row in rows]


async def mark_announced(session: AsyncSession, editor: int, *, until: int) -> None:
    """Note that this editor knows of all letters up to this id."""
    theirs = select(Subscriber.id, literal(until)).where(Subscriber.chat_id == editor)
    statement = insert(session, LetterMark).from_select(["subscriber_id", "letter_id"], theirs)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[LetterMark.subscriber_id], set_={"letter_id": until})
    )


async def next_of(
    session: AsyncSession, *, after: int, until: int, story_ids: Sequence[int | None]
) -> tuple[StoredLetter | None, int]:
    """Return the first letter with an id after `after` and up to `until`, and how many follow it.

    Only letters about one of these Stories count (None: about no Story); without any, all do.
    """
    about = [Letter.story_id.is_(None) if one is None else Letter.story_id == one for one in story_ids]
    wanted = (Letter.id > after, Letter.id <= until, ~Subscriber.muted, or_(*about) if about else true())
    rows = await session.execute(
        STORED.add_columns(func.count().over()).where(*wanted).order_by(Letter.id).limit(1)
    )
    row = rows.first()
    return (None, 0) if row is None else (StoredLetter(*row[:-1]), row[-1] - 1)


async def between(session: AsyncSession, first_id: int, last_id: int) -> Sequence[StoredLetter]:
    """Return the letters with ids from the first to the last, in order, without those of muted readers."""
    known = (Letter.id >= first_id, Letter.id <= last_id, ~Subscriber.muted)
    rows = await session.execute(STORED.where(*known).order_by(Letter.id))
    return [StoredLetter(*row) for row in rows]


async def mark_answered(session: AsyncSession, chat_id: int, message_id: int) -> None:
    """Note that an editor has answered this letter."""
    reader = select(Subscriber.id).where(Subscriber.chat_id == chat_id).scalar_subquery()
    its = (Letter.subscriber_id == reader, Letter.message_id == message_id)
    await session.execute(update(Letter).where(*its).values(answered=True))


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Delete the letters that were written before then."""
    await session.execute(delete(Letter).where(Letter.written_at < before))
