"""Settling: receipts are written in small group commits, each only while its Range is still ours."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.delivery.holding import Holding
from storage import deliveries, subscribers
from storage.database import TROUBLE, Database, reason
from storage.deliveries import Receipt
from storage.words import SubscriberState

log = logging.getLogger(__name__)

_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """A receipt to write, and what Telegram told of the Subscriber, if anything.

    `committed` is called once the receipt is committed. Only then the send gives back its place in the
    window, not when the answer comes, so that a crash can repeat at most a window of sends.
    """

    holding: Holding
    receipt: Receipt
    state: SubscriberState | None = None
    committed: Callable[[], None] | None = None


class Settler:
    """Writes all receipts that came in since the last commit in one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: asyncio.Queue[Settlement] = asyncio.Queue()
        self._batch: list[Settlement] = []

    def put(self, settlement: Settlement) -> None:
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

    async def _settle_until_done(self, batch: list[Settlement]) -> None:
        while True:
            try:
                await self._settle(batch)
            except TROUBLE as error:
                log.warning("receipts could not be written, trying again", extra={"reason": reason(error)})
                await asyncio.sleep(_RETRY_S)
            else:
                break
        for settlement in batch:
            settlement.holding.closed()
            if settlement.committed is not None:
                settlement.committed()

    async def _settle(self, batch: list[Settlement]) -> None:
        by_range: dict[int, list[Settlement]] = defaultdict(list)
        for settlement in batch:
            by_range[id(settlement.holding)].append(settlement)
        async with self._database.sessions.begin() as session:
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
