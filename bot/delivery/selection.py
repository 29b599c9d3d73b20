"""The packer: for each Recipient of a slice, which Body is theirs now, or until when it is held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.i18n import SOURCE_LANGUAGE
from bot.subscribers.pacing import PacingPreferences, hold, may_appeal
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries import deliveries
from storage.deliveries.deliveries import Lease, Pace, Receipt, Recipient
from storage.stories.translations import language_for
from storage.subscribers import subscribers
from storage.words import DeliveryState

BodyOfVariant = Mapping[Variant, bytes]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What one Recipient gets, and what their receipt (storage.deliveries.deliveries.Receipt) notes."""

    recipient: Recipient
    body: bytes
    appeal: bool = False
    merges: tuple[int, ...] = ()
    drops: tuple[int, ...] = ()
    whole: bool = False
    gathered_at: datetime | None = None
    due_at: datetime | None = None
    retry_at: datetime | None = None

    def receipt(self, receipt: Receipt) -> Receipt:
        """The receipt of its send, with what else it says of this message if it arrived."""
        if receipt.state is not DeliveryState.SENT:
            return replace(receipt, due_at=self.retry_at)
        return replace(
            receipt,
            appeal=self.appeal,
            merges=self.merges,
            drops=self.drops,
            whole=self.whole,
            gathered_at=self.gathered_at,
            due_at=self.due_at,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """What a slice comes to: whom to send what, and the receipts of those who are sent nothing now."""

    parcels: Sequence[OutgoingMessage]
    receipts: Sequence[Receipt] = ()


class Selector(Protocol):
    """How the Broadcasts of a kind are packed."""

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Who in the Range, past `after_id`, is to get it and has no receipt."""
        ...

    async def pack(
        self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant
    ) -> Selection: ...

    def may_go(self, lease: Lease, recipient: Recipient) -> bool:
        """Asked right before each try: quiet hours may have begun while it waited."""
        ...


class CorrectionSelector:
    """Corrections and withdrawals: at once, at whatever hour; Telegram tells nobody of an edit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Who has the message that is mended."""
        now = self._clock()
        return await deliveries.to_mend(session, lease, after_id=after_id, limit=limit, now=now)

    async def pack(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        """The same kind of message as they have: with an Appeal where one rode along."""
        told_in = told(lease, bodies)
        return Selection(
            [OutgoingMessage(one, body_for(one, told_in, bodies, appeal=one.appeal)[0]) for one in recipients]
        )

    def may_go(self, _lease: Lease, _recipient: Recipient) -> bool:
        return True


class PushSelector:
    """Pushes: as each reader's PacingPreferences say."""

    def __init__(self, database: Database, clock: Clock, default_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Who is in the Audience."""
        return await deliveries.due(session, lease, after_id=after_id, limit=limit)

    async def pack(self, lease: Lease, recipients: Sequence[Recipient], bodies: BodyOfVariant) -> Selection:
        now = self._clock()
        until = self._holds(lease, recipients, now)
        going = [one for one in recipients if until[one.subscriber_id] is None]
        told_in = told(lease, bodies)
        asked = [one for one in going if body_for(one, told_in, bodies, appeal=True)[1]]
        appealed = await claim_appeals(self._database, asked, now, self._default_zone)
        parcels: list[OutgoingMessage] = []
        for one in going:
            body, appeal = body_for(one, told_in, bodies, appeal=one.subscriber_id in appealed)
            parcels.append(OutgoingMessage(one, silenced(body) if one.silent else body, appeal=appeal))
        held = [
            Receipt(subscriber_id, DeliveryState.HELD, due_at=moment)
            for subscriber_id, moment in until.items()
            if moment is not None
        ]
        return Selection(parcels, held)

    def may_go(self, lease: Lease, recipient: Recipient) -> bool:
        return self._hold(lease, recipient, self._clock()) is None

    def _holds(
        self, lease: Lease, recipients: Sequence[Recipient], now: datetime
    ) -> dict[int, datetime | None]:
        """By Subscriber: until when it is held. Who prefers the same is reckoned once."""
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
    """Note, before anything is sent, that an Appeal rides along: the ids of those for whom it may.

    Before, so that neither two Broadcasts at once nor a worker that was killed bring anybody more Appeals
    than allowed. The price: who was not sent to after all waits for the next one.
    """
    ids = [
        one.subscriber_id
        for one in recipients
        if may_appeal(preferences_of(one.pace, default_zone), one.appealed_at, now)
    ]
    if not ids:
        return set()
    async with database.transaction() as session:
        appealed_at = await subscribers.lock_appealed(session, ids)
        claimed = {
            one.subscriber_id
            for one in recipients
            if one.subscriber_id in appealed_at
            and may_appeal(preferences_of(one.pace, default_zone), appealed_at[one.subscriber_id], now)
        }
        await subscribers.set_appealed(session, sorted(claimed), now=now)
    return claimed


@lru_cache(maxsize=65536)  # few of all who prefer, prefer differently
def preferences_of(pace: Pace, default_zone: str) -> PacingPreferences:
    """What these columns mean."""
    return PacingPreferences.of(pace, default_zone)


def told(lease: Lease, bodies: BodyOfVariant) -> Sequence[str]:
    """The languages that the Story in these BodyOfVariant is told in, the original's first."""
    found = {variant.story_language for variant in bodies}
    first = [language for language in lease.audience.story_languages if language in found]
    return [*first, *sorted(found.difference(first))]  # a Translation that came later is told last


def body_for(
    recipient: Recipient, told_in: Sequence[str], bodies: BodyOfVariant, *, appeal: bool
) -> tuple[bytes, bool]:
    """Their Body, and whether an Appeal rides along with it."""
    language = language_for(told_in, recipient.language, recipient.story_languages)
    with_it = Variant(recipient.language, recipient.length, language)
    if with_it not in bodies:  # a language without texts
        with_it = with_it._replace(language=SOURCE_LANGUAGE)
    without = with_it._replace(appeal=False)
    has_appeal = without in bodies  # frozen for both only where there is one
    return (bodies[without], False) if has_appeal and not appeal else (bodies[with_it], has_appeal)


def silenced(body: bytes) -> bytes:
    """The same message without a sound (Bot API, sendMessage)."""
    return b'{"disable_notification":true,' + body[1:]
