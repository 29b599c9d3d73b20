"""Queries on Sources (the feeds that are polled) and their Topics."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, case, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from storage.database import insert
from storage.models import Broadcast, Source, SourceTopic, Story
from storage.words import BroadcastKind, SourceState


class SourceValues(TypedDict, total=False):
    """The columns of a Source that `add` and `change` may set."""

    address: str
    title: str
    site: str | None
    trusted: bool
    language: str | None
    state: SourceState
    etag: str | None
    modified: str | None
    next_poll_at: datetime
    polled_at: datetime | None
    first_polled_at: datetime | None
    failures: int
    reason: str | None
    fault: dict[str, Any] | None
    added_at: datetime


async def add(session: AsyncSession, **values: Unpack[SourceValues]) -> int | None:
    """Store a Source and return its id; None if its address is stored already."""
    statement = insert(session, Source).values(**values).on_conflict_do_nothing().returning(Source.id)
    identity: int | None = await session.scalar(statement)
    return identity


async def add_topics(session: AsyncSession, source_id: int, topic_ids: Sequence[int]) -> None:
    """Give a Source these Topics in addition to those that it has."""
    if topic_ids:
        rows = [{"source_id": source_id, "topic_id": topic_id} for topic_id in topic_ids]
        await session.execute(insert(session, SourceTopic).on_conflict_do_nothing(), rows)


async def get(session: AsyncSession, source_id: int) -> Source | None:
    """Return the Source, or None if there is none with this id."""
    return await session.scalar(whole().where(Source.id == source_id))


async def by_address(session: AsyncSession, address: str) -> Source | None:
    """Return the Source with this address, or None."""
    return await session.scalar(whole().where(Source.address == address))


async def every(session: AsyncSession) -> Sequence[Source]:
    """Return all Sources in the order in which they were added."""
    return (await session.scalars(whole().order_by(Source.id))).all()


async def listed(
    session: AsyncSession, *, state: SourceState | None, limit: int, offset: int
) -> Sequence[Source]:
    """Return Sources in this state (None: in any): those that fail first, then the last added."""
    statement = whole().order_by(case((Source.failures > 0, 0), else_=1), Source.id.desc())
    if state is not None:
        statement = statement.where(Source.state == state)
    return (await session.scalars(statement.limit(limit).offset(offset))).all()


async def counts(session: AsyncSession) -> dict[SourceState, int]:
    """Return how many Sources are in each state that any is in."""
    rows = await session.execute(select(Source.state, func.count()).group_by(Source.state))
    return dict(rows.all())


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Source]:
    """Return the active Sources whose next poll is due, the longest overdue first."""
    statement = whole().where(Source.state == SourceState.ACTIVE, Source.next_poll_at <= now)
    return (await session.scalars(statement.order_by(Source.next_poll_at, Source.id).limit(limit))).all()


async def change(session: AsyncSession, source_id: int, **values: Unpack[SourceValues]) -> bool:
    """Set columns of a Source; return False if it no longer exists."""
    return await _change(session, [Source.id == source_id], values)


async def change_if_due_at(
    session: AsyncSession, source_id: int, seen: datetime, **values: Unpack[SourceValues]
) -> bool:
    """Set columns of a Source if its next poll is at `seen`; return False if it is not.

    A caller that sets another `next_poll_at` claims the Source: of several at once only one succeeds.
    """
    return await _change(session, [Source.id == source_id, Source.next_poll_at == seen], values)


async def has_address(session: AsyncSession, address: str) -> bool:
    """Return whether there is a Source with this address."""
    return bool(await session.scalar(select(exists().where(Source.address == address))))


async def remove(session: AsyncSession, source_id: int) -> bool:
    """Delete a Source with its entries, not its Stories; return False if it does not exist."""
    gone = await session.scalar(delete(Source).where(Source.id == source_id).returning(Source.id))
    return gone is not None


async def pushes_since(session: AsyncSession, source_id: int, since: datetime) -> int:
    """Return how many pushes of the Source's Stories, by it or by editors, were created after `since`."""
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


def whole() -> Select[Source]:
    """Return a query for Sources with their Topics."""
    return select(Source).options(selectinload(Source.topics))


async def _change(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], values: SourceValues
) -> bool:
    changed = await session.scalar(update(Source).where(*conditions).values(**values).returning(Source.id))
    return changed is not None
