"""How the counts of Broadcasts change after their Ranges were settled."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import AfterCount

_NAMES = ("held", "later", "skipped", "blocked", "expected")
READERS = 0
"""In place of a Range: what readers did themselves (a return, /catchup, /stop, /forgetme)."""


@dataclass(frozen=True, slots=True)
class Change:
    """By how much the counts of a Broadcast change. `expected`: who was not in the Audience at the start."""

    held: int = 0
    later: int = 0
    skipped: int = 0
    blocked: int = 0
    expected: int = 0


CAME = Change(held=-1, later=1)
DROPPED = Change(held=-1, skipped=1)
MISSED = Change(held=1, expected=1)
MISSED_WHEN_BLOCKED = Change(held=1, blocked=-1)


async def add(
    session: AsyncSession, changes: Iterable[tuple[int, Change]], *, range_id: int = READERS
) -> None:
    """Note what changed, by Broadcast. In the order of their ids, so that no two block each other."""
    sums: dict[int, Counter[str]] = {}
    for broadcast_id, change in changes:
        sums.setdefault(broadcast_id, Counter()).update({name: getattr(change, name) for name in _NAMES})
    if sums:
        rows = [
            {"broadcast_id": broadcast_id, "range_id": range_id} | {name: more[name] for name in _NAMES}
            for broadcast_id, more in sorted(sums.items())
        ]
        made = insert(session, AfterCount)
        grown = {name: getattr(AfterCount, name) + getattr(made.excluded, name) for name in _NAMES}
        keys = [AfterCount.broadcast_id, AfterCount.range_id]
        await session.execute(made.on_conflict_do_update(index_elements=keys, set_=grown), rows)


async def of(session: AsyncSession, broadcast_id: int) -> Mapping[str, int]:
    """The sum of all changes of a Broadcast, by name."""
    sums = (func.coalesce(func.sum(getattr(AfterCount, name)), 0).label(name) for name in _NAMES)
    statement = select(*sums).where(AfterCount.broadcast_id == broadcast_id)
    return dict((await session.execute(statement)).mappings().one())
