"""The audit log: who changed what and when, written in the same transaction as the change."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import AuditEntry

_SPAN = 50_000  # ids that one page looks through, where no index finds the entries: some 20 ms
_SLACK = timedelta(hours=1)  # by so much may the time of an entry differ from the order of the ids


async def forget(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete those of the oldest `limit` entries that are older than `before`. Return how many."""
    oldest = select(AuditEntry.id, AuditEntry.at).order_by(AuditEntry.id).limit(limit).subquery()
    old = select(oldest.c.id).where(oldest.c.at < before)
    deleted = await session.scalars(
        delete(AuditEntry).where(AuditEntry.id.in_(old)).returning(AuditEntry.id),
        execution_options={"synchronize_session": False},
    )
    return len(deleted.all())


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Writes the audit entries of one kind of row.

    subject: the kind, such as "story". clock: returns the present time, aware.
    """

    subject: str
    clock: Callable[[], datetime]

    async def record(
        self,
        session: AsyncSession,
        actor: str,
        action: str,
        subject_id: int,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Record that `actor` did `action` to the row, with the changed fields before and after."""
        session.add(
            AuditEntry(
                at=self.clock(),
                actor=actor,
                action=action,
                subject=self.subject,
                subject_id=subject_id,
                before=dict(before or {}),
                after=dict(after or {}),
            )
        )

    async def record_change(
        self,
        session: AsyncSession,
        actor: str,
        action: str,
        subject_id: int,
        **fields: tuple[object, object],
    ) -> bool:
        """Record a change of fields, each given as its old and new value.

        If no value differs, record nothing and return False.
        """
        if all(old == new for old, new in fields.values()):
            return False
        before = {name: old for name, (old, _) in fields.items()}
        after = {name: new for name, (_, new) in fields.items()}
        await self.record(session, actor, action, subject_id, before=before, after=after)
        return True


async def history(session: AsyncSession, subject: str, subject_id: int) -> Sequence[AuditEntry]:
    """Return all audit entries of a row, oldest first."""
    rows = await session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id)
    )
    return rows.all()


async def histories(
    session: AsyncSession, subject: str, subject_ids: Collection[int]
) -> Mapping[int, Sequence[AuditEntry]]:
    """Return all audit entries of each of these rows that has any, oldest first."""
    wanted = and_(AuditEntry.subject == subject, AuditEntry.subject_id.in_(subject_ids))
    found: dict[int, list[AuditEntry]] = {}
    for entry in await session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.id)):
        found.setdefault(entry.subject_id, []).append(entry)
    return found


async def last(
    session: AsyncSession, subject: str, subject_id: int, actions: Collection[str] | None = None
) -> AuditEntry | None:
    """Return the last audit entry of a row, of any action or of these; None if there is none."""
    statement = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
    if actions is not None:
        statement = statement.where(AuditEntry.action.in_(actions))
    return await session.scalar(statement.order_by(AuditEntry.id.desc()).limit(1))


async def last_by(session: AsyncSession, actor: str) -> AuditEntry | None:
    """Return the last audit entry of this actor; None if there is none."""
    statement = select(AuditEntry).where(AuditEntry.actor == actor)
    return await session.scalar(statement.order_by(AuditEntry.id.desc()).limit(1))


async def noted(session: AsyncSession, subject: str, action: str, field: str) -> Sequence[str]:
    """Return what entries of this kind and action recorded as the new value of `field`, if they have it."""
    value = AuditEntry.after[field].as_string()
    rows = await session.scalars(
        select(value).where(AuditEntry.subject == subject, AuditEntry.action == action, value.is_not(None))
    )
    return rows.all()


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit entries are wanted; None: all. `since`, `until`: from then on, and before then."""

    actor: str | None = None
    subject: str | None = None
    subject_id: int | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def has_index(self) -> bool:
        """Whether an index finds the entries, however rare they are."""
        one_row = self.subject is not None and self.subject_id is not None
        return one_row or (self.actor is not None and self.subject is None and self.action is None)


class AuditPage(NamedTuple):
    """Audit entries, newest first. `older`: the id before which the next page goes on; None: this is it."""

    entries: Sequence[AuditEntry]
    older: int | None


async def page(
    session: AsyncSession, wanted: AuditFilter, *, before: int | None = None, limit: int
) -> AuditPage:
    """Return at most `limit` of the wanted entries with ids below `before`, newest first.

    A page may have fewer, even none, although there are older ones: it looks through so many ids at most.
    """
    top = before if before is not None else await _highest(session) + 1
    if wanted.until is not None:
        top = min(top, await _first_since(session, wanted.until + _SLACK))
    bottom = await _first_since(session, wanted.since - _SLACK) if wanted.since is not None else 0
    floor = bottom if wanted.has_index else max(bottom, top - _SPAN)
    statement = select(AuditEntry).where(AuditEntry.id < top, AuditEntry.id >= floor)
    equal = {
        AuditEntry.actor: wanted.actor,
        AuditEntry.subject: wanted.subject,
        AuditEntry.subject_id: wanted.subject_id,
        AuditEntry.action: wanted.action,
    }
    statement = statement.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    found = (await session.scalars(statement.order_by(AuditEntry.id.desc()).limit(limit + 1))).all()
    if len(found) > limit:
        return AuditPage(found[:limit], found[limit - 1].id)
    return AuditPage(found, floor if floor > max(bottom, 1) else None)


async def _highest(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(AuditEntry.id))) or 0


async def _first_since(session: AsyncSession, moment: datetime) -> int:
    """Return an id: entries from it on are from `moment` on, as far as ids follow the time. It halves."""
    low, high = 0, await _highest(session) + 1
    while low < high:
        middle = (low + high) // 2
        nearest = select(AuditEntry.id, AuditEntry.at).where(AuditEntry.id >= middle)
        found = (await session.execute(nearest.order_by(AuditEntry.id).limit(1))).first()
        if found is None or found.at >= moment:
            high = middle
        else:
            low = found.id + 1
    return low
