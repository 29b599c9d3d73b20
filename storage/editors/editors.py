"""Queries on editors: who has which role."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Editor
from storage.words import EditorRole


async def role_of(session: AsyncSession, person_id: int) -> EditorRole | None:
    """Return the role of this person; None if they have none."""
    return await session.scalar(select(Editor.role).where(Editor.person_id == person_id))


async def every(session: AsyncSession) -> Sequence[Editor]:
    """Return all editors in the order in which they were added."""
    return (await session.scalars(select(Editor).order_by(Editor.added_at, Editor.person_id))).all()


async def with_roles(session: AsyncSession, roles: Collection[EditorRole]) -> Sequence[int]:
    """Return the ids of the people who have one of these roles."""
    statement = select(Editor.person_id).where(Editor.role.in_(roles)).order_by(Editor.person_id)
    return (await session.scalars(statement)).all()


async def put(
    session: AsyncSession, person_id: int, *, role: EditorRole, added_by: str, now: datetime
) -> None:
    """Give this person a role, instead of the one that they may have."""
    statement = insert(session, Editor).values(
        person_id=person_id, role=role, added_by=added_by, added_at=now
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=[Editor.person_id], set_={"role": role})
    )


async def remove(session: AsyncSession, person_id: int) -> bool:
    """Take this person's role away; return whether they had one."""
    statement = delete(Editor).where(Editor.person_id == person_id).returning(Editor.person_id)
    return await session.scalar(statement) is not None
