"""Recipients: the Subscribers who are sent a Broadcast, with the Preferences that decide what and when."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, RowMapping, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import pilots
from storage.deliveries.leases import Lease
from storage.models import Delivery, Subscriber
from storage.words import AppealRhythm, Length, Rhythm, WarnedStories


class Pace(NamedTuple):
    """When a Subscriber wants messages: the columns that bot/subscribers/pacing.py reads.

    Each field is a column of `subscribers` and is read by its name. To read one more, add it here. Only
    `by_day` is none: it says that the message is one that they want by day only.
    """

    zone: str | None = None
    language: str = "en"
    rhythm: Rhythm = Rhythm.AT_ONCE
    hour: int = 8
    weekday: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None
    rest_days: int = 0
    appeal_rhythm: AppealRhythm = AppealRhythm.EVERY_STORY
    allows_urgent: bool = False
    by_day: bool = False


_ALWAYS = Pace()


@dataclass(frozen=True, slots=True)
class Recipient:
    """A Subscriber who is sent a Broadcast.

    Each field that has the name of a column of `subscribers` is read from there. To read one more, add it
    here. `forum_topic` is the topic of a forum that the message goes to.

    These are for corrections only: `message_id` is the message that the chat has, to be edited, or deleted
    where `delete` is set; `appeal` says whether it came with an Appeal; `gathered_at` is the instant at which
    it was gathered, if it is a Digest.
    """

    subscriber_id: int
    chat_id: int
    language: str
    length: Length
    message_id: int | None = None
    delete: bool = False
    appeal: bool = False
    gathered_at: datetime | None = None
    pace: Pace = _ALWAYS
    story_languages: str = ""
    silent: bool = False
    away_until: datetime | None = None
    seen_on: date | None = None
    appealed_at: datetime | None = None
    helped_until: datetime | None = None
    muted_words: str = ""
    warned_stories: WarnedStories = WarnedStories.WARN
    forum_topic: int | None = None

    def wants_the_same(self, now: "Recipient") -> bool:
        """Return whether what was made for this Recipient is still what the Subscriber wants `now`."""
        mine, theirs = (
            (one.pace._replace(by_day=False), one.away_until, one.helped_until) for one in (self, now)
        )
        return mine == theirs

    @property
    def covers(self) -> bool:
        """Whether a Story with a content warning comes covered."""
        return self.warned_stories is WarnedStories.WARN


_COLUMNS = frozenset(Subscriber.__mapper__.columns.keys())
_OF_RECIPIENT = tuple(field.name for field in fields(Recipient) if field.name in _COLUMNS)
_OF_PACE = tuple(name for name in Pace._fields if name in _COLUMNS)
_SELECTED = [getattr(Subscriber, name) for name in dict.fromkeys(("id", *_OF_RECIPIENT, *_OF_PACE))]


async def due(session: AsyncSession, lease: Lease, *, after_id: int, limit: int) -> Sequence[Recipient]:
    """Return the next Subscribers of the Range, past `after_id`, in the Audience and without a receipt.

    While the pilot wave lasts, return only those who are in it.
    """
    condition = lease.audience.includes((after_id + 1, lease.last_id))
    if lease.pilot_below is not None:
        condition = and_(condition, pilots.is_in(lease.broadcast_id, lease.pilot_below))
    return await without_receipt(session, lease, condition, limit=limit)


async def without_receipt(
    session: AsyncSession, lease: Lease, condition: ColumnElement[bool], *, limit: int
) -> Sequence[Recipient]:
    """Return the first Subscribers, by id, who fulfil the condition and have no receipt of the Broadcast."""
    statement = select(*_SELECTED).where(condition).order_by(Subscriber.id).limit(limit)
    if lease.was_leased_before:
        receipt = exists().where(
            Delivery.broadcast_id == lease.broadcast_id, Delivery.subscriber_id == Subscriber.id
        )
        statement = statement.where(~receipt)
    return [_recipient(row) for row in (await session.execute(statement)).mappings()]


def _recipient(row: RowMapping) -> Recipient:
    return Recipient(
        subscriber_id=row["id"],
        pace=Pace(**{name: row[name] for name in _OF_PACE}),
        **{name: row[name] for name in _OF_RECIPIENT},
    )
