"""Queries on Appeals: requests for help and their states."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Appeal
from storage.words import AppealState


class AppealValues(TypedDict, total=False):
    """The columns of an Appeal that `add` may set."""

    organisation: str
    purpose: str
    url: str
    valid_until: datetime | None
    state: AppealState
    proposed_at: datetime
    verified_at: datetime | None


async def add(session: AsyncSession, **values: Unpack[AppealValues]) -> Appeal:
    """Store an Appeal and return it with its id."""
    appeal = Appeal(**values)
    session.add(appeal)
    await session.flush()
    return appeal


async def get(session: AsyncSession, appeal_id: int) -> Appeal | None:
    """Return the Appeal, or None if there is none with this id."""
    return await session.get(Appeal, appeal_id)


async def every(session: AsyncSession) -> Sequence[Appeal]:
    """Return all Appeals in the order in which they were proposed."""
    return (await session.scalars(select(Appeal).order_by(Appeal.id))).all()


async def showable(session: AsyncSession, *, now: datetime) -> Sequence[Appeal]:
    """Return the Appeals that readers may see: verified and still valid, the last verified first."""
    valid = or_(Appeal.valid_until.is_(None), Appeal.valid_until > now)
    statement = select(Appeal).where(and_(Appeal.state == AppealState.VERIFIED, valid))
    return (await session.scalars(statement.order_by(Appeal.verified_at.desc(), Appeal.id.desc()))).all()


async def move(
    session: AsyncSession, appeal_id: int, *, come_from: Sequence[AppealState], to: AppealState, now: datetime
) -> bool:
    """Change the state if it is one of `come_from`; return whether it was. Sets `verified_at` if verified."""
    values = {"verified_at": now} if to is AppealState.VERIFIED else {}
    moved = await session.scalar(
        update(Appeal)
        .where(Appeal.id == appeal_id, Appeal.state.in_(come_from))
        .values(state=to, **values)
        .returning(Appeal.id)
    )
    return moved is not None
