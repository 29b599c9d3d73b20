"""Events: written in the transaction of what they tell about, together with a Parcel for each Webhook."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Event, Parcel, Webhook
from storage.words import EventKind, HookState, ParcelState

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def new_uid() -> str:
    """Return the id of a new Event, which no other one has."""
    return f"evt_{uuid.uuid4().hex}"


def body_of(kind: str, data: Mapping[str, Any], at: datetime) -> str:
    """Return the JSON text of an Event."""
    return orjson.dumps({"type": kind, "timestamp": at, "data": data}, option=_OPTIONS).decode()


async def is_heard(session: AsyncSession) -> bool:
    """Return whether any Webhook hears what happens; otherwise nothing need be made of it."""
    return await session.scalar(select(Webhook.id).where(_HEARS).limit(1)) is not None


async def add(session: AsyncSession, kind: EventKind, data: Mapping[str, Any], *, now: datetime) -> None:
    """Store an Event for all Webhooks that hear; nothing without one.

    They are locked: one that is being removed, or is found gone, must not fail the transaction or get more.
    """
    found = select(Webhook.id).where(_HEARS).order_by(Webhook.id).with_for_update(read=True)
    hearing = (await session.scalars(found)).all()
    if not hearing:
        return
    values = {"uid": new_uid(), "kind": kind, "at": now, "body": body_of(kind, data, now)}
    event_id = await session.scalar(insert(Event).values(**values).returning(Event.id))
    common = {"event_id": event_id, "state": ParcelState.WAITING, "tries": 0, "next_at": now}
    await session.execute(insert(Parcel), [{"webhook_id": one} | common for one in hearing])


async def prune(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` Events that happened before then, with their Parcels. Return how many.

    Those that an active Webhook still waits for are kept.
    """
    active = select(Webhook.id).where(Webhook.state == HookState.ACTIVE)
    waits = exists().where(
        Parcel.event_id == Event.id, Parcel.state == ParcelState.WAITING, Parcel.webhook_id.in_(active)
    )
    old = select(Event.id).where(Event.at < before, ~waits).order_by(Event.at).limit(limit)
    deleted = await session.scalars(
        delete(Event).where(Event.id.in_(old)).returning(Event.id),
        execution_options={"synchronize_session": False},
    )
    return len(deleted.all())


_HEARS = Webhook.state != HookState.GONE
