"""Subscribers who give no sign of life: when they last did, and who may be asked to have fewer messages."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Subscriber
from storage.words import ChatKind, SubscriberState

# The words are written into the SQL and are no parameters: otherwise no database uses the partial index.
_MAY_BE_ASKED = (
    Subscriber.asked_at.is_(None),
    Subscriber.state
    == bindparam("active", SubscriberState.ACTIVE, Subscriber.state.type, literal_execute=True),
    Subscriber.kind == bindparam("private", ChatKind.PRIVATE, Subscriber.kind.type, literal_execute=True),
)


async def note_seen(session: AsyncSession, ids: Collection[int], day: date) -> None:
    """Store that these Subscribers gave a sign of life on this day.

    They are locked in the order of their ids, as Digests do it, so that neither waits for the other for ever.
    """
    earlier = or_(Subscriber.seen_on.is_(None), Subscriber.seen_on < day)
    seen = select(Subscriber.id).where(Subscriber.id.in_(ids), earlier).order_by(Subscriber.id)
    locked = seen.with_for_update(key_share=True)
    await session.execute(update(Subscriber).where(Subscriber.id.in_(locked)).values(seen_on=day))


async def begin(session: AsyncSession, day: date, *, limit: int) -> None:
    """Begin to count on this day for up to so many Subscribers of whom nobody knows when they were seen."""
    unknown = select(Subscriber.id).where(*_MAY_BE_ASKED, Subscriber.seen_on.is_(None)).limit(limit)
    ids = (await session.scalars(unknown)).all()
    if ids:
        await note_seen(session, ids, day)


async def silent(
    session: AsyncSession, *, until: date, after: tuple[date, int] | None, limit: int
) -> Sequence[Subscriber]:
    """Return the next Subscribers who were not seen since that day and were never asked.

    They come in the order of the days on which they were seen last, and of their ids; past `after`.
    """
    statement = select(Subscriber).where(*_MAY_BE_ASKED, Subscriber.seen_on <= until)
    if after is not None:
        day, number = after
        statement = statement.where(
            Subscriber.seen_on >= day, tuple_(Subscriber.seen_on, Subscriber.id) > (day, number)
        )
    in_order = statement.order_by(Subscriber.seen_on, Subscriber.id)
    return (await session.scalars(in_order.limit(limit))).all()


async def claim(session: AsyncSession, subscriber_id: int, *, now: datetime) -> bool:
    """Store that this Subscriber is asked now. Return False if it was asked, or is not active any more."""
    statement = update(Subscriber).where(Subscriber.id == subscriber_id, *_MAY_BE_ASKED)
    return await session.scalar(statement.values(asked_at=now).returning(Subscriber.id)) is not None


async def count_as_asked(session: AsyncSession, *, until: date, now: datetime) -> None:
    """Store that all who are due the question were asked now: after a restore nobody knows who was."""
    silent = update(Subscriber).where(*_MAY_BE_ASKED, Subscriber.seen_on <= until)
    await session.execute(silent.values(asked_at=now))


async def give_back(session: AsyncSession, subscriber_id: int) -> None:
    """Store that this Subscriber was not asked after all: the question surely did not arrive."""
    await session.execute(update(Subscriber).where(Subscriber.id == subscriber_id).values(asked_at=None))
