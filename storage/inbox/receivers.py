"""Receivers: the processes that take updates, and whether they live."""

from collections.abc import Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Receiver


async def add(session: AsyncSession) -> int:
    """Register one more; returns its number."""
    receiver = Receiver(beat=0)
    session.add(receiver)
    await session.flush()
    return receiver.id


async def beat(session: AsyncSession, receiver_id: int) -> bool:
    """Show that it lives; False where the others took it for gone and removed it."""
    found = await session.scalar(
        update(Receiver)
        .where(Receiver.id == receiver_id)
        .values(beat=Receiver.beat + 1)
        .returning(Receiver.id)
    )
    return found is not None


async def beats(session: AsyncSession) -> Mapping[int, int]:
    """The beat of each receiver."""
    rows = await session.execute(select(Receiver.id, Receiver.beat))
    return {receiver_id: count for receiver_id, count in rows}  # noqa: C416  # rows are no pairs to mypy


async def remove(session: AsyncSession, receiver_id: int, *, beat: int) -> None:
    """It is gone, unless it has shown since that it lives: what it had in hand is anybody's."""
    await session.execute(delete(Receiver).where(Receiver.id == receiver_id, Receiver.beat == beat))


async def leave(session: AsyncSession, receiver_id: int) -> None:
    """It ends by itself: what it has left is anybody's."""
    await session.execute(delete(Receiver).where(Receiver.id == receiver_id))


async def clear(session: AsyncSession) -> None:
    """Remove all of them."""
    await session.execute(delete(Receiver))
