"""The audit trail: who changed what, written in the same transaction as the change."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import AuditEntry


async def record(
    session: AsyncSession,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    subject_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Record that `actor` did `action` to the row `subject_id` of `subject`, such as "story".

    `before` and `after` hold the fields that changed.
    """
    session.add(
        AuditEntry(
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            subject_id=subject_id,
            before=before or {},
            after=after or {},
        )
    )


async def history(session: AsyncSession, subject: str, subject_id: int) -> Sequence[AuditEntry]:
    """Return all entries about a row, the oldest first."""
    rows = await session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id)
    )
    return rows.all()


async def last(
    session: AsyncSession, subject: str, subject_id: int, actions: Collection[str] | None = None
) -> AuditEntry | None:
    """Return the newest entry about a row, of all actions or of these; None if there is none."""
    statement = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
    if actions is not None:
        statement = statement.where(AuditEntry.action.in_(actions))
    return await session.scalar(statement.order_by(AuditEntry.id.desc()).limit(1))


async def noted(session: AsyncSession, subject: str, action: str, field: str) -> Sequence[str]:
    """Return the values that `action` gave `field`, of all rows of `subject`."""
    value = AuditEntry.after[field].as_string()
    rows = await session.scalars(
        select(value).where(AuditEntry.subject == subject, AuditEntry.action == action, value.is_not(None))
    )
    return rows.all()
