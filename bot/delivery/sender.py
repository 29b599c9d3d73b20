"""One message to one Subscriber: waits for its turn, sends, tries again where that makes sense."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.delivery.outage import GateDecision, OutageGate
from bot.delivery.outcome import (
    Blocked,
    Gone,
    Missing,
    Moved,
    Outcome,
    PaymentRefused,
    Rejected,
    Sent,
    Slowdown,
    TopicClosed,
    Transient,
)
from bot.delivery.pacer import Lane, Pacer
from storage.deliveries.deliveries import Receipt, Recipient
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import DeliveryState, SubscriberState

log = logging.getLogger(__name__)

TRIES = 3  # of a reader whose sends fail while others are answered, before it is set aside
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 2.0

_PAID = b'{"allow_paid_broadcast":true,'  # before what a body has in its braces

MaySend = Callable[[], Awaitable[bool]]


class Messenger(Protocol):
    """Who carries a message to Telegram and tells what came of it. Never raises for what Telegram says."""

    async def send(self, chat_id: int, body: bytes) -> Outcome: ...

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome: ...

    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...

    async def knock(self, chat_id: int) -> Outcome | None: ...


@dataclass(slots=True)
class PendingSend:
    """One send under way. While it is on the wire it must not be cancelled: it may have arrived.

    `window` holds a place for each that may have arrived and has no receipt. The place is taken at the first
    try, when the Pacer has given the turn, so that none is held by who only waits for that. `paid`: it may
    cost Stars; `unpaid` is what Telegram said where it refused them, and it went for nothing instead.
    What fails while others are answered is `set_aside`, to be tried last; `once`: it was set aside before,
    so that it has one try, whose failure says nothing new.
    """

    window: asyncio.Semaphore | None = None
    paid: bool = False
    once: bool = False
    unpaid: str | None = None
    set_aside: bool = False
    failures: int = 0
    own_failures: int = 0
    failed_at: int = 0  # how many sends had left by its last failure
    has_place: bool = False
    on_wire: bool = False

    async def take_place(self) -> None:
        if self.window is not None and not self.has_place:
            await self.window.acquire()
            self.has_place = True


@dataclass(frozen=True, slots=True)
class SendResult:
    """The receipt of one send, and what it says about the Subscriber."""

    receipt: Receipt
    state: SubscriberState | None = None
    rejected: bool = False


class Sender:
    """Sends with patience: nobody fails because Telegram did not answer.

    What others share is an outage, and waits at its gate (bot/delivery/outage.py). What one reader alone
    cannot get is set aside after a few tries. A lost answer means *maybe sent*, and it is sent again: the
    rare reader who sees a message twice is the price.
    """

    def __init__(
        self,
        messenger: Messenger,
        pacer: Pacer,
        moved: Callable[[int, int], Awaitable[None]],
        *,
        paid: Pacer | None = None,
    ) -> None:
        """`moved(old, new)` notes the new chat id of a group; `paid` gives turns to what may cost Stars."""
        self._messenger = messenger
        self._pacer = pacer
        self._paid = paid or pacer
        self._moved = moved
        self.outage = OutageGate(self._knock, pacer.flood_over)

    async def send(
        self, recipient: Recipient, body: bytes, flight: PendingSend, may_send: MaySend
    ) -> SendResult | None:
        """Send; None where there is no receipt: `may_send`, asked right before each try, said no, or the
        flight is set aside.
        """
        while not flight.set_aside and await may_send():
            await self._take_turn(recipient, flight)
            outcome = await self._try(recipient, body, flight, may_send)
            match outcome:
                case None:
                    pass  # not now: it is asked again whether it may be sent
                case PaymentRefused(reason) if flight.paid:
                    flight.paid, flight.unpaid = False, reason
                case Slowdown(seconds):
                    self._pacer.flood(seconds)  # waiting is not failing: it costs no attempt
                case Moved(chat_id):
                    await self._note_move(recipient.chat_id, chat_id)
                    recipient = replace(recipient, chat_id=chat_id)
                case TopicClosed() if recipient.forum_topic is not None:
                    recipient = replace(recipient, forum_topic=None)  # the group's general topic
                case Transient(reason):
                    await self._bear(reason, flight, may_send)
                case _:
                    return _verdict(recipient, outcome)
        return None

    async def _try(
        self, recipient: Recipient, body: bytes, flight: PendingSend, may_send: MaySend
    ) -> Outcome | None:
        """Pass the gate and send; None if that must be asked for again."""
        async with self.outage.passing(recipient.subscriber_id, recipient.chat_id) as passage:
            if passage is GateDecision.PROBE:
                await self._pacer.flood_over()
            flight.set_aside = passage is GateDecision.ALONE
            if passage not in {GateDecision.FREE, GateDecision.PROBE} or not await may_send():
                return None
            number = self.outage.depart()
            since = flight.failed_at or number
            flight.on_wire = True
            outcome = await self._carry(recipient, body, paid=flight.paid)
            flight.on_wire = False
            if not (flight.once and passage is GateDecision.FREE and isinstance(outcome, Transient)):
                reader = recipient.subscriber_id
                flight.own_failures += self.outage.heard(outcome, passage, reader, number, since=since)
            flight.failed_at = self.outage.departures
            return outcome

    async def _bear(self, reason: str, flight: PendingSend, may_send: MaySend) -> None:
        """Wait a while after a failure, or give up for now what this reader alone cannot get."""
        flight.failures += 1
        if flight.once or flight.own_failures >= TRIES:
            log.info("a send is set aside", extra={"reason": reason})
            flight.set_aside = True
        elif not self.outage.is_closed and await may_send():  # at the gate there is another wait
            await asyncio.sleep(_wait(flight.failures))

    async def _knock(self, chat_id: int) -> bool:
        outcome = await self._messenger.knock(chat_id)
        if isinstance(outcome, Slowdown):
            self._pacer.flood(outcome.seconds)
        return not isinstance(outcome, Transient)

    async def _take_turn(self, recipient: Recipient, flight: PendingSend) -> None:
        pacer = self._paid if flight.paid else self._pacer
        await pacer.acquire(recipient.chat_id, Lane.BROADCAST)
        await flight.take_place()
        await pacer.flood_over()  # one may have begun while it waited for its place

    async def _carry(self, recipient: Recipient, body: bytes, *, paid: bool) -> Outcome:
        """Send a new message, or edit or delete the one that they have."""
        if recipient.message_id is None:
            addressed = _addressed(recipient, body)
            return await self._messenger.send(recipient.chat_id, _PAID + addressed[1:] if paid else addressed)
        if recipient.delete:
            return await self._messenger.delete(recipient.chat_id, recipient.message_id)
        return await self._messenger.edit(recipient.chat_id, recipient.message_id, body)

    async def _note_move(self, old: int, new: int) -> None:
        try:
            await self._moved(old, new)
        except (
            DatabaseUnavailableError
        ) as error:  # Telegram tells us again next time; what counts is that it is sent
            log.warning("a group's new id could not be noted", extra={"reason": str(error)})


def _addressed(recipient: Recipient, body: bytes) -> bytes:
    """`body` for where in its chat the Recipient wants to be written to."""
    if recipient.forum_topic is None:
        return body
    return b'{"message_thread_id":%d,%b' % (recipient.forum_topic, body[1:])


def _verdict(
    recipient: Recipient,
    outcome: Sent | Blocked | Gone | Rejected | PaymentRefused | Missing | TopicClosed,
) -> SendResult:
    match outcome:
        case TopicClosed(reason):  # this group's own affair: it says nothing about the message
            return SendResult(_failed(recipient, reason))
        case Missing():
            reason = "the message is not there any more"
            return SendResult(Receipt(recipient.subscriber_id, DeliveryState.SKIPPED, reason=reason))
        case Sent(message_id):
            receipt = Receipt(recipient.subscriber_id, DeliveryState.SENT, message_id=message_id)
            return SendResult(receipt)
        case Blocked():
            return SendResult(replace(_failed(recipient, "blocked"), blocked=True), SubscriberState.BLOCKED)
        case Gone():
            return SendResult(replace(_failed(recipient, "gone"), blocked=True), SubscriberState.GONE)
        case Rejected(reason) | PaymentRefused(reason):
            return SendResult(_failed(recipient, reason), rejected=True)


def _failed(recipient: Recipient, reason: str) -> Receipt:
    # Whatever Telegram says must fit the column: no zero bytes, no halves of characters.
    kept = reason.encode("utf-8", "replace").decode().replace("\0", "")[:200]
    return Receipt(recipient.subscriber_id, DeliveryState.FAILED, reason=kept)


def _wait(failures: int) -> float:
    """Seconds before the next try: doubled each time, with jitter so that all do not come back at once."""
    longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(failures, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  # jitter is no secret
