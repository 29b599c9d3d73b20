"""The audit log: who changed what and when, written in the same transaction as the change."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import AuditEntry


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
