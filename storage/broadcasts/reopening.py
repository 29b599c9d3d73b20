"""Reopening: what of a Broadcast is to be sent again, or was never sent."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts.broadcasts import Audience
from storage.models import Delivery, Range, Subscriber
from storage.words import DeliveryState, SubscriberState

UNREACHABLE = ("blocked", "gone")
"""What the receipt of a Subscriber says whom Telegram called so (bot/delivery/sender.py)."""

_AT_ONCE = 5_000  # ids in one statement: well below what either database can bind


_RANGES = Range.metadata.tables[Range.__tablename__]
_OPEN_AGAIN = (
    update(_RANGES)
    .where(_RANGES.c.id == bindparam("range_id"))
    .values(
        done=False,
        attempt=_RANGES.c.attempt + 1,  # whoever closed it writes nothing more
        failed=_RANGES.c.failed - bindparam("fewer_failed"),
        blocked=_RANGES.c.blocked - bindparam("fewer_blocked"),
    )
)


async def failures(session: AsyncSession, broadcast_id: int) -> dict[int, list[int]]:
    """Whose receipt says that their message failed, by Range: those that may be tried again.

    Not whoever shut us out. Nor a Range that is not done: whoever works on it would not look back.
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
    """Who is in the Audience now and was not sent it, in the Ranges that are done.

    They joined, or came back, or let us in again after their turn. Whoever has a receipt of any other kind
    was served.
    """
    served = exists().where(
        Delivery.broadcast_id == broadcast_id,
        Delivery.subscriber_id == Subscriber.id,
        or_(Delivery.state != DeliveryState.FAILED, ~_is_unreachable()),
    )
    statement = select(Subscriber.id).where(audience.includes(), ~served)
    return await _by_done_range(session, broadcast_id, await session.scalars(statement))


async def reopen(session: AsyncSession, broadcast_id: int, again: Mapping[int, Sequence[int]]) -> None:
    """Take back the receipts of these Subscribers, and open their Ranges: by Range, as they were found."""
    ids = [one for found in again.values() for one in found]
    taken: list[tuple[int, str | None]] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        statement = delete(Delivery).where(
            Delivery.broadcast_id == broadcast_id, Delivery.subscriber_id.in_(some)
        )
        rows = await session.execute(statement.returning(Delivery.subscriber_id, Delivery.reason))
        taken += [(row.subscriber_id, row.reason) for row in rows]
    blocked = Counter[int]()
    failed = Counter[int]()
    range_of = {one: range_id for range_id, found in again.items() for one in found}
    for subscriber_id, reason in taken:
        (blocked if reason in UNREACHABLE else failed)[range_of[subscriber_id]] += 1
    if again:
        counts = [
            {"range_id": one, "fewer_failed": failed[one], "fewer_blocked": blocked[one]} for one in again
        ]
        await session.execute(_OPEN_AGAIN, counts)


async def _by_done_range(
    session: AsyncSession, broadcast_id: int, ids: Iterable[int]
) -> dict[int, list[int]]:
    """These Subscribers by the Range that they stand in, if that is done."""
    statement = select(Range.id, Range.first_id, Range.last_id).where(
        Range.broadcast_id == broadcast_id, Range.done.is_(True)
    )
    done = (await session.execute(statement.order_by(Range.first_id))).all()
    firsts = [one.first_id for one in done]
    found: dict[int, list[int]] = {}
    for one in ids:
        place = bisect_right(firsts, one) - 1
        if place >= 0 and one <= done[place].last_id:
            found.setdefault(done[place].id, []).append(one)
    return found


def _is_unreachable() -> ColumnElement[bool]:
    return func.coalesce(Delivery.reason, "").in_(UNREACHABLE)
