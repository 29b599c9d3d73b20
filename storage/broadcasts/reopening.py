"""Queries that reopen a Broadcast: find the Subscribers it failed for or missed, so that they are sent it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts.audience import Audience
from storage.models import Delivery, Range, Subscriber
from storage.words import DeliveryState, SubscriberState

UNREACHABLE = ("blocked", "gone")
"""The reasons of receipts of Subscribers whom Telegram called so (bot/delivery/sender.py)."""

_IDS_A_STATEMENT = 5_000  # well below what either database can bind

_RANGES = Range.metadata.tables[Range.__tablename__]
_OPEN_AGAIN = (
    update(_RANGES)
    .where(_RANGES.c.id == bindparam("range_id"))
    .values(
        done=False,
        attempt=_RANGES.c.attempt + 1,  # the worker that closed it writes nothing more
        failed=_RANGES.c.failed - bindparam("fewer_failed"),
        blocked=_RANGES.c.blocked - bindparam("fewer_blocked"),
    )
)


async def failures(session: AsyncSession, broadcast_id: int) -> dict[int, list[int]]:
    """Return the Subscribers whose message failed and may be tried again, by the ids of their Ranges.

    Not those who blocked the bot or are gone. Nor those of a Range that is not done: its worker would not
    look back.
    """
    failed = and_(Delivery.state == DeliveryState.FAILED, ~_is_unreachable())
    statement = (
        select(Delivery.subscriber_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.broadcast_id == broadcast_id, failed)
        .where(Subscriber.state.not_in([SubscriberState.BLOCKED, SubscriberState.GONE]))
    )
    return await _by_done_range(session, broadcast_id, await session.scalars(statement))


async def missing(session: AsyncSession, broadcast_id: int, audience: Audience) -> dict[int, list[int]]:
    """Return the Subscribers who are in the Audience now and were not sent it, by their done Ranges.

    They joined, came back or unblocked the bot after their turn: they have no receipt, or one of a block.
    """
    served = exists().where(
        Delivery.broadcast_id == broadcast_id,
        Delivery.subscriber_id == Subscriber.id,
        or_(Delivery.state != DeliveryState.FAILED, ~_is_unreachable()),
    )
    statement = select(Subscriber.id).where(audience.includes(), ~served)
    return await _by_done_range(session, broadcast_id, await session.scalars(statement))


async def reopen(session: AsyncSession, broadcast_id: int, again: Mapping[int, Sequence[int]]) -> None:
    """Delete the receipts of these Subscribers, by the ids of their Ranges, and open those Ranges again."""
    if not again:
        return
    range_of = {one: range_id for range_id, found in again.items() for one in found}
    blocked, failed = Counter[int](), Counter[int]()
    for subscriber_id, reason in await _delete_receipts(session, broadcast_id, list(range_of)):
        (blocked if reason in UNREACHABLE else failed)[range_of[subscriber_id]] += 1
    rows = [{"range_id": one, "fewer_failed": failed[one], "fewer_blocked": blocked[one]} for one in again]
    await session.execute(_OPEN_AGAIN, rows)


async def _delete_receipts(
    session: AsyncSession, broadcast_id: int, ids: Sequence[int]
) -> Sequence[tuple[int, str | None]]:
    """Delete the receipts of these Subscribers. Return the id and the reason of each receipt."""
    deleted: list[tuple[int, str | None]] = []
    for start in range(0, len(ids), _IDS_A_STATEMENT):
        of_some = Delivery.subscriber_id.in_(ids[start : start + _IDS_A_STATEMENT])
        statement = delete(Delivery).where(Delivery.broadcast_id == broadcast_id, of_some)
        rows = await session.execute(statement.returning(Delivery.subscriber_id, Delivery.reason))
        deleted += [(row.subscriber_id, row.reason) for row in rows]
    return deleted


async def _by_done_range(
    session: AsyncSession, broadcast_id: int, ids: Iterable[int]
) -> dict[int, list[int]]:
    """Return those of these Subscribers whose Range is done, by the id of the Range."""
    statement = select(Range.id, Range.first_id, Range.last_id).where(
        Range.broadcast_id == broadcast_id, Range.done.is_(True)
    )
    done = (await session.execute(statement.order_by(Range.first_id))).all()
    firsts = [one.first_id for one in done]
    found: dict[int, list[int]] = {}
    for one in ids:
        index = bisect_right(firsts, one) - 1
        if index >= 0 and one <= done[index].last_id:
            found.setdefault(done[index].id, []).append(one)
    return found


def _is_unreachable() -> ColumnElement[bool]:
    return func.coalesce(Delivery.reason, "").in_(UNREACHABLE)
