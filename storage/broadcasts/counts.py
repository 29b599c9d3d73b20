"""Rows of later changes to a Broadcast's counts: results that change after their Range was done."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import AfterCount

READERS = 0
"""Stands for the Range where a reader caused the change: a return, /catchup, /stop, /forgetme."""


@dataclass(frozen=True, slots=True)
class Change:
    """By how much the counts of a Broadcast change.

    `expected` counts Subscribers who were not in the Audience at the start.
    """

    held: int = 0
    later: int = 0
    skipped: int = 0
    blocked: int = 0
    expected: int = 0


_NAMES = tuple(asdict(Change()))

CAME = Change(held=-1, later=1)
DROPPED = Change(held=-1, skipped=1)
MISSED = Change(held=1, expected=1)
MISSED_WHEN_BLOCKED = Change(held=1, blocked=-1)


async def add(
    session: AsyncSession, changes: Iterable[tuple[int, Change]], *, range_id: int = READERS
) -> None:
    """Store changes, each with the id of its Broadcast.

    The rows are written in the order of these ids, so that no two transactions block each other.
    """
    sums: dict[int, Counter[str]] = {}
    for broadcast_id, change in changes:
        sums.setdefault(broadcast_id, Counter()).update(asdict(change))
    if sums:
        rows = [
            {"broadcast_id": broadcast_id, "range_id": range_id} | {name: total[name] for name in _NAMES}
            for broadcast_id, total in sorted(sums.items())
        ]
        added = insert(session, AfterCount)
        grown = {name: getattr(AfterCount, name) + getattr(added.excluded, name) for name in _NAMES}
        keys = [AfterCount.broadcast_id, AfterCount.range_id]
        await session.execute(added.on_conflict_do_update(index_elements=keys, set_=grown), rows)


async def of(session: AsyncSession, broadcast_id: int) -> Change:
    """Return the sum of all changes of a Broadcast."""
    sums = (func.coalesce(func.sum(getattr(AfterCount, name)), 0).label(name) for name in _NAMES)
    statement = select(*sums).where(AfterCount.broadcast_id == broadcast_id)
    return Change(**(await session.execute(statement)).mappings().one())
