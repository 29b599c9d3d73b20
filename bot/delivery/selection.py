"""Selectors: choose which recipients get a message now, with which Body, and hold it for the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.variants import variant_for
from bot.clock import Clock
from bot.delivery.muted_stories import MutedStories
from bot.subscribers.pacing import PacingPreferences, by_day, hold, may_appeal
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries import recipients, sent_messages
from storage.deliveries.held import MUTED
from storage.deliveries.leases import Lease
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Pace, Recipient
from storage.subscribers import subscribers
from storage.subscribers.subscribers import AppealTimes
from storage.words import DeliveryState, WarnedStories

BodyOfVariant = Mapping[Variant, bytes]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to one Recipient.

    `if_sent` is its receipt if it arrives, still without the message's id. Where it does not arrive, what is
    held for the Recipient is due at `retry_at`.
    """

    recipient: Recipient
    body: bytes
    if_sent: Receipt | None = None
    retry_at: datetime | None = None

    def receipt(self, receipt: Receipt) -> Receipt:
        """Return the receipt of its send, completed with what this message says."""
        if receipt.state is not DeliveryState.SENT:
            return replace(receipt, due_at=self.retry_at)
        return replace(self.if_sent or receipt, message_id=receipt.message_id)


@dataclass(frozen=True, slots=True)
class Selection:
    """The messages to the recipients of a slice, and the receipts of those who are sent nothing now."""

    messages: Sequence[OutgoingMessage]
    receipts: Sequence[Receipt] = ()

    @classmethod
    def of(cls, made: Sequence[OutgoingMessage | Receipt]) -> "Selection":
        """Return the messages and the receipts of these, each in their order."""
        return cls(
            [one for one in made if isinstance(one, OutgoingMessage)],
            [one for one in made if isinstance(one, Receipt)],
        )


