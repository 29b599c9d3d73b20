"""Sources, their Topics, and the entries that their feeds told of: the queue of what is to be read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from storage.database import insert
from storage.models import Broadcast, Source, SourceEntry, SourceTopic, Story
from storage.words import BroadcastKind, EntryState, SourceState


async def add(session: AsyncSession, **values: Any) -> int | None:
    """Store a Source; None where its address is here already."""
    statement = insert(session, Source).values(**values).on_conflict_do_nothing().returning(Source.id)
    identity: int | None = await session.scalar(statement)
    return identity


async def add_topics(session: AsyncSession, source_id: int, topic_ids: Sequence[int]) -> None:
    if topic_ids:
        rows = [{"source_id": source_id, "topic_id": topic_id} for topic_id in topic_ids]
        await session.execute(insert(session, SourceTopic).on_conflict_do_nothing(), rows)


async def get(session: AsyncSession, source_id: int) -> Source | None:
    return await session.scalar(_whole().where(Source.id == source_id))


async def by_address(session: AsyncSession, address: str) -> Source | None:
    return await session.scalar(_whole().where(Source.address == address))


async def every(session: AsyncSession) -> Sequence[Source]:
    """All Sources, in the order they were added."""
    return (await session.scalars(_whole().order_by(Source.id))).all()


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Source]:
    """Active Sources whose next poll has come, the longest due first."""
    statement = _whole().where(Source.state == SourceState.ACTIVE, Source.next_poll_at <= now)
    return (await session.scalars(statement.order_by(Source.next_poll_at, Source.id).limit(limit))).all()


async def change(session: AsyncSession, source_id: int, **values: Any) -> bool:
    """Set columns of a Source; False where it is not there any more."""
    changed = await session.scalar(
        update(Source).where(Source.id == source_id).values(values).returning(Source.id)
    )
    return changed is not None


async def change_if_due_at(session: AsyncSession, source_id: int, seen: datetime, **values: Any) -> bool:
    """Set columns of a Source while its next poll is at `seen`: who sets it anew has claimed the Source.

    False where somebody else was quicker.
    """
    changed = await session.scalar(
        update(Source)
        .where(Source.id == source_id, Source.next_poll_at == seen)
        .values(values)
        .returning(Source.id)
    )
    return changed is not None


async def has_address(session: AsyncSession, address: str) -> bool:
    return bool(await session.scalar(select(exists().where(Source.address == address))))


async def remove(session: AsyncSession, source_id: int) -> bool:
    """Forget a Source and its entries; its Stories stay. False where it is not there."""
    gone = await session.scalar(delete(Source).where(Source.id == source_id).returning(Source.id))
    return gone is not None


async def known(
    session: AsyncSession, source_id: int, keys: Sequence[str], addresses: Sequence[str]
) -> tuple[set[str], set[str]]:
    """Which of these keys and addresses the Source has told of before."""
    same = or_(SourceEntry.key.in_(keys), SourceEntry.address.in_(addresses))
    rows = await session.execute(
        select(SourceEntry.key, SourceEntry.address).where(SourceEntry.source_id == source_id, same)
    )
    found = rows.all()
    return {key for key, _ in found}, {address for _, address in found if address}


async def add_entries(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store entries; those that are here already stay as they are."""
    if rows:
        statement = insert(session, SourceEntry).on_conflict_do_nothing()
        await session.execute(statement, [dict(row) for row in rows])


async def touch_entries(
    session: AsyncSession, source_id: int, keys: Sequence[str], *, now: datetime, if_before: datetime
) -> None:
    """Note that the feed still tells of these, where that was noted before `if_before`; not of what waits."""
    await session.execute(
        update(SourceEntry)
        .where(
            SourceEntry.source_id == source_id,
            SourceEntry.key.in_(keys),
            SourceEntry.state != EntryState.WAITING,
            SourceEntry.seen_at < if_before,
        )
        .values(seen_at=now)
    )


async def prune_entries(session: AsyncSession, source_id: int, *, before: datetime) -> None:
    """Forget entries that the feed has not told of since `before`, and that nothing waits for."""
    await session.execute(
        delete(SourceEntry).where(
            SourceEntry.source_id == source_id,
            SourceEntry.seen_at < before,
            SourceEntry.state != EntryState.WAITING,
        )
    )


async def with_due_entries(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Source]:
    """Sources with entries to be read now; a paused one's wait on."""
    waiting = select(SourceEntry.source_id).where(*_due(now))  # few rows, by their index
    statement = _whole().where(Source.state != SourceState.PAUSED, Source.id.in_(waiting))
    return (await session.scalars(statement.order_by(Source.id).limit(limit))).all()


async def due_entries(
    session: AsyncSession, source_id: int, *, now: datetime, limit: int
) -> Sequence[SourceEntry]:
    """The Source's entries to be read now, the longest due first."""
    statement = select(SourceEntry).where(SourceEntry.source_id == source_id, *_due(now))
    return (await session.scalars(statement.order_by(SourceEntry.due_at).limit(limit))).all()


async def change_entry(session: AsyncSession, source_id: int, key: str, **values: Any) -> bool:
    """Set columns of a waiting entry; False where it waits no more."""
    changed = await session.scalar(
        update(SourceEntry)
        .where(
            SourceEntry.source_id == source_id,
            SourceEntry.key == key,
            SourceEntry.state == EntryState.WAITING,
        )
        .values(values)
        .returning(SourceEntry.key)
    )
    return changed is not None


async def count_entries(session: AsyncSession) -> dict[tuple[int, EntryState], int]:
    """How many entries each Source has in each state."""
    rows = await session.execute(
        select(SourceEntry.source_id, SourceEntry.state, func.count()).group_by(
            SourceEntry.source_id, SourceEntry.state
        )
    )
    return {(source_id, state): number for source_id, state, number in rows}


async def pushes_since(session: AsyncSession, source_id: int, since: datetime) -> int:
    """How many Stories of the Source were pushed since then, by whomever."""
    number = await session.scalar(
        select(func.count())
        .select_from(Broadcast)
        .join(Story, Story.id == Broadcast.story_id)
        .where(
            Story.source_id == source_id,
            Broadcast.kind == BroadcastKind.PUSH,
            Broadcast.created_at > since,
        )
    )
    return number or 0


def _due(now: datetime) -> tuple[Any, ...]:
    return (SourceEntry.state == EntryState.WAITING, SourceEntry.due_at <= now)


def _whole() -> Select[Source]:
    return select(Source).options(selectinload(Source.topics))
