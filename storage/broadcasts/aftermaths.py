"""Queries on aftermaths: what readers did after a Broadcast reached them, as sums of a day, without names."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.database import insert
from storage.models import Aftermath, Broadcast, Delivery, Story
from storage.words import UNDER_WAY, BroadcastKind, DeliveryState

WINDOW = timedelta(hours=48)
"""For how long what a reader does counts for the Broadcast that reached them."""

MINUTES = (15, 30, 60)
"""Who leaves within so many minutes after a Broadcast reached them is counted apart, for pilot waves."""

_KINDS = (BroadcastKind.PUSH, BroadcastKind.REPORT)
_CAME = (DeliveryState.SENT, DeliveryState.MERGED)


class Deed(StrEnum):
    """What a reader did; the value is the column that counts it."""

    STOPPED = "stopped"
    BLOCKED = "blocked"
    DAY_OFF = "days_off"
    CLICK = "clicks"


@dataclass(frozen=True, slots=True)
class Deeds:
    """How often readers did each after a Broadcast, in all."""

    stopped: int = 0
    blocked: int = 0
    days_off: int = 0
    clicks: int = 0

    def __bool__(self) -> bool:
        """Return whether anybody did anything."""
        return any(asdict(self).values())


NONE = Deeds()

_NAMES = tuple(field.name for field in fields(Deeds))
_LEFT_WITHIN = {minutes: f"left_{minutes}" for minutes in MINUTES}
_COLUMNS = (*_NAMES, *_LEFT_WITHIN.values())
_LEAVING = (Deed.STOPPED, Deed.BLOCKED)


async def count_by_readers(
    session: AsyncSession, subscriber_ids: Collection[int], deed: Deed, *, now: datetime
) -> None:
    """Count a deed of each of these Subscribers for the last push or Report that reached them lately.

    Of several that came in one message, the one that was begun last counts. Call it at the end of a
    transaction: it locks rows that others need.
    """
    if not subscriber_ids:
        return
    number = func.row_number().over(
        partition_by=Delivery.subscriber_id,
        order_by=(Delivery.settled_at.desc(), Delivery.broadcast_id.desc()),
    )
    came = (
        select(Delivery.broadcast_id, Delivery.settled_at, number.label("number"))
        .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .where(
            Delivery.subscriber_id.in_(subscriber_ids),
            Delivery.settled_at >= now - WINDOW,
            Delivery.state.in_(_CAME),
            Broadcast.kind.in_(_KINDS),
        )
        .subquery()
    )
    last = select(came.c.broadcast_id, came.c.settled_at).where(came.c.number == 1)
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for broadcast_id, came_at in await session.execute(last):
        counted[broadcast_id].update([deed.value])
        if deed in _LEAVING:
            early = [minutes for minutes in MINUTES if now - came_at <= timedelta(minutes=minutes)]
            counted[broadcast_id].update(_LEFT_WITHIN[minutes] for minutes in early)
    await _add(session, counted, day=now.date())


async def count_click(session: AsyncSession, appeal_id: int, *, now: datetime) -> None:
    """Count a click on the link of an Appeal for the last push of a Story that names it.

    The push runs, or it ended lately. Who clicked is not known: clicks after /donate count too.
    """
    original = aliased(Story)
    of_original = and_(Story.appeal_id.is_(None), original.appeal_id == appeal_id)
    statement = (
        select(Broadcast.id)
        .join(Story, Story.id == Broadcast.story_id)
        .outerjoin(original, original.id == Story.translation_of)
        .where(
            Broadcast.kind == BroadcastKind.PUSH,
            or_(Story.appeal_id == appeal_id, of_original),
            Broadcast.started_at.is_not(None),
            or_(Broadcast.state.in_(UNDER_WAY), Broadcast.finished_at >= now - WINDOW),
        )
        .order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
        .limit(1)
    )
    push_id = await session.scalar(statement)
    if push_id is not None:
        await _add(session, {push_id: Counter([Deed.CLICK.value])}, day=now.date())


async def of(session: AsyncSession, broadcast_id: int) -> Deeds:
    """Return the sums over all days of a Broadcast."""
    sums = (func.coalesce(func.sum(getattr(Aftermath, name)), 0).label(name) for name in _NAMES)
    statement = select(*sums).where(Aftermath.broadcast_id == broadcast_id)
    found = (await session.execute(statement)).mappings().one()
    return Deeds(**{name: int(found[name]) for name in _NAMES})


async def of_each(session: AsyncSession, broadcast_ids: Collection[int]) -> dict[int, Deeds]:
    """Return the sums over all days of each of these Broadcasts, without those after which nobody did any."""
    sums = (func.coalesce(func.sum(getattr(Aftermath, name)), 0).label(name) for name in _NAMES)
    statement = select(Aftermath.broadcast_id.label("id"), *sums).group_by(Aftermath.broadcast_id)
    rows = (await session.execute(statement.where(Aftermath.broadcast_id.in_(broadcast_ids)))).mappings()
    return {row["id"]: Deeds(**{name: int(row[name]) for name in _NAMES}) for row in rows}


async def left_within(
    session: AsyncSession, broadcast_ids: Collection[int], minutes: int
) -> Mapping[int, int]:
    """Return how many left within so many minutes (of MINUTES) after each of these Broadcasts, if any did."""
    number = func.sum(getattr(Aftermath, _LEFT_WITHIN[minutes]))
    statement = select(Aftermath.broadcast_id, number).where(Aftermath.broadcast_id.in_(broadcast_ids))
    found = await session.execute(statement.group_by(Aftermath.broadcast_id))
    return {broadcast_id: int(left) for broadcast_id, left in found}


async def _add(session: AsyncSession, counted: Mapping[int, Counter[str]], *, day: date) -> None:
    """Add to the counts of this day, by Broadcast and column.

    It goes in the order of the ids, so that no two transactions block each other.
    """
    for broadcast_id, numbers in sorted(counted.items()):
        row = {name: numbers[name] for name in _COLUMNS}
        statement = insert(session, Aftermath).values(broadcast_id=broadcast_id, day=day, **row)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[Aftermath.broadcast_id, Aftermath.day],
                set_={name: getattr(Aftermath, name) + number for name, number in numbers.items()},
            )
        )
