"""Sends one message to one Subscriber: waits for its turn, and tries again where that makes sense."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.delivery.backoff import backoff
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
from bot.delivery.rate.pacer import Lane, Pacer
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Recipient
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import DeliveryState, SubscriberState

log = logging.getLogger(__name__)

TRIES = 3  # failures of one reader, while others are answered, before the send is set aside
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 2.0
_LONGEST_REASON = 200  # characters, the width of the column

_PAID = b'{"allow_paid_broadcast":true,'  # replaces the opening brace of a body

MaySend = Callable[[], Awaitable[bool]]


class Messenger(Protocol):
    """Makes one request to Telegram and returns its Outcome. It raises nothing for what Telegram answers."""

    async def send(self, chat_id: int, body: bytes) -> Outcome: ...

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome: ...

    async def delete(self, chat_id: int, message_id: int) -> Outcome: ...

    async def knock(self, chat_id: int) -> Outcome | None: ...


@dataclass(slots=True)
class PendingSend:
    """The state of one send under way.

    `permits`: one permit is held for each send that may have arrived and has no receipt. It is taken at the
    first try, once the Pacer has given the turn, so that sends that only wait for their turn hold none.
    `paid`: it may cost Stars. `unpaid` is what Telegram said when it refused them: the message then goes
    unpaid. `once`: the Range was set aside before, so that the send has one try, whose failure says nothing
    new about Telegram. `set_aside`: the send failed while others were answered, and is to be tried again
    last. `failed_at` is how many sends had left by its last failure. `on_wire`: the message may have arrived,
    so that the send must not be cancelled.
    """

    permits: asyncio.Semaphore | None = None
    paid: bool = False
    once: bool = False
    unpaid: str | None = None
    set_aside: bool = False
    failures: int = 0
    own_failures: int = 0
    failed_at: int = 0
    has_permit: bool = False
    on_wire: bool = False

    async def take_permit(self) -> None:
        """Wait for a permit, unless the send has one."""
        if self.permits is not None and not self.has_permit:
            await self.permits.acquire()
            self.has_permit = True


@dataclass(frozen=True, slots=True)
class SendResult:
    """The receipt of one send, the new state of the Subscriber, and whether Telegram refused the message."""

    receipt: Receipt
    state: SubscriberState | None = None
    rejected: bool = False


class Sender:
    """Sends messages until Telegram has answered: no send fails because Telegram did not answer.

    Failures that other sends share are an outage: sends wait at its gate (bot/delivery/outage.py). A send
    that fails for one reader alone is set aside after a few tries. When only the answer was lost the message
    may have arrived, and is sent again: a few readers then see it twice.
    """

    def __init__(
        self,
        messenger: Messenger,
        pacer: Pacer,
        moved: Callable[[int, int], Awaitable[None]],
        *,
        paid: Pacer | None = None,
    ) -> None:
        """`moved(old, new)` stores the new chat id of a group; `paid` is the Pacer of what may cost Stars."""
        self._messenger = messenger
        self._pacer = pacer
        self._paid = paid or pacer
        self._moved = moved
        self.outage = OutageGate(self._knock, pacer.flood_over)

    async def send(
        self, recipient: Recipient, body: bytes, pending: PendingSend, may_send: MaySend
    ) -> SendResult | None:
        """Send the message and return its result.

        Return None where there is no receipt: `may_send`, which is asked right before each try, returned
        False, or the send was set aside.
        """
        while not pending.set_aside and await may_send():
            await self._take_turn(recipient, pending)
            outcome = await self._try(recipient, body, pending, may_send)
            match outcome:
                case None:
                    pass  # not now: ask `may_send` again
                case PaymentRefused(reason) if pending.paid:
                    pending.paid, pending.unpaid = False, reason
                case Slowdown(seconds):
                    self._pacer.flood(seconds)  # waiting is not failing: it costs no try
                case Moved(chat_id):
                    await self._store_move(recipient.chat_id, chat_id)
                    recipient = replace(recipient, chat_id=chat_id)
                case TopicClosed() if recipient.forum_topic is not None:
                    recipient = replace(recipient, forum_topic=None)  # the group's general topic
                case Transient(reason):
                    await self._wait_or_set_aside(reason, pending, may_send)
                case _:
                    return _result(recipient, outcome)
        return None

    async def _try(
        self, recipient: Recipient, body: bytes, pending: PendingSend, may_send: MaySend
    ) -> Outcome | None:
        """Pass the gate and make the request. Return None where the send must begin again."""
        async with self.outage.passing(recipient.subscriber_id, recipient.chat_id) as decision:
            if decision is GateDecision.PROBE:
                await self._pacer.flood_over()
            pending.set_aside = decision is GateDecision.ALONE
            if decision not in {GateDecision.FREE, GateDecision.PROBE} or not await may_send():
                return None
            number = self.outage.depart()
            since = pending.failed_at or number
            pending.on_wire = True
            outcome = await self._request(recipient, body, paid=pending.paid)
            pending.on_wire = False
            if not (pending.once and decision is GateDecision.FREE and isinstance(outcome, Transient)):
                reader = recipient.subscriber_id
                pending.own_failures += self.outage.note(outcome, decision, reader, number, since=since)
            pending.failed_at = self.outage.departures
            return outcome

    async def _wait_or_set_aside(self, reason: str, pending: PendingSend, may_send: MaySend) -> None:
        """Wait a while after a failure, or set the send aside when only this reader's sends fail."""
        pending.failures += 1
        if pending.once or pending.own_failures >= TRIES:
            log.info("a send is set aside", extra={"reason": reason})
            pending.set_aside = True
        elif not self.outage.is_closed and await may_send():  # at the gate there is another wait
            await asyncio.sleep(_wait(pending.failures))

    async def _knock(self, chat_id: int) -> bool:
        """Make a harmless request. Return whether Telegram answered."""
        outcome = await self._messenger.knock(chat_id)
        if isinstance(outcome, Slowdown):
            self._pacer.flood(outcome.seconds)
        return not isinstance(outcome, Transient)

    async def _take_turn(self, recipient: Recipient, pending: PendingSend) -> None:
        pacer = self._paid if pending.paid else self._pacer
        await pacer.acquire(recipient.chat_id, Lane.BROADCAST)
        await pending.take_permit()
        await pacer.flood_over()  # one may have begun while the send waited for its permit

    async def _request(self, recipient: Recipient, body: bytes, *, paid: bool) -> Outcome:
        """Send a new message, or edit or delete the message that the chat has."""
        if recipient.message_id is None:
            addressed = _addressed(recipient, body)
            return await self._messenger.send(recipient.chat_id, _PAID + addressed[1:] if paid else addressed)
        if recipient.delete:
            return await self._messenger.delete(recipient.chat_id, recipient.message_id)
        return await self._messenger.edit(recipient.chat_id, recipient.message_id, body)

    async def _store_move(self, old: int, new: int) -> None:
        try:
            await self._moved(old, new)
        except DatabaseUnavailableError as error:  # Telegram gives the new id again with the next message
            log.warning("a group's new id could not be noted", extra={"reason": str(error)})


