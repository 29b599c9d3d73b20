"""What there may be to do, in one statement: an idle bot asks this again and again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts.broadcasts import starts_by_itself, waits_unannounced
from storage.deliveries import due
from storage.models import Broadcast, Card, Parcel, PendingDecision, Range, Subscriber
from storage.stories import decisions, stories
from storage.webhooks import parcels
from storage.words import UNDER_WAY, BroadcastState

_LONG_PAST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """What there may be to do; false is certain.

    - `broadcasts`: the hour of one has come. `digests`: a Subscriber is due.
    - `ranges`: one of a running Broadcast is free, or has a worker, which may be dead.
    - `cards`: a Card is open, or a Broadcast is under way or waits for an editor.
    - `drafts`: editors did not get the review card of one.
    - `decisions`: one about a Story is to act now. `outcomes`: editors have not seen what came of one.
    - `parcels`: an Event is to be sent to a Webhook now.
    - `next_at`: when time alone will bring more to do; None: it will not.
    """

    broadcasts: bool
    digests: bool
    ranges: bool
    cards: bool
    drafts: bool
    decisions: bool = False
    outcomes: bool = False
    parcels: bool = False
    next_at: datetime | None = None

    def anything(self) -> bool:
        """Return whether there may be something to do now."""
        sends = self.broadcasts or self.digests or self.ranges
        shows = self.cards or self.drafts or self.outcomes
        return sends or shows or self.decisions or self.parcels


EVERYTHING = Work(
    broadcasts=True,
    digests=True,
    ranges=True,
    cards=True,
    drafts=True,
    decisions=True,
    outcomes=True,
    parcels=True,
)
"""What there may be to do as long as nobody has looked."""


async def look(session: AsyncSession, *, now: datetime) -> Work:
    """Return what there is to do now."""
    *there_is, next_broadcast, next_decision, next_parcel, next_digest = (
        await session.execute(_LOOK, {"now": now})
    ).one()
    moments = (next_broadcast, next_decision, next_parcel, next_digest)
    next_at = min((one for one in moments if one is not None), default=None)
    there_is.append(next_at)
    return Work(*there_is)


async def oldest_due(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Return since when the oldest thing waits that should have begun; None where nothing is late.

    That is a Broadcast, a Digest of a Subscriber, or a decision; not a push that waits for an editor's word,
    nor the readers of one that is being sent. It reads a few entries of indexes, however many Subscribers
    there are.
    """
    found = (await session.execute(_OLDEST_DUE, {"now": now})).one()
    return min((moment for moment in found if moment is not None), default=None)


def _look() -> Select[*tuple[Any, ...]]:
    """Return the statement: the fields of Work in their order, and what `next_at` is the first of."""
    now = _now()
    scheduled = exists().where(starts_by_itself(), Broadcast.start_at <= now)
    digest = exists().where(due.is_due(_covered(), now))
    running = select(Broadcast.id).where(Broadcast.state == BroadcastState.RUNNING)
    open_range = exists().where(Range.broadcast_id.in_(running), ~Range.done)
    to_show = exists().where(or_(Broadcast.state.in_(UNDER_WAY), waits_unannounced()))
    next_broadcast = select(func.min(Broadcast.start_at)).where(starts_by_itself(), Broadcast.start_at > now)
    next_decision = select(func.min(PendingDecision.acts_at)).where(PendingDecision.acted_at.is_(None))
    return select(
        scheduled,
        digest,
        open_range,
        or_(exists().where(Card.is_open), to_show),
        exists().where(stories.is_unannounced()),
        exists().where(decisions.is_due(now)),
        exists().where(decisions.is_unshown()),
        exists(select(Parcel.event_id).join(Parcel.webhook).where(parcels.is_due(now))),
        next_broadcast.scalar_subquery(),
        next_decision.scalar_subquery(),
        parcels.next_after(now),
        due.next_after(now),
    )


def _oldest_due() -> Select[*tuple[datetime | None, datetime | None, datetime | None]]:
    now = _now()
    broadcast = select(func.min(Broadcast.start_at)).where(starts_by_itself(), Broadcast.start_at <= now)
    digest = select(func.min(Subscriber.due_at)).where(due.is_due(_covered(), now))
    decision = select(func.min(PendingDecision.acts_at)).where(decisions.is_due(now))
    return select(broadcast.scalar_subquery(), digest.scalar_subquery(), decision.scalar_subquery())


def _now() -> BindParameter[datetime]:
    return bindparam("now", type_=Broadcast.start_at.type)


def _covered() -> ColumnElement[datetime]:
    """Return up to when a Digest under way has all due Subscribers."""
    return func.coalesce(due.covered(), literal(_LONG_PAST, Broadcast.due_before.type))


_LOOK, _OLDEST_DUE = _look(), _oldest_due()  # built once
