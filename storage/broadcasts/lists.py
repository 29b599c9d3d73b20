"""Lists of Broadcasts, a page at a time, and those of some days; with the progress of several at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import Progress
from storage.broadcasts.reopening import UNREACHABLE
from storage.models import AfterCount, Broadcast, Delivery, Range
from storage.words import CONFIRMED, UNDER_WAY, BroadcastKind, BroadcastState, DeliveryState

_WITH_CONTENT = (joinedload(Broadcast.story), joinedload(Broadcast.report))
_begins = func.coalesce(Broadcast.started_at, Broadcast.start_at)
_SENT = ("sent", "failed", "blocked", "skipped", "held")
_LATER = ("held", "later", "skipped", "blocked", "expected")


async def newest(
    session: AsyncSession, limit: int | None = None, *, states: Collection[BroadcastState] = CONFIRMED
) -> Sequence[Broadcast]:
    """Return the Broadcasts in one of these states with their content, newest first: all, or `limit`.

    Of Digests only those under way: several come every day, and would hide what editors sent.
    """
    return (await session.scalars(_newest(states).limit(limit))).all()


async def page(
    session: AsyncSession, states: Collection[BroadcastState], *, limit: int, offset: int = 0
) -> tuple[Sequence[Broadcast], int]:
    """Return a page of what `newest` returns, and how many there are in all."""
    number = await session.scalar(select(func.count()).select_from(Broadcast).where(_is_listed(states)))
    return (await session.scalars(_newest(states).limit(limit).offset(offset))).all(), number or 0


async def between(session: AsyncSession, first: datetime, end: datetime, *, most: int) -> Sequence[Broadcast]:
    """Return up to `most` confirmed pushes and Reports that begin from `first` on and before `end`.

    Those that were cancelled before they began are left out. With their content, the earliest first.
    """
    statement = select(Broadcast).options(*_WITH_CONTENT).order_by(_begins, Broadcast.id).limit(most)
    of_kind = Broadcast.kind.in_((BroadcastKind.PUSH, BroadcastKind.REPORT))
    never_began = and_(Broadcast.state == BroadcastState.CANCELLED, Broadcast.started_at.is_(None))
    statement = statement.where(of_kind, Broadcast.state != BroadcastState.PREPARING, ~never_began)
    return (await session.scalars(statement.where(_begins >= first, _begins < end))).all()


async def progresses(session: AsyncSession, broadcast_ids: Collection[int]) -> dict[int, Progress]:
    """Return the progress of these Broadcasts by their ids, in two statements."""
    later = {
        row["id"]: row for row in (await session.execute(_sums(AfterCount, _LATER, broadcast_ids))).mappings()
    }
    done = func.coalesce(func.sum(case((Range.done, 1), else_=0)), 0).label("ranges_done")
    statement = _sums(Range, _SENT, broadcast_ids).add_columns(func.count().label("ranges"), done)
    found = {row["id"]: row for row in (await session.execute(statement)).mappings()}
    return {one: _progress(found.get(one, {}), later.get(one, {})) for one in broadcast_ids}


async def failures_by_reason(
    session: AsyncSession, broadcast_id: int, *, ranges: int
) -> Sequence[tuple[str, int]]:
    """Return how often a message failed for each reason, the most frequent first.

    It reads the first so many Ranges with a failure: a Broadcast can have millions of receipts. Readers who
    blocked the bot or are gone are left out.
    """
    some = select(Range.first_id, Range.last_id).where(Range.broadcast_id == broadcast_id, Range.failed > 0)
    bounds = (await session.execute(some.order_by(Range.first_id).limit(ranges))).all()
    if not bounds:
        return []
    # Each Range by the key: for a join with them PostgreSQL reads all receipts of all Broadcasts.
    within = or_(*(_receipts_between(broadcast_id, one.first_id, one.last_id) for one in bounds))
    reason, number = func.coalesce(Delivery.reason, "").label("reason"), func.count().label("number")
    statement = (
        select(reason, number)
        .where(within, Delivery.state == DeliveryState.FAILED)
        .where(func.coalesce(Delivery.reason, "").not_in(UNREACHABLE))
        .group_by(reason)
        .order_by(number.desc(), reason)
    )
    return [(words, found) for words, found in await session.execute(statement)]


def _receipts_between(broadcast_id: int, first_id: int, last_id: int) -> ColumnElement[bool]:
    theirs = Delivery.subscriber_id.between(first_id, last_id)
    return and_(Delivery.broadcast_id == broadcast_id, theirs)


async def begun_since(session: AsyncSession, since: datetime, *, most: int) -> Sequence[Broadcast]:
    """Return up to `most` Broadcasts of all kinds that sent new messages since then, the newest first."""
    sends = Broadcast.kind.not_in((BroadcastKind.CORRECTION, BroadcastKind.WITHDRAWAL))
    statement = select(Broadcast).where(sends, Broadcast.started_at >= since)
    return (await session.scalars(statement.order_by(Broadcast.id.desc()).limit(most))).all()


def _newest(states: Collection[BroadcastState]) -> Select[Broadcast]:
    statement = select(Broadcast).options(*_WITH_CONTENT).where(_is_listed(states))
    return statement.order_by(Broadcast.id.desc())


def _is_listed(states: Collection[BroadcastState]) -> ColumnElement[bool]:
    is_shown = or_(Broadcast.kind != BroadcastKind.DIGEST, Broadcast.state.in_(UNDER_WAY))
    return and_(Broadcast.state.in_(states), is_shown)


def _sums(
    table: type[Range | AfterCount], names: Sequence[str], broadcast_ids: Collection[int]
) -> Select[*tuple[Any, ...]]:
    sums = (func.coalesce(func.sum(getattr(table, name)), 0).label(name) for name in names)
    of_them = table.broadcast_id.in_(broadcast_ids)
    return select(table.broadcast_id.label("id"), *sums).where(of_them).group_by(table.broadcast_id)


def _progress(row: Mapping[Any, Any], after: Mapping[Any, Any]) -> Progress:
    """Return the Progress of what the Ranges counted, with what changed later."""

    def both(name: str) -> int:
        return int(row.get(name, 0)) + int(after.get(name, 0))

    return Progress(
        sent=int(row.get("sent", 0)) + int(after.get("later", 0)),
        failed=int(row.get("failed", 0)),
        blocked=both("blocked"),
        skipped=both("skipped"),
        ranges=int(row.get("ranges", 0)),
        ranges_done=int(row.get("ranges_done", 0)),
        held=both("held"),
        later=int(after.get("later", 0)),
        more=int(after.get("expected", 0)),
    )


async def to_topic(
    session: AsyncSession, topic_id: int, states: Collection[BroadcastState]
) -> Sequence[Broadcast]:
    """Return the Broadcasts in these states whose Audience names this Topic."""
    found = await session.scalars(select(Broadcast).where(Broadcast.state.in_(states)).order_by(Broadcast.id))
    return [one for one in found if topic_id in Audience.of(one).topics]
