"""Queries on what readers say of their help: which Appeals they helped. Nothing here counts readers."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Appeal, Helped


async def add(session: AsyncSession, subscriber_id: int, appeal_id: int) -> None:
    """Note that the Subscriber helped this Appeal, unless that is noted."""
    statement = insert(session, Helped).values(subscriber_id=subscriber_id, appeal_id=appeal_id)
    await session.execute(statement.on_conflict_do_nothing())


async def appeals_of(session: AsyncSession, subscriber_id: int) -> Sequence[Appeal]:
    """Return the Appeals that the Subscriber helped, by id."""
    statement = select(Appeal).join(Helped, Helped.appeal_id == Appeal.id)
    statement = statement.where(Helped.subscriber_id == subscriber_id)
    return (await session.scalars(statement.order_by(Appeal.id))).all()


async def erase(session: AsyncSession, subscriber_id: int) -> None:
    """Delete what the Subscriber said."""
    await session.execute(delete(Helped).where(Helped.subscriber_id == subscriber_id))
