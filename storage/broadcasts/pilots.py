"""The pilot wave of a push: a random part of the Audience gets it first, and the others later.

Which Subscribers are in it follows from their id and that of the Broadcast alone: no list is stored, and
every process finds the same ones after a restart, too. While `pilot_below` is set, workers send the Ranges to
these Subscribers only. When all Ranges are done the Broadcast waits until `pilot_ends_at`. `open_rest` then
opens the same Ranges for all others: receipts keep anybody from getting it twice.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import aftermaths
from storage.broadcasts.broadcasts import has_open_range, lock
from storage.models import AfterCount, Broadcast, Range, Subscriber
from storage.words import UNDER_WAY, BroadcastKind, BroadcastState

MIXES = 2**31 - 1
"""How many values a mix has. A prime, so that squares spread over all of them; a square of a mix and one more
still fits into 64 bits, where SQLite would go on with floats and PostgreSQL would fail."""

_IN_PILOT = and_(Broadcast.state.in_(UNDER_WAY), Broadcast.pilot_below.is_not(None))


def mix(subscriber_id: int, broadcast_id: int) -> int:
    """Return a number below MIXES: as if at random for each id, and other ones for each Broadcast."""
    mixed: int = _mix(subscriber_id, broadcast_id)
    return mixed


def is_in(broadcast_id: int, below: int) -> ColumnElement[bool]:
    """Return the condition on `subscribers` that their mix is below this threshold."""
    condition: ColumnElement[bool] = _mix(Subscriber.id, broadcast_id) < below
    return condition


def _mix(number: Any, broadcast_id: int) -> Any:
    """Mix a number or an SQL expression with the key of a Broadcast.

    Squares modulo a prime break the order of ids, which a linear formula would keep. Both databases and
    Python compute it alike, in whole numbers.
    """
    checksum = hashlib.sha256(f"pilot {broadcast_id}".encode()).digest()
    first, second, third = (int.from_bytes(checksum[at : at + 8]) % MIXES for at in (0, 8, 16))
    mixed = (number + first) % MIXES
    mixed = (mixed * mixed + second) % MIXES
    return (mixed * mixed + third) % MIXES


async def end_sending(session: AsyncSession, broadcast_id: int, *, now: datetime) -> bool:
    """Let the wait begin if all Ranges were sent to the pilot. Return whether this call did it.

    The row is locked first, as in `finish`.
    """
    await lock(session, broadcast_id)
    of_it = select(Broadcast.pilot_minutes).where(Broadcast.id == broadcast_id, _IN_PILOT)
    minutes = await session.scalar(of_it)
    if minutes is None:
        return False
    sent = and_(
        Broadcast.id == broadcast_id, Broadcast.pilot_ends_at.is_(None), ~has_open_range(broadcast_id)
    )
    ends = update(Broadcast).where(sent, _IN_PILOT).values(pilot_ends_at=now + timedelta(minutes=minutes))
    return await session.scalar(ends.returning(Broadcast.id)) is not None


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """Return the ids of the running Broadcasts whose pilot wave is to be judged now."""
    running = and_(Broadcast.state == BroadcastState.RUNNING, Broadcast.pilot_below.is_not(None))
    statement = select(Broadcast.id).where(running, Broadcast.pilot_ends_at <= now)
    return (await session.scalars(statement.order_by(Broadcast.id))).all()


async def open_rest(session: AsyncSession, broadcast_id: int) -> bool:
    """End the pilot wave: open the Ranges for the others. Return False where there is no pilot wave.

    The row is locked first: a worker that closes a Range of the pilot wave at the same moment comes before,
    and the Range is opened here, or after, and frees it instead (storage/deliveries/leases.py).
    """
    await lock(session, broadcast_id)
    ended = update(Broadcast).where(Broadcast.id == broadcast_id, _IN_PILOT).values(pilot_below=None)
    if await session.scalar(ended.returning(Broadcast.id)) is None:
        return False
    done = and_(Range.broadcast_id == broadcast_id, Range.done.is_(True))
    await session.execute(update(Range).where(done).values(done=False, attempt=Range.attempt + 1))
    return True


def in_pilot() -> ColumnElement[bool]:
    """Return the condition on `broadcasts` that they are in their pilot wave: the others get it later."""
    return _IN_PILOT


async def earlier(
    session: AsyncSession, *, minutes: int, since: datetime, before: datetime, limit: int
) -> Sequence[tuple[int, int]]:
    """Return how many each of the last pushes reached, and how many of these left within so many minutes.

    These are pushes that ended between `since` and `before`, at most `limit`. Urgent ones are left out: they
    wake people up.
    """
    statement = (
        select(Broadcast.id)
        .where(
            Broadcast.kind == BroadcastKind.PUSH,
            Broadcast.state == BroadcastState.FINISHED,
            Broadcast.finished_at.between(since, before),
            Broadcast.early_leavers,
            ~Broadcast.urgent,
        )
        .order_by(Broadcast.finished_at.desc())
        .limit(limit)
    )
    ids = (await session.scalars(statement)).all()
    at_once = select(Range.broadcast_id, func.sum(Range.sent)).where(Range.broadcast_id.in_(ids))
    later = select(AfterCount.broadcast_id, func.sum(AfterCount.later)).where(
        AfterCount.broadcast_id.in_(ids)
    )
    sent = await _numbers(session, at_once.group_by(Range.broadcast_id))
    came = await _numbers(session, later.group_by(AfterCount.broadcast_id))
    left = await aftermaths.left_within(session, ids, minutes)
    return [(sent.get(one, 0) + came.get(one, 0), left.get(one, 0)) for one in ids]


async def _numbers(session: AsyncSession, statement: Select[int, int]) -> Mapping[int, int]:
    """Return the rows of a statement as numbers by id."""
    return {one: int(number) for one, number in await session.execute(statement)}
