"""Where the newest answer of each kind stands in a group."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import GroupAnswer, Subscriber


class AnswerPlace(NamedTuple):
    """What an answer replaces: that of the same kind in the same group and forum topic (or 0)."""

    subscriber_id: int
    kind: str
    topic: int


async def replace(session: AsyncSession, place: AnswerPlace, *, message_id: int) -> int | None:
    """Store the newest answer of this kind. Return the one before it; None if there was none.

    The group is locked first, so that of two answers at once each has another one before it.
    """
    await session.execute(
        select(Subscriber.id).where(Subscriber.id == place.subscriber_id).with_for_update(key_share=True)
    )
    before = await session.get(GroupAnswer, place)
    older = None if before is None else before.message_id
    statement = insert(session, GroupAnswer).values(**place._asdict(), message_id=message_id)
    keys = [getattr(GroupAnswer, name) for name in AnswerPlace._fields]
    await session.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"message_id": message_id})
    )
    return older
