"""Queries on invitations: links by which one person becomes an editor."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Invitation
from storage.words import EditorRole


async def add(
    session: AsyncSession, checksum: str, *, role: EditorRole, invited_by: str, expires_at: datetime
) -> int:
    """Store an invitation, by the checksum of its secret; return its id."""
    invitation = Invitation(checksum=checksum, role=role, invited_by=invited_by, expires_at=expires_at)
    session.add(invitation)
    await session.flush()
    return invitation.id


async def find(session: AsyncSession, checksum: str) -> Invitation | None:
    """Return the invitation with this checksum; None if there is none."""
    return await session.scalar(select(Invitation).where(Invitation.checksum == checksum))


async def use(session: AsyncSession, invitation_id: int, *, person_id: int, now: datetime) -> bool:
    """Use an invitation up; return False if somebody was first, or it has expired."""
    used = await session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(used_by=person_id, used_at=now)
        .returning(Invitation.id)
    )
    return used is not None
