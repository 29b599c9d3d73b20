"""Sends to the Subscribers of one leased Range, slice by slice."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from bot.clock import elapsed_clock
from bot.delivery.body_cache import BodyCache
from bot.delivery.broadcast_notes import BroadcastNotes
from bot.delivery.leased_range import LeasedRange
from bot.delivery.leases import Leases
from bot.delivery.receipts import PendingReceipt, ReceiptWriter
from bot.delivery.selection import OutgoingMessage, Selector
from bot.delivery.send_window import SendWindow
from bot.delivery.sender import PendingSend, Sender, SendResult
from storage.database import Database
from storage.deliveries import leases
from storage.deliveries.leases import Lease
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Recipient
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import BroadcastKind, DeliveryState

log = logging.getLogger(__name__)

_HELD_AT_ONCE = 500
# A flood or an outage makes sends wait longer: then the recipient is read again before each try. So what was
# taken back, such as a suspended Appeal, is in no message that begins its way two seconds later.
_FRESH_S = 1.8


class Slices(NamedTuple):
    """How many recipients are read at once: of a free and of a paid push."""

    free: int
    paid: int


class RangeSender:
    """Reads the due recipients of a Range, sends to them, and passes the receipts to the ReceiptWriter."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        *,
        selectors: Mapping[BroadcastKind, Selector],
        leases: Leases,
        receipts: ReceiptWriter,
        notes: BroadcastNotes,
        window: SendWindow,
        slices: Slices,
        stopping: asyncio.Event,
    ) -> None:
        self._database = database
        self._sender = sender
        self._selectors = selectors
        self._leases = leases
        self._receipts = receipts
        self._notes = notes
        self._window = window
        self._slices = slices
        self._stopping = stopping
        self._bodies = BodyCache(database)

    async def send(self, leased: LeasedRange) -> bool:
        """Begin the sends of a Range. Return True once nobody in it is due, False if it must stop before."""
        lease = leased.lease
        bodies = await self._bodies.of(lease)
        selector = self._selectors[lease.kind]
        slice_ = self._slices.paid if lease.paid else self._slices.free
        after_id, size = lease.first_id - 1, slice_
        while self._may_go_on(leased):
            read_at = elapsed_clock()
            async with self._database.read() as session:
                if not await leases.is_workable(session, lease):
                    return False
                due = await selector.recipients(session, lease, after_id=after_id, limit=size)
            if not due:
                return True
            selection = await selector.select(lease, due, bodies)
            for receipt in selection.receipts:
                leased.opened()
                self._receipts.put(PendingReceipt(leased, receipt))
            if not await self._begin_all(leased, selection.messages, read_at):
                return False
            after_id = due[-1].subscriber_id
            # Where everybody is held, as at night, no message can be late: read more at once.
            size = slice_ if selection.messages else max(slice_, _HELD_AT_ONCE)
        return False

    async def _begin_all(
        self, leased: LeasedRange, messages: Sequence[OutgoingMessage], read_at: float
    ) -> bool:
        """Begin each send as soon as the window allows. Return False where the worker must stop."""
        for outgoing in messages:
            await self._window.enter()
            if not self._may_go_on(leased):
                self._window.leave()
                return False
            leased.opened()
            self._begin(leased, outgoing, read_at)
        return True

    def _begin(self, leased: LeasedRange, outgoing: OutgoingMessage, read_at: float) -> None:
        lease, recipient = leased.lease, outgoing.recipient
        pending = self._window.pending(
            paid=lease.paid and not self._notes.is_unpaid(lease.broadcast_id),
            once=self._leases.was_set_aside(lease),
        )
        send = self._sender.send(
            recipient, outgoing.body, pending, lambda: self._may_send(leased, recipient, read_at)
        )
        task = self._window.start(send, pending)
        task.add_done_callback(lambda done: self._ended(done, leased, outgoing, pending))

    def _ended(
        self,
        task: asyncio.Task[SendResult | None],
        leased: LeasedRange,
        outgoing: OutgoingMessage,
        pending: PendingSend,
    ) -> None:
        """Pass on the receipt of a send. Without a result, leave the Subscriber to the next lease."""
        broadcast_id = leased.lease.broadcast_id
        if pending.unpaid is not None:
            self._notes.note_unpaid(broadcast_id, pending.unpaid)
        result = None if task.cancelled() else _result_of(task, outgoing.recipient)
        if result is None:
            if pending.set_aside:
                leased.set_aside = True
            else:
                leased.incomplete = True
            leased.closed()
            self._window.end(pending)
            return
        receipt = outgoing.receipt(result.receipt)
        self._receipts.put(PendingReceipt(leased, receipt, result.state, partial(self._window.end, pending)))
        self._notes.note_result(broadcast_id, result)

    async def _may_send(self, leased: LeasedRange, recipient: Recipient, read_at: float) -> bool:
        """Return whether a try may be made: a /stop, pause or cancel may have come while the send waited."""
        is_fresh = elapsed_clock() - read_at < _FRESH_S
        if not is_fresh and not await self._is_still_due(leased.lease, recipient):
            return False
        selector = self._selectors[leased.lease.kind]
        return selector.may_send_now(leased.lease, recipient) and self._may_go_on(leased)

    def _may_go_on(self, leased: LeasedRange) -> bool:
        is_halted = self._stopping.is_set() or leased.lease.broadcast_id in self._notes.pausing
        return not is_halted and leased.is_safe()

    async def _is_still_due(self, lease: Lease, recipient: Recipient) -> bool:
        """Read the recipient again. Return whether the message is still what they want.

        Return False if the database does not answer, too: a later lease sends.
        """
        try:
            async with self._database.read() as session:
                if not await leases.is_workable(session, lease):
                    return False
                before = recipient.subscriber_id - 1
                due = await self._selectors[lease.kind].recipients(session, lease, after_id=before, limit=1)
        except DatabaseUnavailableError:
            return False
        found = next(iter(due), None)
        is_due = found is not None and found.subscriber_id == recipient.subscriber_id
        return is_due and found is not None and recipient.wants_the_same(found)


def _result_of(task: asyncio.Task[SendResult | None], recipient: Recipient) -> SendResult | None:
    """Return the result of a send. An error of ours fails this one reader and stops no other send."""
    error = task.exception()
    if error is None:
        return task.result()
    log.error("a send failed by a fault of ours", exc_info=error)
    reason = f"internal error: {type(error).__name__}"
    return SendResult(Receipt(recipient.subscriber_id, DeliveryState.FAILED, reason=reason), rejected=True)
