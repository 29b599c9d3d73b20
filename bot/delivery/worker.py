"""The worker: sends all running Broadcasts, Range by Range, until it is stopped."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from bot.clock import Clock
from bot.delivery.broadcast_notes import BroadcastNotes, StorePause, StoreUnpaid
from bot.delivery.leased_range import LeasedRange
from bot.delivery.leases import Leases
from bot.delivery.observer import Observer
from bot.delivery.outage_note import OutageNote
from bot.delivery.range_sender import RangeSender, Slices
from bot.delivery.receipts import ReceiptWriter
from bot.delivery.selection import Selector
from bot.delivery.send_window import SendWindow
from bot.delivery.sender import Sender
from bot.logs import correlated
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import BroadcastKind

_RANGES_AT_ONCE = 4  # while the last receipts of some are written, the next one is sent
_RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How much one worker does at once.

    `window`: at most so many sends are unconfirmed, and so many at most can a kill -9 repeat. `queue`: so
    many more wait for the Pacer, enough for it to find one at each tick. `slice`: so many recipients are read
    at once, about a second's worth, so that /stop, pause and cancel act within about a second; `paid_slice`
    is for a paid push. `idle_s`: an idle worker looks for work every so many seconds, also without a wake()
    (see bot/runtime/lookout.py).
    """

    window: int = 5
    queue: int = 2
    slice: int = 30
    paid_slice: int = 30
    idle_s: float = 2.0


class Worker:
    """Claims Ranges, sends to their Subscribers, and closes them. Any number may run, on any machines."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        clock: Clock,
        *,
        name: str,
        selectors: Mapping[BroadcastKind, Selector],
        pause: StorePause,
        unpaid: StoreUnpaid | None = None,
        limits: WorkerLimits | None = None,
        observer: Observer | None = None,
    ) -> None:
        """`name` is one that no other worker has (bot/delivery/worker_identity.py).

        `pause` stores that a Broadcast pauses itself, and why; `unpaid`, that Telegram took no Stars for it.
        """
        self._limits = limits or WorkerLimits()
        self._stopping = asyncio.Event()
        self._work = asyncio.Event()  # there may be something to do
        self._turn = asyncio.Lock()  # of the task that begins sends: two at once would also end at once
        self._leases = Leases(database, clock, worker=name, observer=observer)
        self._outage_note = OutageNote(database, sender.outage, clock, name)
        self._notes = BroadcastNotes(pause, unpaid, stopping=self._stopping)
        self._window = SendWindow(window=self._limits.window, queue=self._limits.queue)
        self._receipts = ReceiptWriter(database, clock, observer)
        self._ranges = RangeSender(
            database,
            sender,
            selectors=selectors,
            leases=self._leases,
            receipts=self._receipts,
            notes=self._notes,
            window=self._window,
            slices=Slices(self._limits.slice, self._limits.paid_slice),
            stopping=self._stopping,
        )

    @property
    def unwritten(self) -> int:
        """How many receipts cannot be written because of an error of ours."""
        return self._receipts.unwritten

    def wake(self) -> None:
        """Look for work now rather than at the next poll."""
        self._work.set()

    def stop(self) -> None:
        """Begin nothing new. What is on the wire gets its receipt, and Ranges are given back."""
        self._stopping.set()
        self._work.set()
        self._window.cancel_waiting()

    async def take_over(self, dead: str) -> None:
        """Free the Ranges of a dead worker at once, without waiting for its leases to end."""
        await self._leases.take_over(dead)

    async def run(self) -> None:
        """Work until `stop()`. After an error it may be run again: no receipt is lost."""
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._receipts.run())
            noting = group.create_task(self._outage_note.run())
            await asyncio.wait([group.create_task(self._work_on_ranges()) for _ in range(_RANGES_AT_ONCE)])
            writing.cancel()
            noting.cancel()
            await self._notes.finish()

    async def _work_on_ranges(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._claim_and_work()
            except DatabaseUnavailableError:
                await self._rest(_RETRY_S)

    async def _rest(self, seconds: float) -> None:
        """Wait for so long, or until there may be work."""
        if not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._work.wait()

    async def _claim_and_work(self) -> None:
        """Claim a Range and send it; rest for a while where there is none."""
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)
            self._work.clear()  # before the search, so that a wake() during it is not missed
            leased = await self._leases.claim(except_for=self._notes.pausing, stopping=self._stopping)
            if leased is None:
                await self._rest(self._limits.idle_s)
            else:
                await self._work_on(leased, turn)

    async def _work_on(self, leased: LeasedRange, turn: AsyncExitStack) -> None:
        """Send a Range. Let the next task begin its sends once the last one of this Range has begun."""
        with correlated("broadcast", leased.lease.broadcast_id):
            async with self._leases.renewing(leased):
                finished = await self._ranges.send(leased)
                await turn.aclose()
                await leased.drained()
            await self._leases.give_back(leased, finished=finished and not leased.incomplete)
