"""What was pushed while somebody had shut us out, on both databases."""

from datetime import timedelta

from sqlalchemy import select

from bot.subscribers import Subscribers
from storage import broadcasts, subscribers
from storage.database import Database
from storage.models import Delivery
from storage.words import BroadcastState, DeliveryState, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers, get_subscriber, running_broadcast


async def _pushed(database: Database, days_ago: float = 1, **about: object) -> int:
    """A push that ended."""
    broadcast_id = await running_broadcast(database, **about)  # type: ignore[arg-type]
    async with database.sessions.begin() as session:
        started = NOON - timedelta(days=days_ago)
        await broadcasts.change(session, broadcast_id, state=BroadcastState.FINISHED, started_at=started)
    return broadcast_id


async def _held(database: Database, subscriber_id: int) -> list[int]:
    async with database.snapshots() as session:
        rows = await session.scalars(
            select(Delivery.broadcast_id)
            .where(Delivery.subscriber_id == subscriber_id, Delivery.state == DeliveryState.HELD)
            .order_by(Delivery.broadcast_id)
        )
        return list(rows)


async def test_who_returns_has_held_what_they_missed(database: Database) -> None:
    """From their newest receipt on, of the last three months, and only if they had shut us out."""
    people = Subscribers(database, MovableClock(), "en")
    away, stopped = await add_subscribers(database, 2)
    one = await get_subscriber(database, away)
    await _pushed(database)
    got = await _pushed(database)
    await _pushed(database, days_ago=100)
    missed = [await _pushed(database), await _pushed(database)]
    async with database.sessions.begin() as session:
        session.add(
            Delivery(broadcast_id=got, subscriber_id=one.id, state=DeliveryState.SENT, settled_at=NOON)
        )
        await subscribers.change(session, away, state=SubscriberState.BLOCKED)
        await subscribers.change(session, stopped, state=SubscriberState.STOPPED)
    await people.unblocked(away)
    await people.unblocked(stopped)
    returned = await get_subscriber(database, away)
    assert (returned.state, returned.due_at) == (SubscriberState.ACTIVE, NOON)
    assert await _held(database, one.id) == missed
    assert (await get_subscriber(database, stopped)).state is SubscriberState.STOPPED
    assert await _held(database, one.id + 1) == []
    await people.unblocked(away)  # told twice by Telegram
    assert await _held(database, one.id) == missed


async def test_what_was_not_for_them_is_not_held(database: Database) -> None:
    """A push on topics that they did not choose, and one from before they joined."""
    people = Subscribers(database, MovableClock(), "en")
    await add_subscribers(database, 1)
    await _pushed(database)
    [newcomer] = await add_subscribers(database, 1, all_topics=False, state=SubscriberState.BLOCKED)
    await _pushed(database)
    await people.unblocked(newcomer)
    kept = await get_subscriber(database, newcomer)
    assert kept.due_at is None
    assert await _held(database, kept.id) == []
