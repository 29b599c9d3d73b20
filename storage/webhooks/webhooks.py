"""Queries on Webhooks: the addresses that hear what happens here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Parcel, Webhook
from storage.words import HookState, ParcelState


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """A Webhook. `waiting`: how many Events it has not taken yet. `last_at`: when it took one last."""

    id: int
    url: str
    state: HookState
    added_at: datetime
    waiting: int
    last_at: datetime | None


async def add(session: AsyncSession, url: str, secret: bytes, *, now: datetime) -> int | None:
    """Store a Webhook and return its id; None if its address is stored already."""
    values = {"url": url, "secret": secret, "added_at": now, "state": HookState.ACTIVE, "owners_know": False}
    statement = insert(session, Webhook).values(**values).on_conflict_do_nothing().returning(Webhook.id)
    identity: int | None = await session.scalar(statement)
    return identity


async def get(session: AsyncSession, webhook_id: int) -> Webhook | None:
    """Return the Webhook, or None if there is none with this id."""
    return await session.get(Webhook, webhook_id)


async def remove(session: AsyncSession, webhook_id: int) -> bool:
    """Delete a Webhook, and what waits for it. Return whether it was there."""
    gone = delete(Webhook).where(Webhook.id == webhook_id).returning(Webhook.id)
    return await session.scalar(gone) is not None


async def listed(session: AsyncSession) -> Sequence[ListedWebhook]:
    """Return all Webhooks, in the order in which they were added."""
    is_waiting = Parcel.state == ParcelState.WAITING
    is_taken = Parcel.state == ParcelState.DELIVERED
    statement = (
        select(
            Webhook.id,
            Webhook.url,
            Webhook.state,
            Webhook.added_at,
            func.count(case((is_waiting, 1))),
            func.max(case((is_taken, Parcel.ended_at))),
        )
        .outerjoin(Parcel, Parcel.webhook_id == Webhook.id)
        .group_by(Webhook.id)
        .order_by(Webhook.id)
    )
    return [ListedWebhook(*row) for row in await session.execute(statement)]


async def move(session: AsyncSession, webhook_id: int, to: HookState) -> bool:
    """Set the state of a Webhook; return False if it is not there or has this state."""
    moved = update(Webhook).where(Webhook.id == webhook_id, Webhook.state != to)
    return await session.scalar(moved.values(state=to).returning(Webhook.id)) is not None


async def note_told(session: AsyncSession, webhook_id: int, *, told: bool) -> bool:
    """Note whether owners know that a Webhook fails; return whether that is new."""
    noted = update(Webhook).where(Webhook.id == webhook_id, Webhook.owners_know.is_not(told))
    return await session.scalar(noted.values(owners_know=told).returning(Webhook.id)) is not None


async def pause_all(session: AsyncSession) -> None:
    """Send nothing to any Webhook until an operator lets it go on."""
    await session.execute(
        update(Webhook).where(Webhook.state == HookState.ACTIVE).values(state=HookState.PAUSED)
    )