class Selector(Protocol):
    """Selects recipients and their messages for Broadcasts of one kind."""

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Return the next Subscribers of the Range, past `after_id`, who should get it, without receipt."""
        ...

    async def select(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        """Return the messages and receipts for these recipients."""
        ...

    def may_send_now(self, lease: Lease, recipient: Recipient) -> bool:
        """Return whether a try may be made: quiet hours may have begun while the message waited."""
        ...


class CorrectionSelector:
    """Corrects each message at once, at any hour: Telegram does not notify readers of an edit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Return the Subscribers who have a message that is to be corrected."""
        now = self._clock()
        return await sent_messages.recipients(session, lease, after_id=after_id, limit=limit, now=now)

    async def select(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        """Return a new Body for each message, with the Appeal where the message has one."""
        languages = story_languages(lease, bodies)
        return Selection(
            [
                OutgoingMessage(one, body_for(one, languages, bodies, appeal=one.appeal)[0])
                for one in recipients
            ]
        )

    def may_send_now(self, _lease: Lease, _recipient: Recipient) -> bool:
        return True


class PushSelector:
    """Sends a push or a Report as each reader's Preferences say, or holds it."""

    def __init__(self, database: Database, clock: Clock, default_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone
        self._muted = MutedStories(database)

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Return the Subscribers in the Audience."""
        return await recipients.due(session, lease, after_id=after_id, limit=limit)

    async def select(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        """Return the messages that may be sent now, and receipts of those for whom it is held or muted."""
        now = self._clock()
        languages = story_languages(lease, bodies)
        muted = await self._muted.of(lease, recipients)
        due = [_in_their_day(one, languages, bodies) for one in recipients if one.subscriber_id not in muted]
        held_until = self._held_until(lease, due, now)
        awake = [one for one in due if held_until[one.subscriber_id] is None]
        full = {one.subscriber_id: body_for(one, languages, bodies, appeal=True) for one in awake}
        with_appeal = [one for one in awake if full[one.subscriber_id][1]]
        appealed = await claim_appeals(self._database, with_appeal, now, self._default_zone)
        messages: list[OutgoingMessage] = []
        for one in awake:
            body, appeal = full[one.subscriber_id]
            if appeal and one.subscriber_id not in appealed:
                body, appeal = body_for(one, languages, bodies, appeal=False)
            if_sent = Receipt(one.subscriber_id, DeliveryState.SENT, appeal=appeal)
            messages.append(OutgoingMessage(one, without_sound(body) if one.silent else body, if_sent))
        held = [
            Receipt(subscriber_id, DeliveryState.HELD, due_at=moment)
            for subscriber_id, moment in held_until.items()
            if moment is not None
        ]
        skipped = [
            Receipt(subscriber_id, DeliveryState.SKIPPED, reason=MUTED) for subscriber_id in sorted(muted)
        ]
        return Selection(messages, [*held, *skipped])

    def may_send_now(self, lease: Lease, recipient: Recipient) -> bool:
        return self._hold(lease, recipient, self._clock()) is None

    def _held_until(
        self, lease: Lease, recipients: Sequence[Recipient], now: datetime
    ) -> dict[int, datetime | None]:
        """Return by Subscriber until when it is held; None: send now. Equal Preferences are computed once."""
        known: dict[tuple[Pace, datetime | None], datetime | None] = {}
        for one in recipients:
            key = (one.pace, one.away_until)
            if key not in known:
                known[key] = self._hold(lease, one, now)
        return {one.subscriber_id: known[one.pace, one.away_until] for one in recipients}

    def _hold(self, lease: Lease, recipient: Recipient, now: datetime) -> datetime | None:
        preferences = preferences_of(recipient.pace, self._default_zone)
        return hold(preferences, now, away_until=recipient.away_until, urgent=lease.urgent)


async def claim_appeals(
    database: Database, recipients: Sequence[Recipient], now: datetime, default_zone: str
) -> set[int]:
    """Store that these recipients get an Appeal now, and return the ids of those who may.

    This comes before the sends, so that neither two Broadcasts at once nor a killed worker bring anybody more
    Appeals than allowed. A recipient whose message then fails waits for the next Appeal.
    """
    ids = [
        one.subscriber_id
        for one in recipients
        if _may_appeal(one, AppealTimes(one.appealed_at, one.helped_until), now, default_zone)
    ]
    if not ids:
        return set()
    async with database.transaction() as session:
        times = await subscribers.lock_appealed(session, ids)
        claimed = {
            one.subscriber_id
            for one in recipients
            if one.subscriber_id in times and _may_appeal(one, times[one.subscriber_id], now, default_zone)
        }
        await subscribers.set_appealed(session, sorted(claimed), now=now)
    return claimed


def _may_appeal(recipient: Recipient, times: AppealTimes, now: datetime, default_zone: str) -> bool:
    preferences = preferences_of(recipient.pace, default_zone)
    return may_appeal(preferences, times.appealed_at, now, helped_until=times.helped_until)


@lru_cache(maxsize=65536)  # there are far fewer different Preferences than Subscribers
def preferences_of(pace: Pace, default_zone: str) -> PacingPreferences:
    """Return the Preferences in these columns."""
    preferences = PacingPreferences.of(pace, default_zone)
    return by_day(preferences) if pace.by_day else preferences


def story_languages(lease: Lease, bodies: BodyOfVariant) -> Sequence[str]:
    """Return the languages that the Bodies have the Story in, the original's first."""
    found = {variant.story_language for variant in bodies}
    first = [language for language in lease.audience.story_languages if language in found]
    return [*first, *sorted(found.difference(first))]  # a Translation that was added later comes last


def body_for(
    recipient: Recipient, story_languages: Sequence[str], bodies: BodyOfVariant, *, appeal: bool
) -> tuple[bytes, bool]:
    """Return the Body for a Recipient, and whether it has an Appeal. Only with `appeal` it may have one.

    A cover never has one.
    """
    with_appeal = variant_for(recipient, story_languages, bodies)
    if with_appeal.covered:
        return bodies[with_appeal], False
    without_appeal = with_appeal._replace(appeal=False)
    has_appeal = without_appeal in bodies  # both are frozen only where the Story has an Appeal
    if has_appeal and not appeal:
        return bodies[without_appeal], False
    return bodies[with_appeal], has_appeal


def _in_their_day(recipient: Recipient, story_languages: Sequence[str], bodies: BodyOfVariant) -> Recipient:
    """Return the Recipient; with `by_day` if the Story has a content warning and they want it by day only."""
    if recipient.warned_stories is not WarnedStories.BY_DAY:
        return recipient
    if variant_for(recipient, story_languages, bodies)._replace(covered=True) not in bodies:
        return recipient
    return replace(recipient, pace=recipient.pace._replace(by_day=True))


def without_sound(body: bytes) -> bytes:
    """Return the body as a message without a sound (Bot API, sendMessage)."""
    return b'{"disable_notification":true,' + body[1:]
