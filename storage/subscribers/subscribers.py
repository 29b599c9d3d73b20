"""Subscribers, their Preferences and Subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Subscriber, Subscription, Topic
from storage.words import ChatKind, SubscriberState


async def meet(
    session: AsyncSession,
    *,
    chat_id: int,
    kind: ChatKind,
    language: str,
    state: SubscriberState,
) -> Subscriber:
    """The Subscriber of a chat; made with these values where it is new."""
    found = await by_chat(session, chat_id)
    if found is not None:
        return found
    statement = insert(session, Subscriber).values(chat_id=chat_id, kind=kind, language=language, state=state)
    await session.execute(statement.on_conflict_do_nothing())
    made = await by_chat(session, chat_id)
    if made is None:
        raise LookupError(f"subscriber of chat {chat_id} vanished between insert and read")
    return made


async def by_chat(session: AsyncSession, chat_id: int) -> Subscriber | None:
    return await session.scalar(select(Subscriber).where(Subscriber.chat_id == chat_id))


async def lock(session: AsyncSession, chat_id: int) -> Subscriber | None:
    """The Subscriber as it is now, and nobody else changes it until this transaction ends."""
    statement = select(Subscriber).where(Subscriber.chat_id == chat_id).with_for_update(key_share=True)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def change(session: AsyncSession, chat_id: int, /, **values: Any) -> Subscriber | None:
    """Set columns of a chat's Subscriber; None where there is none."""
    return await session.scalar(
        update(Subscriber).where(Subscriber.chat_id == chat_id).values(**values).returning(Subscriber)
    )


async def shut_out(session: AsyncSession, chat_id: int, *, now: datetime) -> None:
    """Note that a chat has blocked us, if it is active; a /stop that comes at the same moment stays."""
    active = and_(Subscriber.chat_id == chat_id, Subscriber.state == SubscriberState.ACTIVE)
    blocked = {"state": SubscriberState.BLOCKED, "blocked_at": now}
    await session.execute(update(Subscriber).where(active).values(blocked))


async def move_chat(session: AsyncSession, *, old: int, new: int, now: datetime) -> None:
    """Follow a group to its new id; where the new one has joined by itself, the old one is gone.

    A new one that only asked for something before we heard of the move gives way to the old one.
    """
    there = await by_chat(session, new)
    if there is not None and there.joined_at is not None:
        await change(session, old, state=SubscriberState.GONE, blocked_at=now)
        return
    if there is not None and await by_chat(session, old) is not None:
        await session.execute(delete(Subscriber).where(Subscriber.id == there.id))
    await change(session, old, chat_id=new)


async def set_states(
    session: AsyncSession, ids: Sequence[int], state: SubscriberState, *, now: datetime
) -> None:
    """Note that active Subscribers have blocked us or are gone; a /stop that came meanwhile stays."""
    if ids:
        await session.execute(
            update(Subscriber)
            .where(Subscriber.id.in_(ids), Subscriber.state == SubscriberState.ACTIVE)
            .values(state=state, blocked_at=now)
        )


async def lock_appealed(session: AsyncSession, ids: Sequence[int]) -> dict[int, datetime | None]:
    """When an Appeal last rode along for each of these; nobody else changes them until this transaction ends.

    In the order of their ids, so that two who lock some of the same wait and do not block each other.
    """
    statement = select(Subscriber.id, Subscriber.appealed_at).where(Subscriber.id.in_(ids))
    rows = await session.execute(statement.order_by(Subscriber.id).with_for_update(key_share=True))
    return dict(rows.all())


async def set_appealed(session: AsyncSession, ids: Sequence[int], *, now: datetime) -> None:
    """Note that an Appeal rides along with what these are sent."""
    if ids:
        await session.execute(update(Subscriber).where(Subscriber.id.in_(ids)).values(appealed_at=now))


async def topics_of(session: AsyncSession, subscriber_id: int) -> set[int]:
    """The ids of the Topics that were chosen one by one."""
    rows = await session.scalars(
        select(Subscription.topic_id).where(Subscription.subscriber_id == subscriber_id)
    )
    return set(rows)


async def set_topics(session: AsyncSession, subscriber_id: int, topic_ids: Sequence[int]) -> None:
    """Put these Topics in the place of the chosen ones."""
    await session.execute(delete(Subscription).where(Subscription.subscriber_id == subscriber_id))
    if topic_ids:
        known = select(Topic.id).where(Topic.id.in_(topic_ids))
        rows = [
            {"subscriber_id": subscriber_id, "topic_id": topic_id}
            for topic_id in await session.scalars(known)
        ]
        if rows:
            await session.execute(insert(session, Subscription).on_conflict_do_nothing(), rows)


async def count_by_state(session: AsyncSession) -> dict[SubscriberState, int]:
    rows = await session.execute(select(Subscriber.state, func.count()).group_by(Subscriber.state))
    return dict(rows.all())
