"""Rows of decisions about Stories that can still be undone, or whose outcome editors have not seen yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, and_, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import PendingDecision, Story
from storage.words import DecisionAction

_WAITS = PendingDecision.acted_at.is_(None)


class DecisionValues(TypedDict, total=False):
    """The columns of a decision that `add` sets."""

    story_id: int
    action: DecisionAction
    version: int | None
    actor: str
    decided_at: datetime
    acts_at: datetime
    broadcast_id: int | None
    seen: int
    reason: str | None


async def add(session: AsyncSession, **values: Unpack[DecisionValues]) -> int:
    """Store a decision that waits, and return its id."""
    decision = PendingDecision(**values)
    session.add(decision)
    await session.flush()
    return decision.id


async def waiting(session: AsyncSession, story_id: int) -> PendingDecision | None:
    """Return the decision about this Story that can still be undone; None if there is none."""
    statement = select(PendingDecision).where(PendingDecision.story_id == story_id, _WAITS)
    return await session.scalar(statement.order_by(PendingDecision.id).limit(1))


async def every_waiting(session: AsyncSession) -> Sequence[PendingDecision]:
    """Return all decisions that can still be undone, or are about to act, the oldest first."""
    return (await session.scalars(select(PendingDecision).where(_WAITS).order_by(PendingDecision.id))).all()


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """Return the ids of the decisions that are to act now, the oldest first."""
    statement = select(PendingDecision.id).where(is_due(now))
    return (await session.scalars(statement.order_by(PendingDecision.acts_at, PendingDecision.id))).all()


def is_due(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition on `pending_decisions`: it is to act now."""
    return and_(_WAITS, PendingDecision.acts_at <= now)


def is_unshown() -> ColumnElement[bool]:
    """Return the condition on `pending_decisions`: it acted or was refused, and no card shows that yet."""
    return ~_WAITS


def is_decided(story: type[Story]) -> ColumnElement[bool]:
    """Return the condition on `stories`: an editor has decided about it, and can still undo that."""
    return exists().where(PendingDecision.story_id == story.id, _WAITS)


async def take(
    session: AsyncSession, decision_id: int, *, now: datetime, refusal: dict[str, Any] | None = None
) -> PendingDecision | None:
    """Note that a waiting decision acts now, or is refused, and return it; None if it waits no more.

    Of several transactions only one gets it: the others wait until that one has ended.
    """
    taken = await session.scalar(
        update(PendingDecision)
        .where(PendingDecision.id == decision_id, _WAITS)
        .values(acted_at=now, refusal=refusal)
        .returning(PendingDecision.id)
    )
    return None if taken is None else await session.get(PendingDecision, taken)


async def undo(session: AsyncSession, story_id: int) -> PendingDecision | None:
    """Delete the decision about this Story that waits, and return it; None if none waits any more."""
    found = await waiting(session, story_id)
    if found is None:
        return None
    undone = delete(PendingDecision).where(PendingDecision.id == found.id, _WAITS)
    if await session.scalar(undone.returning(PendingDecision.id)) is None:
        return None
    session.expunge(found)
    return found


async def unshown(session: AsyncSession) -> Sequence[PendingDecision]:
    """Return the decisions that acted or were refused, and that no card shows yet, the oldest first."""
    statement = select(PendingDecision).where(is_unshown())
    return (await session.scalars(statement.order_by(PendingDecision.id))).all()


async def set_message(session: AsyncSession, decision_id: int, message_id: int) -> None:
    """Note which message in the editor's chat shows the decision."""
    changed = update(PendingDecision).where(PendingDecision.id == decision_id)
    await session.execute(changed.values(message_id=message_id))


async def remove(session: AsyncSession, decision_id: int) -> None:
    """Delete a decision whose outcome was shown."""
    await session.execute(delete(PendingDecision).where(PendingDecision.id == decision_id))
