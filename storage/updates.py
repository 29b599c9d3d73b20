"""Updates seen: so that one that Telegram hands over twice is handled once."""

from datetime import timedelta

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Moment, insert
from storage.models import SeenUpdate


async def claim(session: AsyncSession, update_id: int, *, now: Moment, abandoned_after: timedelta) -> bool:
    """Take an update in hand. False where it was handled already, or somebody handles it now.

    One that was claimed `abandoned_after` ago and never done belongs to a process that died: take it over.
    """
    fresh = await session.scalar(
        insert(session, SeenUpdate)
        .values(update_id=update_id, claimed_at=now, done=False)
        .on_conflict_do_nothing()
        .returning(SeenUpdate.update_id)
    )
    if fresh is not None:
        return True
    taken = await session.scalar(
        update(SeenUpdate)
        .where(
            SeenUpdate.update_id == update_id,
            ~SeenUpdate.done,
            SeenUpdate.claimed_at <= now - abandoned_after,
        )
        .values(claimed_at=now)
        .returning(SeenUpdate.update_id)
    )
    return taken is not None


async def release_all(session: AsyncSession) -> None:
    """Let whatever is in hand be handled anew: whoever had it is gone."""
    await session.execute(delete(SeenUpdate).where(~SeenUpdate.done))


async def is_done(session: AsyncSession, update_id: int) -> bool:
    found = await session.scalar(
        select(SeenUpdate.update_id).where(and_(SeenUpdate.update_id == update_id, SeenUpdate.done))
    )
    return found is not None


async def finish(session: AsyncSession, update_id: int) -> None:
    await session.execute(update(SeenUpdate).where(SeenUpdate.update_id == update_id).values(done=True))


async def forget(session: AsyncSession, update_id: int) -> None:
    """Let it be handled anew: it was not done."""
    await session.execute(delete(SeenUpdate).where(SeenUpdate.update_id == update_id, ~SeenUpdate.done))


async def prune(session: AsyncSession, *, older_than: Moment) -> None:
    """Forget updates that Telegram no longer repeats."""
    await session.execute(delete(SeenUpdate).where(SeenUpdate.claimed_at < older_than))
