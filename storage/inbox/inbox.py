"""Rows of the inbox: each update is stored until it is done, and its number for two days longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    String,
    Table,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from storage.database import Moment, PackRows, dialect_of, insert_on, rows_in
from storage.models import InboxUpdate, Receiver

_LEAST_KEPT = 10_000  # the newest numbers stay, whatever the clock says: Telegram repeats within minutes

_DONE = {
    InboxUpdate.content: None,
    InboxUpdate.chat_id: None,
    InboxUpdate.job: None,
    InboxUpdate.receiver_id: None,
}

_FREE = (InboxUpdate.receiver_id.is_(None), InboxUpdate.content.is_not(None))

# Built once: there are some of each for every update.
_FINISH = update(InboxUpdate).where(InboxUpdate.id.in_(bindparam("rows", expanding=True))).values(_DONE)
_REPLACE = (
    update(InboxUpdate)
    .where(InboxUpdate.id == bindparam("row"), InboxUpdate.content.is_not(None))
    .values({InboxUpdate.job: bindparam("kind"), InboxUpdate.content: bindparam("left")})
)


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """An update as Telegram sent it; `content` is its JSON."""

    update_id: int
    chat_id: int
    content: str


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """A row that is not done. `job`: the kind of job that is left of it; None: the update itself is left."""

    id: int
    chat_id: int
    job: str | None = None


@dataclass(frozen=True, slots=True)
class PendingJob:
    """What is left to do of a handled update: the kind of job, and its content as JSON. `id` is the row's."""

    id: int
    kind: str
    content: str


async def add(
    session: AsyncSession, updates: Sequence[NewUpdate], *, receiver_id: int, now: Moment
) -> tuple[Mapping[int, int], bool]:
    """Store the updates that are new. Return the row id of each by its `update_id`, and whether we own them.

    We do not own them if another process has removed this receiver as dead: then no process owns them.
    """
    statement, pack = _insertion(dialect_of(session), isinstance(now, datetime))
    given = pack([(one.update_id, one.chat_id, one.content) for one in updates])
    if isinstance(now, datetime):
        given["now"] = now
    rows = (await session.execute(statement, given | {"receiver": receiver_id})).all()
    owned = all(row.receiver_id is not None for row in rows)
    return {row.update_id: row.id for row in rows}, owned


async def finish(session: AsyncSession, row_ids: Sequence[int]) -> None:
    """Mark rows as done: their numbers stay, their contents go."""
    connection = await session.connection()  # an UPDATE by the session costs twice as much
    await connection.execute(_FINISH, {"rows": row_ids})


async def drop_jobs(session: AsyncSession, chat_id: int) -> None:
    """Mark all jobs that are left of a chat's updates as done."""
    jobs = (InboxUpdate.chat_id == chat_id, InboxUpdate.content.is_not(None), InboxUpdate.job.is_not(None))
    await session.execute(update(InboxUpdate).where(*jobs).values(_DONE))


async def replace_by_jobs(session: AsyncSession, jobs: Sequence[PendingJob]) -> None:
    """Replace handled updates by the jobs that are left of them. A row that is done stays as it is."""
    rows = [{"row": job.id, "kind": job.kind, "left": job.content} for job in jobs]
    connection = await session.connection()
    await connection.execute(_REPLACE, rows)


async def content(session: AsyncSession, row_id: int, *, receiver_id: int) -> str | None:
    """Return the content of a row; None if it is done or belongs to another receiver."""
    mine = (InboxUpdate.id == row_id, InboxUpdate.receiver_id == receiver_id)
    found: str | None = await session.scalar(select(InboxUpdate.content).where(*mine))
    return found


async def count_try(session: AsyncSession, row_id: int) -> int:
    """Count one more try of a row with which a process died; return the number of tries so far."""
    counted = update(InboxUpdate).where(InboxUpdate.id == row_id).values(tries=InboxUpdate.tries + 1)
    return await session.scalar(counted.returning(InboxUpdate.tries)) or 0


async def has_free(session: AsyncSession) -> bool:
    """Return whether any row that is not done has no owner."""
    return await session.scalar(select(exists().where(*_FREE))) or False


async def take_over(session: AsyncSession, *, receiver_id: int) -> list[PendingUpdate]:
    """Make this receiver the owner of all rows that have none; return them in the order of arrival."""
    taken = await session.execute(
        update(InboxUpdate)
        .where(*_FREE)
        .values(receiver_id=_if_registered(receiver_id))
        .returning(InboxUpdate.id, InboxUpdate.chat_id, InboxUpdate.job, InboxUpdate.receiver_id)
    )
    rows = [PendingUpdate(row_id, chat_id or 0, job) for row_id, chat_id, job, owner in taken if owner]
    return sorted(rows, key=lambda one: one.id)


async def first_elsewhere(
    session: AsyncSession, chat_ids: Sequence[int], *, receiver_id: int
) -> Mapping[int, int]:
    """Return, by chat, the earliest row that waits with another receiver or with none. Jobs do not count."""
    rows = await session.execute(
        select(InboxUpdate.chat_id, func.min(InboxUpdate.id))
        .where(
            InboxUpdate.content.is_not(None),
            InboxUpdate.job.is_(None),
            InboxUpdate.chat_id.in_(chat_ids),
            or_(InboxUpdate.receiver_id.is_(None), InboxUpdate.receiver_id != receiver_id),
        )
        .group_by(InboxUpdate.chat_id)
    )
    return {chat_id or 0: first for chat_id, first in rows}


async def prune(session: AsyncSession, *, older_than: Moment) -> None:
    """Delete the numbers of old updates, but never those of the newest: a clock may have jumped."""
    newest = select(func.max(InboxUpdate.id)).scalar_subquery()
    young = select(InboxUpdate.id).where(InboxUpdate.seen_at >= older_than)  # stops at the first one
    first_young = young.order_by(InboxUpdate.id).limit(1).scalar_subquery()
    await session.execute(
        delete(InboxUpdate).where(
            InboxUpdate.id <= newest - _LEAST_KEPT,
            InboxUpdate.id < func.coalesce(first_young, newest),
            InboxUpdate.content.is_(None),
        )
    )


def _if_registered(receiver_id: int | ColumnElement[int]) -> ScalarSelect[int]:
    """Return the receiver's id, locked against removal in this transaction; NULL if it was removed."""
    found = select(Receiver.id).where(Receiver.id == receiver_id)
    return found.with_for_update(read=True, key_share=True).scalar_subquery()


@lru_cache
def _insertion(
    dialect: str, own_clock: bool
) -> tuple[ReturningInsert[tuple[int, int, int | None]], PackRows]:
    """Return the INSERT of new updates, built once, and the function that packs its rows.

    With `own_clock` the time is a parameter, otherwise the database's.
    """
    table = cast("Table", InboxUpdate.__table__)
    rows, pack = rows_in(dialect, {"update_id": BigInteger(), "chat_id": BigInteger(), "content": String()})
    now: ColumnElement[datetime] = (
        bindparam("now", type_=InboxUpdate.seen_at.type) if own_clock else func.now()
    )
    receiver = _if_registered(bindparam("receiver", type_=BigInteger))
    given = select(*rows.c, now, receiver, literal(0, Integer)).order_by(rows.c.update_id)
    names = [*rows.c.keys(), "seen_at", "receiver_id", "tries"]
    insertion = insert_on(dialect, table).from_select(names, given).on_conflict_do_nothing()
    return insertion.returning(table.c.id, table.c.update_id, table.c.receiver_id), pack
