"""Queries on the entries of feeds: a queue of what is still to be read, and a memory of what was seen."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Source, SourceEntry
from storage.stories import sources
from storage.words import EntryState, SourceState


class EntryValues(TypedDict, total=False):
    """The columns of an entry that `add` and `change` may set."""

    address: str | None
    headline: str | None
    content: str | None
    published: datetime | None
    seen_at: datetime
    state: EntryState
    tries: int
    due_at: datetime | None
    story_id: int | None
    reason: str | None
    fault: dict[str, Any] | None


class NewEntry(EntryValues):
    """A row for `add`: the feed's id of the entry as a checksum, and the other columns."""

    source_id: int
    key: str


class KnownEntries(NamedTuple):
    """The keys and the addresses of entries that a Source has had before."""

    keys: set[str]
    addresses: set[str]


async def known(
    session: AsyncSession, source_id: int, keys: Sequence[str], addresses: Sequence[str]
) -> KnownEntries:
    """Return the stored entries of the Source that have one of these keys or addresses."""
    same = or_(SourceEntry.key.in_(keys), SourceEntry.address.in_(addresses))
    rows = await session.execute(
        select(SourceEntry.key, SourceEntry.address).where(SourceEntry.source_id == source_id, same)
    )
    found = rows.all()
    return KnownEntries({key for key, _ in found}, {address for _, address in found if address})


async def add(session: AsyncSession, rows: Sequence[NewEntry]) -> None:
    """Store entries; those with a stored key stay as they are."""
    if rows:
        statement = insert(session, SourceEntry).on_conflict_do_nothing()
        await session.execute(statement, [{**row} for row in rows])


async def touch(
    session: AsyncSession, source_id: int, keys: Sequence[str], *, now: datetime, if_before: datetime
) -> None:
    """Note that the feed still has these entries, if they were last seen before `if_before`.

    Entries that wait to be read are left out: they are never pruned.
    """
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


async def prune(session: AsyncSession, source_id: int, *, before: datetime) -> None:
    """Delete entries that the feed has not had since `before`, except those that wait to be read."""
    await session.execute(
        delete(SourceEntry).where(
            SourceEntry.source_id == source_id,
            SourceEntry.seen_at < before,
            SourceEntry.state != EntryState.WAITING,
        )
    )


async def sources_with_due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Source]:
    """Return the Sources, except paused ones, that have entries to be read now."""
    waiting = select(SourceEntry.source_id).where(*_is_due(now))  # few rows, by their index
    statement = sources.whole().where(Source.state != SourceState.PAUSED, Source.id.in_(waiting))
    return (await session.scalars(statement.order_by(Source.id).limit(limit))).all()


async def due(session: AsyncSession, source_id: int, *, now: datetime, limit: int) -> Sequence[SourceEntry]:
    """Return the Source's entries to be read now, the longest overdue first."""
    statement = select(SourceEntry).where(SourceEntry.source_id == source_id, *_is_due(now))
    return (await session.scalars(statement.order_by(SourceEntry.due_at).limit(limit))).all()


async def change(session: AsyncSession, source_id: int, key: str, **values: Unpack[EntryValues]) -> bool:
    """Set columns of an entry that waits to be read; return False if it no longer waits."""
    changed = await session.scalar(
        update(SourceEntry)
        .where(
            SourceEntry.source_id == source_id,
            SourceEntry.key == key,
            SourceEntry.state == EntryState.WAITING,
        )
        .values(**values)
        .returning(SourceEntry.key)
    )
    return changed is not None


async def count(
    session: AsyncSession, source_ids: Collection[int] | None = None
) -> dict[tuple[int, EntryState], int]:
    """Return how many entries each of these Sources (None: all) has in each state, by Source id and state."""
    columns = (SourceEntry.source_id, SourceEntry.state)
    statement = select(*columns, func.count()).group_by(*columns)
    if source_ids is not None:
        statement = statement.where(SourceEntry.source_id.in_(source_ids))
    rows = await session.execute(statement)
    return {(source_id, state): number for source_id, state, number in rows}


async def newest(session: AsyncSession, source_id: int, *, limit: int) -> Sequence[SourceEntry]:
    """Return the entries that the feed had last, the newest first."""
    statement = select(SourceEntry).where(SourceEntry.source_id == source_id)
    moment = func.coalesce(SourceEntry.published, SourceEntry.seen_at)
    return (await session.scalars(statement.order_by(moment.desc(), SourceEntry.key).limit(limit))).all()


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (SourceEntry.state == EntryState.WAITING, SourceEntry.due_at <= now)
