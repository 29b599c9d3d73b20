"""Writes receipts in small group commits, each only while the worker still has the lease of its Range."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.delivery.leased_range import LeasedRange
from bot.delivery.observer import Observer, Unobserved
from storage.broadcasts import aftermaths
from storage.broadcasts.aftermaths import Deed
from storage.database import Database
from storage.deliveries import receipts
from storage.deliveries.receipts import Receipt
from storage.engine.unavailable import DatabaseUnavailableError
from storage.subscribers import subscribers
from storage.words import DeliveryState, SubscriberState

log = logging.getLogger(__name__)

_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class PendingReceipt:
    """A receipt to write, and the new state of the Subscriber, if Telegram's answer changed it.

    `committed` is called once the receipt is committed. Only then the send gives back its permit, and not
    when the answer comes, so that a crash can repeat at most a window of sends.
    """

    leased: LeasedRange
    receipt: Receipt
    state: SubscriberState | None = None
    committed: Callable[[], None] | None = None

    @property
    def outcome(self) -> str:
        """The state of the receipt; "blocked" or "gone" for a reader who cannot be reached."""
        return (self.state or self.receipt.state).value


class ReceiptWriter:
    """Writes all receipts that came since the last commit in one transaction."""

    def __init__(self, database: Database, clock: Clock, observer: Observer | None = None) -> None:
        self._database = database
        self._clock = clock
        self._observer = observer or Unobserved()
        self._waiting: asyncio.Queue[PendingReceipt] = asyncio.Queue()
        self._batch: list[PendingReceipt] = []
        self._logged: set[type[Exception]] = set()
        self.unwritten = 0  # receipts that cannot be written because of an error of ours

    def put(self, pending: PendingReceipt) -> None:
        """Add a receipt to the next commit."""
        self._waiting.put_nowait(pending)

    async def run(self) -> None:
        """Write receipts until cancelled. While the database does not answer they wait: none is dropped.

        A batch that an earlier run did not finish comes first.
        """
        while True:
            if not self._batch:
                self._batch.append(await self._waiting.get())
            while not self._waiting.empty():
                self._batch.append(self._waiting.get_nowait())
            await self._write_until_done(self._batch)
            self._batch = []

    async def _write_until_done(self, batch: list[PendingReceipt]) -> None:
        while True:
            try:
                written = await self._write(batch)
            except DatabaseUnavailableError:
                await asyncio.sleep(_RETRY_S)
            except Exception as error:  # noqa: BLE001  # whatever error of ours it is: no receipt may be lost
                await self._write_after_error(error, batch)
                return
            else:
                self._settle(batch, written)
                return

    def _settle(self, batch: list[PendingReceipt], written: list[PendingReceipt]) -> None:
        """Count the receipts that were written, and give back what was held for all of the batch."""
        self._observer.settled(Counter(pending.outcome for pending in written))
        for pending in batch:
            pending.leased.closed()
            if pending.committed is not None:
                pending.committed()

    async def _write_after_error(self, error: Exception, batch: list[PendingReceipt]) -> None:
        """Write the receipts one by one; of one that cannot be written, write only the state.

        Where even that fails, the receipt keeps its permit and its Range: while this worker runs, nobody
        sends to that reader again, and where there are many, sending stops.
        """
        if len(batch) > 1:
            for pending in batch:
                await self._write_until_done([pending])
            return
        (pending,) = batch
        self._log(error, pending)
        reduced = _reduced(pending, error)
        if reduced == pending:
            self.unwritten += 1
        else:
            await self._write_until_done([reduced])

    def _log(self, error: Exception, pending: PendingReceipt) -> None:
        """Log an error, with its traceback the first time that an error of its type comes."""
        trace = None if type(error) in self._logged else error
        self._logged.add(type(error))
        log.error(
            "a receipt cannot be written, by a fault of ours",
            exc_info=trace,
            extra={"range": pending.leased.lease.range_id, "subscriber": pending.receipt.subscriber_id},
        )

    async def _write(self, batch: list[PendingReceipt]) -> list[PendingReceipt]:
        """Write the receipts of Ranges that are still ours; return these receipts."""
        written: list[PendingReceipt] = []
        by_range: dict[int, list[PendingReceipt]] = defaultdict(list)
        for pending in batch:
            by_range[id(pending.leased)].append(pending)
        async with self._database.transaction() as session:
            now = self._clock()
            for group in by_range.values():
                leased = group[0].leased
                if not await receipts.write(session, leased.lease, [one.receipt for one in group], now=now):
                    leased.lost = True
                    log.warning("a lost range was not settled", extra={"range": leased.lease.range_id})
                    continue
                written += group
            blocked, gone = (
                [one.receipt.subscriber_id for one in batch if one.state is state]
                for state in (SubscriberState.BLOCKED, SubscriberState.GONE)
            )
            await subscribers.set_states(session, gone, SubscriberState.GONE, now=now)
            new = await subscribers.set_states(session, blocked, SubscriberState.BLOCKED, now=now)
            await aftermaths.count_by_readers(session, new, Deed.BLOCKED, now=now)
        return written


def _reduced(pending: PendingReceipt, error: Exception) -> PendingReceipt:
    """Return the receipt without what may be at fault. What was to be held becomes a failure to retry."""
    receipt = pending.receipt
    state = DeliveryState.FAILED if receipt.state is DeliveryState.HELD else receipt.state
    reason = None if state is DeliveryState.SENT else f"internal error: {type(error).__name__}"
    return replace(pending, receipt=Receipt(receipt.subscriber_id, state, reason=reason), state=None)
