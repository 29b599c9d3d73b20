"""Read and add many Subscribers in one statement, for import and export."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Subscriber, Subscription, Topic


async def known(session: AsyncSession, chat_ids: Sequence[int]) -> set[int]:
    """Return those of these chats that are Subscribers already, in any state."""
    return set(await session.scalars(select(Subscriber.chat_id).where(Subscriber.chat_id.in_(chat_ids))))


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add Subscribers with these columns; those that are there already do not change."""
    if rows:
        table = Subscriber.__table__
        statement = insert(session, table).on_conflict_do_nothing()  # type: ignore[arg-type]  # a mapped class has a Table
        await session.execute(statement, list(rows))


async def subscribe(session: AsyncSession, topics: Mapping[int, Sequence[int]]) -> None:
    """Subscribe each of these chats to these Topics (ids)."""
    ids = dict(
        (
            await session.execute(
                select(Subscriber.chat_id, Subscriber.id).where(Subscriber.chat_id.in_(list(topics)))
            )
        ).all()
    )
    rows = [
        {"subscriber_id": ids[chat_id], "topic_id": topic_id}
        for chat_id, topic_ids in topics.items()
        for topic_id in topic_ids
    ]
    if rows:
        await session.execute(insert(session, Subscription).on_conflict_do_nothing(), rows)


async def after(session: AsyncSession, subscriber_id: int, limit: int) -> Sequence[Subscriber]:
    """Return the next Subscribers after this id, in the order of their ids."""
    statement = select(Subscriber).where(Subscriber.id > subscriber_id).order_by(Subscriber.id).limit(limit)
    return (await session.scalars(statement)).all()


async def topics_between(session: AsyncSession, first_id: int, last_id: int) -> dict[int, list[str]]:
    """Return the slugs of the Topics that these Subscribers chose one by one, by Subscriber id."""
    statement = (
        select(Subscription.subscriber_id, Topic.slug)
        .join(Topic, Topic.id == Subscription.topic_id)
        .where(Subscription.subscriber_id.between(first_id, last_id))
        .order_by(Topic.slug)
    )
    chosen: dict[int, list[str]] = {}
    for subscriber_id, slug in await session.execute(statement):
        chosen.setdefault(subscriber_id, []).append(slug)
    return chosen
