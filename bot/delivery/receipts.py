"""Settling: receipts are written in small group commits, each only while its Range is still ours."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.delivery.leased_range import LeasedRange
from storage.database import Database
from storage.deliveries import deliveries
from storage.deliveries.deliveries import Receipt
from storage.engine.unavailable import DatabaseUnavailableError
from storage.subscribers import subscribers
from storage.words import DeliveryState, SubscriberState

log = logging.getLogger(__name__)

_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class PendingReceipt:
    """A receipt to write, and what Telegram told of the Subscriber, if anything.

    `committed` is called once the receipt is committed. Only then the send gives back its place in the
    window, not when the answer comes, so that a crash can repeat at most a window of sends.
    """

    holding: LeasedRange
    receipt: Receipt
    state: SubscriberState | None = None
    committed: Callable[[], None] | None = None


class ReceiptWriter:
    """Writes all receipts that came in since the last commit in one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: asyncio.Queue[PendingReceipt] = asyncio.Queue()
        self._batch: list[PendingReceipt] = []
        self._faults: set[type[Exception]] = set()
        self.unwritten = 0  # receipts that a fault of ours keeps out of the database

    def put(self, settlement: PendingReceipt) -> None:
        self._waiting.put_nowait(settlement)

    async def run(self) -> None:
        """Settle until cancelled. A database that does not answer is asked again; nothing is dropped.

        What an earlier run did not finish is settled first.
        """
        while True:
            if not self._batch:
                self._batch.append(await self._waiting.get())
            while not self._waiting.empty():
                self._batch.append(self._waiting.get_nowait())
            await self._settle_until_done(self._batch)
            self._batch = []

    async def _settle_until_done(self, batch: list[PendingReceipt]) -> None:
        while True:
            try:
                await self._settle(batch)
            except DatabaseUnavailableError:
                await asyncio.sleep(_RETRY_S)
            except Exception as error:  # noqa: BLE001  # whatever fault of ours it is: no receipt may be lost
                await self._settle_in_spite_of(error, batch)
                return
            else:
                break
        for settlement in batch:
            settlement.holding.closed()
            if settlement.committed is not None:
                settlement.committed()

    async def _settle_in_spite_of(self, error: Exception, batch: list[PendingReceipt]) -> None:
        """Settle one by one; of one that cannot be written, write no more than what it came to.

        One of which not even that can be written keeps its place and its Range: nobody sends to that reader
        again while we run, and where many are so, sending stops by itself.
        """
        if len(batch) > 1:
            for settlement in batch:
                await self._settle_until_done([settlement])
            return
        (settlement,) = batch
        self._log_fault(error, settlement)
        plain = _plain(settlement, error)
        if plain == settlement:
            self.unwritten += 1
        else:
            await self._settle_until_done([plain])

    def _log_fault(self, error: Exception, settlement: PendingReceipt) -> None:
        """With its traceback the first time."""
        trace = None if type(error) in self._faults else error
        self._faults.add(type(error))
        log.error(
            "a receipt cannot be written, by a fault of ours",
            exc_info=trace,
            extra={
                "range": settlement.holding.lease.range_id,
                "subscriber": settlement.receipt.subscriber_id,
            },
        )

    async def _settle(self, batch: list[PendingReceipt]) -> None:
        by_range: dict[int, list[PendingReceipt]] = defaultdict(list)
        for settlement in batch:
            by_range[id(settlement.holding)].append(settlement)
        async with self._database.transaction() as session:
            now = self._clock()
            for group in by_range.values():
                holding = group[0].holding
                receipts = [settlement.receipt for settlement in group]
                if not await deliveries.settle(session, holding.lease, receipts, now=now):
                    holding.lost = True
                    log.warning("a lost range was not settled", extra={"range": holding.lease.range_id})
            for state in (SubscriberState.BLOCKED, SubscriberState.GONE):
                ids = [one.receipt.subscriber_id for one in batch if one.state is state]
                await subscribers.set_states(session, ids, state, now=now)


def _plain(settlement: PendingReceipt, error: Exception) -> PendingReceipt:
    """The same without what may be at fault. One to be held counts as failed: editors can retry it."""
    receipt = settlement.receipt
    state = DeliveryState.FAILED if receipt.state is DeliveryState.HELD else receipt.state
    reason = None if state is DeliveryState.SENT else f"internal error: {type(error).__name__}"
    return replace(settlement, receipt=Receipt(receipt.subscriber_id, state, reason=reason), state=None)
