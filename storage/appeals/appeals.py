"""Appeals: requests for help, and who may be shown them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Appeal
from storage.words import AppealState


async def add(session: AsyncSession, **values: Any) -> Appeal:
    appeal = Appeal(**values)
    session.add(appeal)
    await session.flush()
    return appeal


async def get(session: AsyncSession, appeal_id: int) -> Appeal | None:
    return await session.get(Appeal, appeal_id)


async def every(session: AsyncSession) -> Sequence[Appeal]:
    return (await session.scalars(select(Appeal).order_by(Appeal.id))).all()


async def showable(session: AsyncSession, *, now: datetime) -> Sequence[Appeal]:
    """Those that readers may see: verified and not past their day, newest first."""
    valid = or_(Appeal.valid_until.is_(None), Appeal.valid_until > now)
    statement = select(Appeal).where(and_(Appeal.state == AppealState.VERIFIED, valid))
    return (await session.scalars(statement.order_by(Appeal.verified_at.desc(), Appeal.id.desc()))).all()


async def move(
    session: AsyncSession, appeal_id: int, *, come_from: Sequence[AppealState], to: AppealState, now: datetime
) -> bool:
    """Change the state if it is one of `come_from`; False where it is not."""
    values: dict[str, Any] = {"state": to}
    if to is AppealState.VERIFIED:
        values["verified_at"] = now
    moved = await session.scalar(
        update(Appeal)
        .where(Appeal.id == appeal_id, Appeal.state.in_(come_from))
        .values(values)
        .returning(Appeal.id)
    )
    return moved is not None
