"""Letters: readers' messages that wait for the editors, by their place, and how far each editor was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, String, cast, delete, false, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import in_turn, insert
from storage.models import Broadcast, Delivery, Letter, LetterMark, Story, Subscriber
from storage.words import BroadcastKind, ChatKind, DeliveryState, SubscriberState

_OUT_OF_REACH = (SubscriberState.BLOCKED, SubscriberState.GONE)


@dataclass(frozen=True, slots=True)
class LetterLocation:
    """A Letter: its number, and where it stands. `answered`: an editor has answered it."""

    id: int
    reader: int
    message_id: int
    answered: bool = False


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """How many Letters there are about a Story (None: about none that we know); an album counts as one."""

    story_id: int | None
    headline: str | None
    number: int
    first_id: int
    last_id: int


async def is_known(session: AsyncSession, chat_id: int, message_id: int) -> bool:
    """It is kept already."""
    found = select(Letter.id).join(Subscriber, Subscriber.id == Letter.subscriber_id)
    its = (Subscriber.chat_id == chat_id, Letter.message_id == message_id)
    return await session.scalar(found.where(*its)) is not None


async def add(
    session: AsyncSession,
    place: tuple[int, int],
    *,
    story_id: int | None,
    album: str | None = None,
    now: datetime,
) -> None:
    """Keep the one at this place (chat and message), once.

    Their numbers are seen in order, so that who was told of one was told of all before it.
    """
    await in_turn(session, "letters")
    chat_id, message_id = place
    written = select(
        Subscriber.id,
        literal(message_id, BigInteger),
        literal(story_id, Letter.story_id.type),
        literal(album, Letter.album.type),
        literal(now, Letter.written_at.type),
        false(),
    ).where(Subscriber.chat_id == chat_id)
    names = ["subscriber_id", "message_id", "story_id", "album", "written_at", "answered"]
    statement = insert(session, Letter).from_select(names, written)
    await session.execute(statement.on_conflict_do_nothing())


async def story_of(
    session: AsyncSession, chat_id: int, *, replied: int | None, since: datetime
) -> int | None:
    """The Story of the message that was replied to, else of the latest push that came after `since`."""
    answers = Delivery.message_id == replied if replied else literal(False)
    found: int | None = await session.scalar(
        select(Broadcast.story_id)
        .join(Delivery, Delivery.broadcast_id == Broadcast.id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Subscriber.chat_id == chat_id,
            Broadcast.kind == BroadcastKind.PUSH,
            Delivery.state == DeliveryState.SENT,
            or_(answers, Delivery.settled_at >= since),
        )
        .order_by(answers.desc(), Broadcast.id.desc())
        .limit(1)
    )
    return found


async def within_reach(session: AsyncSession, chat_ids: Collection[int]) -> Sequence[int]:
    """Those of these people who have a chat with us and have not shut us out."""
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


async def untold(session: AsyncSession, editor: int) -> Sequence[LetterGroup]:
    """What this editor was not told of, by Stories, most Letters first. What muted readers wrote is not."""
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


async def told(session: AsyncSession, editor: int, *, until: int) -> None:
    """This editor was told of all up to this one."""
    theirs = select(Subscriber.id, literal(until)).where(Subscriber.chat_id == editor)
    statement = insert(session, LetterMark).from_select(["subscriber_id", "letter_id"], theirs)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[LetterMark.subscriber_id], set_={"letter_id": until})
    )


async def next_of(
    session: AsyncSession, *, after: int, until: int, story_ids: Sequence[int | None]
) -> tuple[LetterLocation | None, int]:
    """The first Letter after this one, about one of these Stories (none: any); how many follow it."""
    about = [Letter.story_id.is_(None) if one is None else Letter.story_id == one for one in story_ids]
    of_pile = (Letter.id > after, Letter.id <= until, ~Subscriber.muted, or_(*about) if about else true())
    rows = await session.execute(
        select(Letter.id, Subscriber.chat_id, Letter.message_id, Letter.answered, func.count().over())
        .join(Subscriber, Subscriber.id == Letter.subscriber_id)
        .where(*of_pile)
        .order_by(Letter.id)
        .limit(1)
    )
    row = rows.first()
    return (None, 0) if row is None else (LetterLocation(*row[:4]), row[4] - 1)


async def between(session: AsyncSession, first_id: int, last_id: int) -> Sequence[LetterLocation]:
    """All of these, in order, but for what muted readers wrote."""
    rows = await session.execute(
        select(Letter.id, Subscriber.chat_id, Letter.message_id, Letter.answered)
        .join(Subscriber, Subscriber.id == Letter.subscriber_id)
        .where(Letter.id >= first_id, Letter.id <= last_id, ~Subscriber.muted)
        .order_by(Letter.id)
    )
    return [LetterLocation(*row) for row in rows]


async def answered(session: AsyncSession, chat_id: int, message_id: int) -> None:
    """An editor has answered it."""
    reader = select(Subscriber.id).where(Subscriber.chat_id == chat_id).scalar_subquery()
    its = (Letter.subscriber_id == reader, Letter.message_id == message_id)
    await session.execute(update(Letter).where(*its).values(answered=True))


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Remove those that were written before then."""
    await session.execute(delete(Letter).where(Letter.written_at < before))
