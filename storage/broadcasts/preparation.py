"""Broadcasts in preparation: pushes that an editor has begun and not confirmed. Nothing of them was sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Unpack

from sqlalchemy import BigInteger, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import BroadcastChanges, columns
from storage.database import dialect_of, rows_in
from storage.models import Broadcast, Subscriber
from storage.words import AppealRhythm, BroadcastKind, BroadcastState, ChatKind, Rhythm, WarnedStories

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


class Sampled(NamedTuple):
    """What a preview reads of a Subscriber: their columns, by name. To read one more, add it here."""

    id: int
    language: str
    kind: ChatKind
    all_topics: bool
    zone: str | None
    rhythm: Rhythm
    hour: int
    weekday: int
    quiet_from: int | None
    quiet_until: int | None
    rest_days: int
    appeal_rhythm: AppealRhythm
    allows_urgent: bool
    warned_stories: WarnedStories
    away_until: datetime | None


_SAMPLED = [getattr(Subscriber, name) for name in Sampled._fields]


async def sample(session: AsyncSession, audience: Audience, ids: Sequence[int]) -> Sequence[Sampled]:
    """Return those of these Subscribers who are in the Audience. `ids` are in their order."""
    statement = select(*_SAMPLED).where(audience.includes())
    if isinstance(ids, range):
        rows = await session.execute(statement.where(Subscriber.id.between(ids[0], ids[-1])))
    else:
        wanted, pack = rows_in(dialect_of(session), {"id": BigInteger()})
        found = statement.join(wanted, wanted.c.id == Subscriber.id)
        rows = await session.execute(found, pack([(one,) for one in ids]))
    return [Sampled(*row) for row in rows]
