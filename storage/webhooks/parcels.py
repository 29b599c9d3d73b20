"""Queries on Parcels: Events that Webhooks are still to get."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import Event, Parcel, Webhook
from storage.words import HookState, ParcelState

IN_ORDER = 5
"""After so many tries an Event lets those go first that happened later; until then they wait for it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A Parcel that one process may send now, once. `tries`: with this one; it is the fencing number too."""

    webhook_id: int
    event_id: int
    tries: int
    url: str
    secret: bytes
    uid: str
    body: str
    at: datetime


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """Return the ids of the Webhooks that have something due."""
    statement = select(Parcel.webhook_id).join(Parcel.webhook).where(is_due(now)).distinct()
    return (await session.scalars(statement.order_by(Parcel.webhook_id))).all()


async def claim(session: AsyncSession, webhook_id: int, *, now: datetime, until: datetime) -> Claim | None:
    """Count a try of the first due Parcel of a Webhook, and return it; None if there is none.

    Nobody else gets it before `until`. Of two processes that claim it at once, one gets it.
    """
    first = (
        select(Parcel.event_id, Parcel.tries, Webhook.url, Webhook.secret, Event.uid, Event.body, Event.at)
        .join(Parcel.webhook)
        .join(Parcel.event)
        .where(Parcel.webhook_id == webhook_id, is_due(now))
        .order_by(Parcel.event_id)
        .limit(1)
    )
    found = (await session.execute(first)).one_or_none()
    if found is None:
        return None
    claimed = Claim(webhook_id, found.event_id, found.tries + 1, *found[2:])
    taken = (
        update(Parcel)
        .where(_is(claimed, tries=found.tries))
        .values(tries=claimed.tries, next_at=until)
        .returning(Parcel.event_id)
    )
    return claimed if await session.scalar(taken) is not None else None


async def put_off(session: AsyncSession, claimed: Claim, *, until: datetime, status: int | None) -> None:
    """Try a Parcel again then, unless another process took it over."""
    own = update(Parcel).where(_is(claimed, tries=claimed.tries))
    await session.execute(own.values(next_at=until, status=status))


async def end(
    session: AsyncSession, claimed: Claim, to: ParcelState, *, status: int | None, now: datetime
) -> None:
    """Note that a Parcel was delivered, or is given up, unless it has ended already."""
    waits = Parcel.state == ParcelState.WAITING
    own = update(Parcel).where(
        Parcel.webhook_id == claimed.webhook_id, Parcel.event_id == claimed.event_id, waits
    )
    await session.execute(own.values(state=to, status=status, ended_at=now))


async def give_up_all(session: AsyncSession, webhook_id: int, *, now: datetime) -> None:
    """Give up what waits for a Webhook."""
    waiting = update(Parcel).where(Parcel.webhook_id == webhook_id, Parcel.state == ParcelState.WAITING)
    await session.execute(waiting.values(state=ParcelState.GIVEN_UP, ended_at=now))


async def bring_forward(session: AsyncSession, webhook_id: int, *, later: datetime, now: datetime) -> None:
    """Let be due now what waits for a Webhook until after `later`: it takes Events again.

    `later`: so that what is being sent just now is not sent twice at once.
    """
    waiting = update(Parcel).where(
        Parcel.webhook_id == webhook_id, Parcel.state == ParcelState.WAITING, Parcel.next_at > later
    )
    await session.execute(waiting.values(next_at=now))


def is_due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition on Parcels joined with their Webhooks: it may be sent now."""
    earlier = aliased(Parcel)
    is_behind = exists().where(
        earlier.webhook_id == Parcel.webhook_id,
        earlier.event_id < Parcel.event_id,
        earlier.state == ParcelState.WAITING,
        earlier.tries < IN_ORDER,
    )
    return and_(
        Parcel.state == ParcelState.WAITING,
        Parcel.next_at <= now,
        Webhook.state == HookState.ACTIVE,
        ~is_behind,
    )


def next_after(now: BindParameter[datetime]) -> ScalarSelect[datetime]:
    """Return when the next Parcel that is put off, or claimed, may be sent; NULL where none is."""
    later = select(func.min(Parcel.next_at)).join(Parcel.webhook)
    put_off = and_(Parcel.state == ParcelState.WAITING, Parcel.next_at > now)
    return later.where(put_off, Webhook.state == HookState.ACTIVE).scalar_subquery()


def _is(claimed: Claim, *, tries: int) -> ColumnElement[bool]:
    return and_(
        Parcel.webhook_id == claimed.webhook_id,
        Parcel.event_id == claimed.event_id,
        Parcel.state == ParcelState.WAITING,
        Parcel.tries == tries,
    )
