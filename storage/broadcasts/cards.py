"""Rows of Cards: the messages that show editors the progress of a Broadcast."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, and_, delete, exists, literal, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from storage.database import insert
from storage.models import Broadcast, Card, Subscriber
from storage.words import UNDER_WAY, BroadcastState


class CardLocation(NamedTuple):
    """The chat and the message of a Card, by Telegram's ids."""

    chat_id: int
    message_id: int


async def put(session: AsyncSession, broadcast_id: int, location: CardLocation) -> bool:
    """Make a message an open Card of a Broadcast, whatever it showed before.

    Return False where the chat is not known, or where there is no such Broadcast.
    """
    number, message = literal(broadcast_id, Integer), literal(location.message_id, BigInteger)
    is_there = exists().where(Broadcast.id == broadcast_id)
    card = select(Subscriber.id, message, number, true())
    card = card.where(Subscriber.chat_id == location.chat_id, is_there)
    added = insert(session, Card).from_select(
        ["subscriber_id", "message_id", "broadcast_id", "is_open"], card
    )
    added = added.on_conflict_do_update(
        index_elements=[Card.subscriber_id, Card.message_id],
        set_={"broadcast_id": broadcast_id, "is_open": True},
    )
    return await session.scalar(added.returning(Card.message_id)) is not None


async def remove(session: AsyncSession, location: CardLocation) -> int | None:
    """Remove a Card. Return the id of the Broadcast that it showed; None where it was no Card."""
    of_chat = select(Subscriber.id).where(Subscriber.chat_id == location.chat_id).scalar_subquery()
    card = and_(Card.subscriber_id == of_chat, Card.message_id == location.message_id)
    return await session.scalar(delete(Card).where(card).returning(Card.broadcast_id))


async def to_update(session: AsyncSession) -> Sequence[tuple[Broadcast, CardLocation | None]]:
    """Return the Broadcasts with an open Card, each with the location of one.

    None in place of a location means that the editor who started the Broadcast has no Card of it yet.
    """
    shown = (
        select(Broadcast, Subscriber.chat_id, Card.message_id)
        .join(Card, Card.broadcast_id == Broadcast.id)
        .join(Subscriber, Subscriber.id == Card.subscriber_id)
        .where(Card.is_open, Broadcast.state != BroadcastState.PREPARING)
    )
    has_card = exists().where(
        Card.broadcast_id == Broadcast.id,
        Card.subscriber_id == Subscriber.id,
        Subscriber.chat_id == Broadcast.started_by,
    )
    begun = and_(Broadcast.state.in_(UNDER_WAY), Broadcast.started_by.is_not(None), ~has_card)
    unshown = select(Broadcast).where(begun)
    story = joinedload(Broadcast.story)
    found: list[tuple[Broadcast, CardLocation | None]] = [
        (broadcast, CardLocation(chat_id, message_id))
        for broadcast, chat_id, message_id in await session.execute(shown.options(story))
    ]
    return found + [(one, None) for one in await session.scalars(unshown.options(story))]


async def lock(session: AsyncSession, broadcast_id: int) -> None:
    """Lock the Cards of a Broadcast until the transaction ends: nobody else opens or closes them."""
    of_it = select(Card.message_id).where(Card.broadcast_id == broadcast_id)
    await session.execute(of_it.order_by(Card.subscriber_id, Card.message_id).with_for_update())


async def set_open(session: AsyncSession, broadcast_id: int, *, is_open: bool) -> None:
    """Store whether what the Cards of a Broadcast show may still change."""
    await session.execute(update(Card).where(Card.broadcast_id == broadcast_id).values(is_open=is_open))
