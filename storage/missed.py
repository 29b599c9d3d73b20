"""What was pushed while a Subscriber had shut us out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import Audience
from storage.models import Broadcast, Delivery, Subscriber
from storage.words import BroadcastKind, BroadcastState, DeliveryState


async def hold(
    session: AsyncSession, subscriber_id: int, *, since: datetime, now: datetime, most: int
) -> Sequence[int]:
    """Hold for an active Subscriber the pushes that began after their newest receipt and after `since`.

    As far as they are in the Audience, and the `most` newest: the ids of these Broadcasts.
    """
    of_theirs = Delivery.subscriber_id == subscriber_id
    newest = select(func.coalesce(func.max(Delivery.broadcast_id), 0)).where(of_theirs).scalar_subquery()
    pushes = await session.scalars(
        select(Broadcast)
        .where(
            Broadcast.kind == BroadcastKind.PUSH,
            Broadcast.state == BroadcastState.FINISHED,
            Broadcast.started_at > since,
            Broadcast.id > newest,
            ~exists().where(of_theirs, Delivery.broadcast_id == Broadcast.id),
        )
        .order_by(Broadcast.id.desc())
        .limit(most)
    )
    held: list[int] = []
    for push in pushes:
        included = Audience.load(push.audience).includes((subscriber_id, subscriber_id))
        if await session.scalar(select(Subscriber.id).where(included)) is not None:
            held.append(push.id)
    session.add_all(
        Delivery(broadcast_id=one, subscriber_id=subscriber_id, state=DeliveryState.HELD, settled_at=now)
        for one in held
    )
    await session.flush()
    return held
