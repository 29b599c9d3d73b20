"""The selector of Digests: makes one message for each due reader from the Stories held for them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RANGE
from bot.broadcasts.remaking import report_bodies
from bot.clock import Clock
from bot.delivery.selection import (
    BodyOfVariant,
    OutgoingMessage,
    Selection,
    body_for,
    claim_appeals,
    preferences_of,
    without_sound,
)
from bot.digests.contents import Contents, with_appeal
from bot.digests.digest_story import DigestStory
from bot.digests.gatherer import NOTHING, GatheredStories, Gatherer, in_parts
from bot.digests.occasion import Occasion, occasion_of
from bot.digests.renderer import DigestRenderer
from bot.digests.sieve import Sieve
from bot.subscribers.pacing import is_away, is_day, next_allowed_time, next_due_at
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries import due, held, recipients
from storage.deliveries.leases import Lease
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Recipient
from storage.words import DeliveryState, Rhythm, WarnedStories

log = logging.getLogger(__name__)

_DENSE = 20  # ids for each due reader: up to here, the index of ids finds them faster than that of `due_at`
_NOT_THEIR_HOUR = "not their hour"
_RETRY = timedelta(hours=1)  # until a message that Telegram refused is tried again


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one reader is to be sent.

    `whole` has the Bodies of a Story or Report that comes alone, as a push does. `appeal` is the Story whose
    Appeal may come with the message.
    """

    gathered: GatheredStories
    whole: Mapping[Variant, bytes] | None
    appeal: DigestStory | None

    @property
    def stories(self) -> Sequence[DigestStory]:
        """The Stories to show, ranked."""
        return self.gathered.stories


