"""Drafts: Broadcasts that an editor prepares, of which nobody is sent anything yet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts.broadcasts import Audience
from storage.models import Broadcast, Subscriber
from storage.words import BroadcastKind, BroadcastState


async def find(session: AsyncSession, *, story_id: int, started_by: int) -> int | None:
    """The draft that this editor has begun for a Story."""
    statement = select(Broadcast.id).where(
        Broadcast.story_id == story_id,
        Broadcast.started_by == started_by,
        Broadcast.state == BroadcastState.PREPARING,
        Broadcast.kind == BroadcastKind.PUSH,
    )
    return await session.scalar(statement.order_by(Broadcast.id.desc()).limit(1))


async def change(session: AsyncSession, broadcast_id: int, **values: Any) -> bool:
    """Set columns of a draft; False where it is none (any more)."""
    statement = update(Broadcast).where(Broadcast.id == broadcast_id, _IS_DRAFT).values(**values)
    return await session.scalar(statement.returning(Broadcast.id)) is not None


async def schedule(session: AsyncSession, broadcast_id: int, *, now: datetime) -> bool:
    """Let a draft start at its hour, or now where it has none; False where it is none (any more)."""
    return await change(
        session,
        broadcast_id,
        state=BroadcastState.SCHEDULED,
        start_at=func.coalesce(Broadcast.start_at, now),
    )


async def drop(session: AsyncSession, broadcast_id: int) -> bool:
    """Forget a draft; False where it is none (any more)."""
    statement = delete(Broadcast).where(Broadcast.id == broadcast_id, _IS_DRAFT)
    return await session.scalar(statement.returning(Broadcast.id)) is not None


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Forget the drafts that were begun before then."""
    await session.execute(delete(Broadcast).where(_IS_DRAFT, Broadcast.created_at < before))


async def sample(session: AsyncSession, audience: Audience, ids: Collection[int]) -> Sequence[Subscriber]:
    """Those of these Subscribers who are in the Audience."""
    statement = select(Subscriber).where(Subscriber.id.in_(ids), audience.includes())
    return (await session.scalars(statement)).all()


_IS_DRAFT = Broadcast.state == BroadcastState.PREPARING
