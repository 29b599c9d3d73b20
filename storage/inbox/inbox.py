"""The inbox: updates that Telegram handed over, each kept until it is done, and its number for longer."""

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

_LEAST_KEPT = 10_000  # numbers that no clock makes us forget: Telegram repeats within minutes

_BLANK = {"content": None, "chat_id": None, "errand": None, "receiver_id": None}


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """An update as it came in; `content` is its JSON."""

    update_id: int
    chat_id: int
    content: str


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """A row that is to be done; `errand` names what is left where the update itself was handled."""

    id: int
    chat_id: int
    errand: str | None = None


@dataclass(frozen=True, slots=True)
class PendingJob:
    """What is left to do of an update that was handled."""

    id: int
    errand: str
    content: str


async def add(
    session: AsyncSession, arrivals: Sequence[NewUpdate], *, receiver_id: int, now: Moment
) -> tuple[Mapping[int, int], bool]:
    """Keep what has not come before; the row of each by its update's number.

    False where this receiver is taken for gone: the rows are then in nobody's hand.
    """
    statement, pack = _adding(dialect_of(session), isinstance(now, datetime))
    given = pack([(one.update_id, one.chat_id, one.content) for one in arrivals])
    if isinstance(now, datetime):
        given["now"] = now
    rows = (await session.execute(statement, given | {"receiver": receiver_id})).all()
    ours = all(row.receiver_id is not None for row in rows)
    return {row.update_id: row.id for row in rows}, ours


async def finish(session: AsyncSession, row_ids: Sequence[int]) -> None:
    """They are done: keep their numbers, and nothing of what they said."""
    await session.execute(update(InboxUpdate).where(InboxUpdate.id.in_(row_ids)).values(_BLANK))


async def forget_errands(session: AsyncSession, chat_id: int) -> None:
    """What is left to do of a chat's updates is not done any more."""
    left = (InboxUpdate.chat_id == chat_id, InboxUpdate.content.is_not(None), InboxUpdate.errand.is_not(None))
    await session.execute(update(InboxUpdate).where(*left).values(_BLANK))


async def leave(session: AsyncSession, left: Sequence[PendingJob]) -> None:
    """They are handled but for this. Whoever has been given one of them meanwhile keeps it as it was."""
    table = InboxUpdate.__table__
    statement = (
        update(InboxUpdate)
        .where(table.c.id == bindparam("row"), table.c.content.is_not(None))
        .values(errand=bindparam("what"), content=bindparam("rest"))
    )
    rows = [{"row": one.id, "what": one.errand, "rest": one.content} for one in left]
    connection = await session.connection()
    await connection.execute(statement, rows)


async def content(session: AsyncSession, row_id: int, *, receiver_id: int) -> str | None:
    """What is to be done; None where it is done, or in another's hand."""
    mine = (InboxUpdate.id == row_id, InboxUpdate.receiver_id == receiver_id)
    found: str | None = await session.scalar(select(InboxUpdate.content).where(*mine))
    return found


async def begin_again(session: AsyncSession, row_id: int) -> int:
    """Count one more try of what a process died with; returns which one it is."""
    counted = update(InboxUpdate).where(InboxUpdate.id == row_id).values(tries=InboxUpdate.tries + 1)
    return await session.scalar(counted.returning(InboxUpdate.tries)) or 0


async def take_over(session: AsyncSession, *, receiver_id: int) -> list[PendingUpdate]:
    """Take in hand what nobody has, in the order of arrival."""
    free = (InboxUpdate.receiver_id.is_(None), InboxUpdate.content.is_not(None))
    taken = await session.execute(
        update(InboxUpdate)
        .where(*free)
        .values(receiver_id=_living(receiver_id))
        .returning(InboxUpdate.id, InboxUpdate.chat_id, InboxUpdate.errand, InboxUpdate.receiver_id)
    )
    rows = [
        PendingUpdate(row_id, chat_id or 0, errand) for row_id, chat_id, errand, receiver in taken if receiver
    ]
    return sorted(rows, key=lambda one: one.id)


async def first_elsewhere(
    session: AsyncSession, chat_ids: Sequence[int], *, receiver_id: int
) -> Mapping[int, int]:
    """Of these chats, the earliest row that waits in another's hand or in nobody's."""
    rows = await session.execute(
        select(InboxUpdate.chat_id, func.min(InboxUpdate.id))
        .where(
            InboxUpdate.content.is_not(None),
            InboxUpdate.errand.is_(None),
            InboxUpdate.chat_id.in_(chat_ids),
            or_(InboxUpdate.receiver_id.is_(None), InboxUpdate.receiver_id != receiver_id),
        )
        .group_by(InboxUpdate.chat_id)
    )
    return {chat_id or 0: first for chat_id, first in rows}


async def prune(session: AsyncSession, *, older_than: Moment) -> None:
    """Forget the numbers of old updates, but never those of the latest: a clock may have jumped."""
    latest = select(func.max(InboxUpdate.id)).scalar_subquery()
    young = select(InboxUpdate.id).where(InboxUpdate.seen_at >= older_than)  # read only up to the first one
    first_young = young.order_by(InboxUpdate.id).limit(1).scalar_subquery()
    await session.execute(
        delete(InboxUpdate).where(
            InboxUpdate.id <= latest - _LEAST_KEPT,
            InboxUpdate.id < func.coalesce(first_young, latest),
            InboxUpdate.content.is_(None),
        )
    )


def _living(receiver_id: int | ColumnElement[int]) -> ScalarSelect[int]:
    """The receiver, which nobody can remove until this transaction ends; NULL where somebody has."""
    found = select(Receiver.id).where(Receiver.id == receiver_id)
    return found.with_for_update(read=True, key_share=True).scalar_subquery()


@lru_cache
def _adding(dialect: str, own_clock: bool) -> tuple[ReturningInsert[tuple[int, int, int | None]], PackRows]:
    """The statement that keeps updates, made once, and what packs its rows. `own_clock`: it gets the time."""
    table = cast("Table", InboxUpdate.__table__)
    rows, pack = rows_in(dialect, {"update_id": BigInteger(), "chat_id": BigInteger(), "content": String()})
    now: ColumnElement[datetime] = (
        bindparam("now", type_=InboxUpdate.seen_at.type) if own_clock else func.now()
    )
    receiver = _living(bindparam("receiver", type_=BigInteger))
    given = select(*rows.c, now, receiver, literal(0, Integer)).order_by(rows.c.update_id)
    names = [*rows.c.keys(), "seen_at", "receiver_id", "tries"]
    adding = insert_on(dialect, table).from_select(names, given).on_conflict_do_nothing()
    return adding.returning(table.c.id, table.c.update_id, table.c.receiver_id), pack
