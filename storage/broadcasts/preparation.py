"""Broadcasts in preparation: pushes that an editor has begun and not confirmed. Nothing of them was sent."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Unpack

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import BroadcastChanges, columns
from storage.models import Broadcast, Subscriber
from storage.words import BroadcastKind, BroadcastState

_IS_PREPARED = Broadcast.state == BroadcastState.PREPARING


async def find(session: AsyncSession, *, story_id: int, started_by: int) -> int | None:
    """Return the id of the push that this editor (by chat id) prepares for a Story."""
    statement = select(Broadcast.id).where(
        Broadcast.story_id == story_id,
        Broadcast.started_by == started_by,
        _IS_PREPARED,
        Broadcast.kind == BroadcastKind.PUSH,
    )
    return await session.scalar(statement.order_by(Broadcast.id.desc()).limit(1))


async def change(session: AsyncSession, broadcast_id: int, **changes: Unpack[BroadcastChanges]) -> bool:
    """Set columns of a Broadcast in preparation. Return False where it is not in preparation."""
    statement = update(Broadcast).where(Broadcast.id == broadcast_id, _IS_PREPARED)
    changed = statement.values(columns(changes)).returning(Broadcast.id)
    return await session.scalar(changed) is not None


async def schedule(session: AsyncSession, broadcast_id: int, *, now: datetime) -> datetime | None:
    """Let it start at its hour, or now where it has none. Return when; None if it is not in preparation."""
    changes: BroadcastChanges = {"state": BroadcastState.SCHEDULED}
    changes["start_at"] = func.coalesce(Broadcast.start_at, now)
    statement = update(Broadcast).where(Broadcast.id == broadcast_id, _IS_PREPARED)
    return await session.scalar(statement.values(columns(changes)).returning(Broadcast.start_at))


async def drop(session: AsyncSession, broadcast_id: int) -> bool:
    """Delete a Broadcast in preparation. Return False where it is not in preparation."""
    statement = delete(Broadcast).where(Broadcast.id == broadcast_id, _IS_PREPARED)
    return await session.scalar(statement.returning(Broadcast.id)) is not None


async def drop_old(session: AsyncSession, *, before: datetime) -> None:
    """Delete the Broadcasts in preparation that were begun before then."""
    await session.execute(delete(Broadcast).where(_IS_PREPARED, Broadcast.created_at < before))


async def sample(session: AsyncSession, audience: Audience, ids: Collection[int]) -> Sequence[Subscriber]:
    """Return those of these Subscribers who are in the Audience."""
    statement = select(Subscriber).where(Subscriber.id.in_(ids), audience.includes())
    return (await session.scalars(statement)).all()
