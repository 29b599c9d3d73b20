"""Receivers: the processes that handle updates, each with a beat that shows whether it lives."""

from collections.abc import Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Receiver


async def add(session: AsyncSession) -> int:
    """Register a receiver; return its id."""
    receiver = Receiver(beat=0)
    session.add(receiver)
    await session.flush()
    return receiver.id


async def beat(session: AsyncSession, receiver_id: int) -> bool:
    """Raise the receiver's beat; return False if another process removed it as dead."""
    found = await session.scalar(
        update(Receiver)
        .where(Receiver.id == receiver_id)
        .values(beat=Receiver.beat + 1)
        .returning(Receiver.id)
    )
    return found is not None


async def beats(session: AsyncSession) -> Mapping[int, int]:
    """Return the beat of each receiver, by id."""
    rows = await session.execute(select(Receiver.id, Receiver.beat))
    return {row.id: row.beat for row in rows}


async def remove(session: AsyncSession, receiver_id: int, *, beat: int) -> None:
    """Remove a dead receiver, unless its beat has grown past `beat`. Its updates are free for any other."""
    await session.execute(delete(Receiver).where(Receiver.id == receiver_id, Receiver.beat == beat))


async def leave(session: AsyncSession, receiver_id: int) -> None:
    """Remove a receiver that ends. Its updates are free for any other."""
    await session.execute(delete(Receiver).where(Receiver.id == receiver_id))


async def clear(session: AsyncSession) -> None:
    """Remove all receivers."""
    await session.execute(delete(Receiver))