class DigestSelector:
    """Draws a Digest for each recipient; equal ones are drawn once."""

    def __init__(self, database: Database, clock: Clock, gatherer: Gatherer, default_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._gatherer = gatherer
        self._default_zone = default_zone

    async def recipients(
        self, session: AsyncSession, lease: Lease, *, after_id: int, limit: int
    ) -> Sequence[Recipient]:
        """Return the Subscribers who are due."""
        dense = lease.last_id - lease.first_id < _DENSE * RANGE
        before = lease.due_before or self._clock()
        condition = due.condition(after_id + 1, lease.last_id, before, due_after=lease.due_after, dense=dense)
        return await recipients.without_receipt(session, lease, condition, limit=limit)

    def may_send_now(self, _lease: Lease, recipient: Recipient) -> bool:
        return self._waits_until(recipient, self._clock()) is None

    async def select(
        self, _lease: Lease, recipients: Sequence[Recipient], _bodies: BodyOfVariant
    ) -> Selection:
        """Return the Digests, and receipts for the recipients who get nothing now."""
        now = self._clock()
        waits_until = {one.subscriber_id: self._waits_until(one, now) for one in recipients}
        awake = [one for one in recipients if waits_until[one.subscriber_id] is None]
        plans = await self._plan(awake, now)
        appealed = await self._claim_appeals(awake, plans, now)
        renderer = DigestRenderer(self._gatherer.zone)
        made: list[OutgoingMessage | Receipt] = [
            Receipt(subscriber_id, DeliveryState.SKIPPED, reason=_NOT_THEIR_HOUR, due_at=moment)
            for subscriber_id, moment in waits_until.items()
            if moment is not None
        ]
        made += [
            self._make(one, plans[one.subscriber_id], now, renderer, appeal=one.subscriber_id in appealed)
            for one in awake
        ]
        return Selection.of(made)

    def _waits_until(self, recipient: Recipient, now: datetime) -> datetime | None:
        """Return the end of a day off, quiet hours or a rest day; None if the message may be sent now."""
        preferences = preferences_of(recipient.pace, self._default_zone)
        away_until = recipient.away_until
        moment = next_allowed_time(
            preferences, away_until if away_until and is_away(away_until, now) else now
        )
        return moment if moment > now else None

    def _next_due_at(self, recipient: Recipient, now: datetime, *, waits: bool = False) -> datetime:
        """Return when what is held for the recipient from now on is to be gathered.

        With `waits`, some of it waits for the reader's day.
        """
        preferences = preferences_of(recipient.pace._replace(by_day=waits), self._default_zone)
        return next_due_at(preferences, now, away_until=recipient.away_until)

    async def _plan(self, awake: Sequence[Recipient], now: datetime) -> dict[int, _Plan]:
        """Return by Subscriber what each of these is to be sent."""
        plans: dict[int, _Plan] = {}
        drawn: dict[int, Mapping[Variant, bytes]] = {}  # Reports, each once for all of these
        async with self._database.read() as session:
            for some in in_parts(awake):
                pushes = await held.of(session, [one.subscriber_id for one in some])
                sieves = {one.subscriber_id: self._sieve(one, now) for one in some}
                gathered = await self._gatherer.gather(session, pushes, now, sieves)
                for one in some:
                    theirs = gathered.get(one.subscriber_id, NOTHING)
                    whole = await self._whole(session, theirs, drawn) if _is_like_a_push(one) else None
                    appeal = with_appeal(theirs.stories, covers=one.covers)
                    plans[one.subscriber_id] = _Plan(theirs, whole, appeal)
        return plans

    async def _whole(
        self, session: AsyncSession, gathered: GatheredStories, drawn: dict[int, Mapping[Variant, bytes]]
    ) -> Mapping[Variant, bytes] | None:
        """Return the Bodies of the one Story or Report; None if there are several.

        `drawn` keeps those of Reports by id.
        """
        if len(gathered.stories) + len(gathered.reports) != 1:
            return None
        if gathered.stories:
            return await self._gatherer.whole(session, gathered.stories[0])
        [report] = gathered.reports
        if report.id not in drawn:
            drawn[report.id] = {
                variant: orjson.dumps(body) for variant, body in report_bodies(report).items()
            }
        return drawn[report.id]

    def _sieve(self, recipient: Recipient, now: datetime) -> Sieve:
        preferences = preferences_of(recipient.pace, self._default_zone)
        return Sieve.of(recipient, is_day=is_day(preferences, now))

    async def _claim_appeals(
        self, awake: Sequence[Recipient], plans: Mapping[int, _Plan], now: datetime
    ) -> set[int]:
        with_one = [one for one in awake if plans[one.subscriber_id].appeal is not None]
        return await claim_appeals(self._database, with_one, now, self._default_zone)

    def _make(
        self, recipient: Recipient, plan: _Plan, now: datetime, renderer: DigestRenderer, *, appeal: bool
    ) -> OutgoingMessage | Receipt:
        """Draw the Digest of one recipient. An error of ours fails this reader and stops no other."""
        if plan.gathered.is_empty:
            return self._nothing(recipient, plan, now)
        retry_at = self._next_due_at(recipient, now + _RETRY)
        try:
            body, has_appeal, occasion = _body(recipient, plan, now, renderer, appeal=appeal)
        except Exception as error:
            log.exception("a digest could not be drawn")
            reason = f"internal error: {type(error).__name__}"
            return Receipt(recipient.subscriber_id, DeliveryState.FAILED, reason=reason, due_at=retry_at)
        if_sent = Receipt(
            recipient.subscriber_id,
            DeliveryState.SENT,
            appeal=has_appeal,
            came=plan.gathered.came,
            dropped=plan.gathered.dropped,
            whole=plan.whole is not None,
            occasion=occasion.stored,
            gathered_at=now,
            due_at=self._next_due_at(recipient, now, waits=plan.gathered.waits),
        )
        body = without_sound(body) if recipient.silent else body
        return OutgoingMessage(_in_their_day(recipient, plan), body, if_sent, retry_at)

    def _nothing(self, recipient: Recipient, plan: _Plan, now: datetime) -> Receipt:
        """Return the receipt of a reader who gets no message: all was dropped, or waits for their day."""
        waits = plan.gathered.waits
        return Receipt(
            recipient.subscriber_id,
            DeliveryState.SKIPPED,
            reason=_NOT_THEIR_HOUR if waits else held.NOTHING_TO_TELL,
            dropped=plan.gathered.dropped,
            gathered_at=now if plan.gathered.dropped or not waits else None,
            due_at=self._next_due_at(recipient, now, waits=waits),
        )


def _in_their_day(recipient: Recipient, plan: _Plan) -> Recipient:
    """Return the recipient; with `by_day` if the message shows a Story that they want by day only."""
    if recipient.warned_stories is not WarnedStories.BY_DAY or not any(one.is_warned for one in plan.stories):
        return recipient
    return replace(recipient, pace=recipient.pace._replace(by_day=True))


def _is_like_a_push(recipient: Recipient) -> bool:
    """Return whether a single Story comes as a push would: not to readers of Digests, nor after a day off."""
    return recipient.pace.rhythm is Rhythm.AT_ONCE and recipient.away_until is None


def _body(
    recipient: Recipient, plan: _Plan, now: datetime, renderer: DigestRenderer, *, appeal: bool
) -> tuple[bytes, bool, Occasion]:
    """Return the Body for a recipient, whether it has an Appeal, and the Occasion that it names."""
    if plan.whole is not None:
        languages = tuple(plan.stories[0].by_language) if plan.stories else ("",)  # a Report's is not chosen
        body, has_appeal = body_for(recipient, languages, plan.whole, appeal=appeal)
        return body, has_appeal, Occasion.GATHERED
    occasion, shown = _occasion(recipient, now), plan.appeal if appeal else None
    reports = plan.gathered.reports
    contents = Contents(plan.stories, recipient.story_languages, occasion, shown, reports=reports)
    return renderer.body(recipient, contents, now), appeal, occasion


def _occasion(recipient: Recipient, now: datetime) -> Occasion:
    """Return why the Digest comes; a group or channel is not welcomed back as a person is."""
    if recipient.chat_id < 0:
        return Occasion.GATHERED
    return occasion_of(recipient.away_until, recipient.seen_on, now)