def _addressed(recipient: Recipient, body: bytes) -> bytes:
    """Return the body with the topic of the forum, if the Recipient wants the message in one."""
    if recipient.forum_topic is None:
        return body
    return b'{"message_thread_id":%d,%b' % (recipient.forum_topic, body[1:])


def _result(
    recipient: Recipient,
    outcome: Sent | Blocked | Gone | Rejected | PaymentRefused | Missing | TopicClosed,
) -> SendResult:
    """Return what a final Outcome means for the Subscriber."""
    match outcome:
        case TopicClosed(reason):  # this is about the group and says nothing about the message
            return SendResult(_failed(recipient, reason))
        case Missing():
            reason = "the message is not there any more"
            return SendResult(Receipt(recipient.subscriber_id, DeliveryState.SKIPPED, reason=reason))
        case Sent(message_id):
            receipt = Receipt(recipient.subscriber_id, DeliveryState.SENT, message_id=message_id)
            return SendResult(receipt)
        case Blocked():
            return _unreachable(recipient, SubscriberState.BLOCKED)
        case Gone():
            return _unreachable(recipient, SubscriberState.GONE)
        case Rejected(reason) | PaymentRefused(reason):
            return SendResult(_failed(recipient, reason), rejected=True)


def _unreachable(recipient: Recipient, state: SubscriberState) -> SendResult:
    """Return the result for a chat that is blocked or gone: the state is the reason in its receipt."""
    return SendResult(replace(_failed(recipient, state.value), blocked=True), state)


def _failed(recipient: Recipient, reason: str) -> Receipt:
    # Telegram's words must fit the column: no zero bytes, no halves of characters.
    storable = reason.encode("utf-8", "replace").decode().replace("\0", "")[:_LONGEST_REASON]
    return Receipt(recipient.subscriber_id, DeliveryState.FAILED, reason=storable)


def _wait(failures: int) -> float:
    """Return the seconds to wait before the next try."""
    return backoff(failures, first_s=_FIRST_WAIT_S, longest_s=_LONGEST_WAIT_S)
