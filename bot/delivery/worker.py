"""The worker: claims a Range, sends to whoever in it is due, and has what happened settled."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from bot import tasks
from bot.clock import Clock, elapsed_clock
from bot.delivery.leased_range import RENEW_S, LeasedRange, LeaseWatch
from bot.delivery.outage_note import OutageNote
from bot.delivery.receipts import PendingReceipt, ReceiptWriter
from bot.delivery.selection import BodyOfVariant, OutgoingMessage, Selector
from bot.delivery.sender import PendingSend, Sender, SendResult
from bot.delivery.set_aside import SetAside
from bot.errors import RefusedError
from bot.tasks import rest
from storage.broadcasts import bodies, broadcasts
from storage.database import Database
from storage.deliveries import deliveries
from storage.deliveries.deliveries import Lease, Receipt, Recipient
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import BroadcastKind, BroadcastState, DeliveryState

log = logging.getLogger(__name__)

_RANGES_AT_ONCE = 4  # while the last sends of some are settled, the next one goes on
_TROUBLE_S = 2.0
_REJECTED_IN_A_ROW = 25
_HELD_AT_ONCE = 500
_FRESH_S = 3.0  # a flood or an outage makes sends wait longer: then we look again before each try

Pause = Callable[[int, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """`window` sends at most are unconfirmed at any moment, and that many at most a kill -9 can repeat.

    `queue` are those beside them that wait for the Pacer: enough for it to find somebody at each tick.
    `slice` is how many are read at once: about a second's worth, so that /stop, pause and cancel act within
    about a second; `paid_slice` is that of a paid push. `idle_s` is how often an idle worker looks for work.
    """

    window: int = 5
    queue: int = 2
    slice: int = 30
    paid_slice: int = 30
    idle_s: float = 0.5


class Worker:
    """Works on whatever Broadcast is running, until it is stopped. Any number may run, on any machines."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        clock: Clock,
        *,
        name: str,
        packings: Mapping[BroadcastKind, Selector],
        pause: Pause,
        unpaid: Pause | None = None,
        limits: WorkerLimits | None = None,
    ) -> None:
        """`name` is no other worker's (bot/delivery/worker_identity.py).

        `pause` stores that a Broadcast pauses itself, and why; `unpaid`, that Telegram took no Stars for it.
        """
        self._database = database
        self._sender = sender
        self._clock = clock
        self._name = name
        self._packings = packings
        self._pause = pause
        self._note_unpaid = unpaid
        self._limits = limits or WorkerLimits()
        self._window = asyncio.BoundedSemaphore(self._limits.window)
        self._begun = asyncio.BoundedSemaphore(self._limits.window + self._limits.queue)
        self._lookout = LeaseWatch()
        self._ours: set[int] = set()  # Ranges that we hold, or that we still have sends of
        self._settler = ReceiptWriter(database, clock)
        self._outage_note = OutageNote(database, sender.outage, clock, name)
        self._stopping = asyncio.Event()
        self._work = asyncio.Event()
        self._turn = (
            asyncio.Lock()
        )  # who may begin sends: Ranges begun side by side would end so, and leave a gap
        self._sends: dict[asyncio.Task[SendResult | None], PendingSend] = {}
        self._halted: set[int] = set()  # Broadcasts that pause themselves, until that is stored
        self._unpaid: set[int] = set()  # Broadcasts that Telegram took no Stars for: they go on for nothing
        self._noting: set[asyncio.Task[None]] = set()
        self._bodies: dict[tuple[int, int], BodyOfVariant] = {}  # by Broadcast and version
        self._rejected_in_a_row: Counter[int] = Counter()  # by Broadcast
        self._set_aside = SetAside()

    @property
    def unwritten(self) -> int:
        """How many receipts a fault of ours keeps out of the database."""
        return self._settler.unwritten

    def wake(self) -> None:
        """There may be something to do: look now rather than at the next poll."""
        self._work.set()

    def stop(self) -> None:
        """Begin nothing new; what is on the wire is waited for and settled, Ranges are given back."""
        self._stopping.set()
        self._work.set()
        for task, flight in self._sends.items():
            if not flight.on_wire:
                task.cancel()

    async def take_over(self, dead: str) -> None:
        """Free what a dead worker held, without waiting for its leases to end."""
        try:
            async with self._database.transaction() as session:
                freed = await deliveries.release_all(session, worker=dead)
        except DatabaseUnavailableError:
            return  # their leases end by themselves
        if freed:
            log.info("took over what a dead worker held", extra={"ranges": freed})

    async def run(self) -> None:
        """Work until `stop()`. After an error it may be run again: nothing is lost."""
        async with asyncio.TaskGroup() as group:
            settling = group.create_task(self._settler.run())
            noting = group.create_task(self._outage_note.run())
            await asyncio.wait([group.create_task(self._work_on_ranges()) for _ in range(_RANGES_AT_ONCE)])
            settling.cancel()
            noting.cancel()
            if self._noting:
                await asyncio.wait(self._noting)

    async def _work_on_ranges(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._work_on_one()
            except DatabaseUnavailableError:
                await self._rest(_TROUBLE_S)

    async def _rest(self, seconds: float) -> None:
        if not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._work.wait()

    async def _work_on_one(self) -> None:
        """Lease a Range and work through it; rest for a while where there is none."""
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)
            self._work.clear()  # before we look, so that a wake() while we look is not missed
            lease, asked_at = await self._lease_one()
            if lease is None:
                await self._rest(self._limits.idle_s)
                return
            holding = LeasedRange(lease, renewed_at=asked_at)
            async with self._kept(holding):
                finished = await self._send_range(holding)
                await turn.aclose()
                await holding.drained()
            await self._leave(holding, finished=finished and not holding.given_up)

    async def _lease_one(self) -> tuple[Lease | None, float]:
        """The next Range, and when it was asked for."""
        async with self._database.read() as session:
            self._lookout.note(await deliveries.leased(session))
            dead = [lease for lease in self._lookout.dead() if lease.range_id not in self._ours]
            waiting = self._set_aside.waiting()
            is_open = await deliveries.is_anything_open(
                session, dead=dead, except_for=self._halted, waiting=waiting
            )
        asked_at = elapsed_clock()
        if self._stopping.is_set() or not is_open:
            return None, asked_at  # looked up without the write lock, which a claim takes
        async with self._database.transaction() as session:
            lease = await deliveries.claim(
                session, worker=self._name, dead=dead, except_for=set(self._halted), waiting=waiting
            )
            was_set_aside = lease is not None and lease.range_id in self._set_aside.waiting()
            if lease is not None and was_set_aside:  # by another task, after we had asked which ones wait
                await deliveries.release(session, lease)
        return await self._lease_one() if was_set_aside else (lease, asked_at)

    @asynccontextmanager
    async def _kept(self, holding: LeasedRange) -> AsyncIterator[None]:
        """Renew the lease meanwhile, and have nobody else here take the Range."""
        range_id = holding.lease.range_id
        self._ours.add(range_id)
        renewing = tasks.start(self._keep_renewing(holding), name=f"the lease of range {range_id}")
        try:
            yield
        finally:
            self._ours.discard(range_id)
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _keep_renewing(self, holding: LeasedRange) -> None:
        while not holding.lost:
            await asyncio.sleep(RENEW_S)
            asked_at = elapsed_clock()
            try:
                async with self._database.transaction() as session:
                    renewed = holding.is_safe() and await deliveries.renew(session, holding.lease)
                    self._lookout.note(await deliveries.leased(session))
            except DatabaseUnavailableError:
                continue
            if renewed:
                holding.renewed_at = asked_at
            else:
                holding.lost = True

    async def _send_range(self, holding: LeasedRange) -> bool:
        """Send slice by slice; True once nobody in the Range is due any more."""
        bodies = await self._bodies_of(holding.lease)
        packing = self._packings[holding.lease.kind]
        slice_ = self._limits.paid_slice if holding.lease.paid else self._limits.slice
        after_id, size = holding.lease.first_id - 1, slice_
        while self._may_go_on(holding):
            read_at = elapsed_clock()
            async with self._database.read() as session:
                if not await deliveries.is_workable(session, holding.lease):
                    return False
                due = await packing.recipients(session, holding.lease, after_id=after_id, limit=size)
            if not due:
                return True
            packed = await packing.pack(holding.lease, due, bodies)
            for receipt in packed.receipts:
                holding.opened()
                self._settler.put(PendingReceipt(holding, receipt))
            for parcel in packed.parcels:
                await self._begun.acquire()
                if not self._may_go_on(holding):
                    self._begun.release()
                    return False
                holding.opened()
                self._begin(holding, parcel, read_at)
            after_id = due[-1].subscriber_id
            # Where nobody is sent to, as at night, there is nobody to be late for.
            size = slice_ if packed.parcels else max(slice_, _HELD_AT_ONCE)
        return False

    def _begin(self, holding: LeasedRange, parcel: OutgoingMessage, read_at: float) -> None:
        lease, recipient = holding.lease, parcel.recipient
        flight = PendingSend(
            self._window,
            paid=lease.paid and lease.broadcast_id not in self._unpaid,
            once=lease.range_id in self._set_aside,
        )
        task = tasks.start_awaited(
            self._sender.send(
                recipient, parcel.body, flight, lambda: self._may_send(holding, recipient, read_at)
            ),
            name="a send",
        )
        self._sends[task] = flight
        task.add_done_callback(lambda done: self._landed(done, holding, parcel))

    def _landed(
        self, task: asyncio.Task[SendResult | None], holding: LeasedRange, parcel: OutgoingMessage
    ) -> None:
        """Have what a send came to settled; without a verdict it is left to the next worker."""
        flight = self._sends.pop(task)
        if flight.unpaid is not None:
            self._go_on_unpaid(holding.lease.broadcast_id, flight.unpaid)
        verdict = None if task.cancelled() else self._verdict_of(task, parcel.recipient)
        if verdict is None:
            if flight.set_aside:
                holding.set_aside = True
            else:
                holding.given_up = True
            holding.closed()
            self._free(flight)
            return
        receipt = parcel.receipt(verdict.receipt)
        self._settler.put(PendingReceipt(holding, receipt, verdict.state, partial(self._free, flight)))
        self._watch(holding.lease.broadcast_id, verdict)

    def _verdict_of(self, task: asyncio.Task[SendResult | None], recipient: Recipient) -> SendResult | None:
        """What the send returned; a fault of our own is that one reader's failure, and stops nobody else."""
        error = task.exception()
        if error is None:
            return task.result()
        log.error("a send failed by a fault of ours", exc_info=error)
        reason = f"internal error: {type(error).__name__}"
        return SendResult(
            Receipt(recipient.subscriber_id, DeliveryState.FAILED, reason=reason), rejected=True
        )

    async def _may_send(self, holding: LeasedRange, recipient: Recipient, read_at: float) -> bool:
        """Asked right before each try: a /stop, a pause or a cancel may have come while it waited."""
        is_fresh = elapsed_clock() - read_at < _FRESH_S
        if not is_fresh and not await self._is_still_due(holding.lease, recipient):
            return False
        packing = self._packings[holding.lease.kind]
        return packing.may_go(holding.lease, recipient) and self._may_go_on(holding)

    def _may_go_on(self, holding: LeasedRange) -> bool:
        halted = self._stopping.is_set() or holding.lease.broadcast_id in self._halted
        return not halted and holding.is_safe()

    async def _is_still_due(self, lease: Lease, recipient: Recipient) -> bool:
        """False too where the database does not say: whoever is left out now is read again later."""
        try:
            async with self._database.read() as session:
                if not await deliveries.is_workable(session, lease):
                    return False
                before = recipient.subscriber_id - 1
                due = await self._packings[lease.kind].recipients(session, lease, after_id=before, limit=1)
        except DatabaseUnavailableError:
            return False
        return [one.subscriber_id for one in due] == [recipient.subscriber_id]

    def _watch(self, broadcast_id: int, verdict: SendResult) -> None:
        """Stop by ourselves when Telegram refuses one after another: the message itself must be wrong."""
        if not verdict.rejected:
            self._rejected_in_a_row.pop(broadcast_id, None)
            return
        self._rejected_in_a_row[broadcast_id] += 1
        if self._rejected_in_a_row[broadcast_id] < _REJECTED_IN_A_ROW or broadcast_id in self._halted:
            return
        in_a_row = self._rejected_in_a_row.pop(broadcast_id)
        why = f"{in_a_row} refusals in a row, the last one: {verdict.receipt.reason}"
        log.error("broadcast pauses itself", extra={"broadcast": broadcast_id, "reason": why})
        self._halted.add(broadcast_id)  # at once: the database may take its time
        self._start_noting(self._pause_it(broadcast_id, why))

    async def _pause_it(self, broadcast_id: int, why: str) -> None:
        """Store the pause, however long the database is away: until then we leave the Broadcast alone."""
        try:
            while not await self._is_pause_stored(broadcast_id, why) and not self._stopping.is_set():
                await rest(self._stopping, _TROUBLE_S)
        finally:
            self._halted.discard(broadcast_id)

    async def _is_pause_stored(self, broadcast_id: int, why: str) -> bool:
        try:
            await self._pause(broadcast_id, why)
        except RefusedError:
            pass  # somebody paused or cancelled it meanwhile
        except DatabaseUnavailableError:
            return False
        return True

    def _go_on_unpaid(self, broadcast_id: int, why: str) -> None:
        """At the free rate from here on, and editors can see why."""
        if broadcast_id in self._unpaid:
            return
        self._unpaid.add(broadcast_id)
        log.warning("Telegram takes no Stars", extra={"broadcast": broadcast_id, "reason": why})
        if self._note_unpaid is not None:
            self._start_noting(self._note(self._note_unpaid(broadcast_id, why)))

    def _start_noting(self, noting: Coroutine[Any, Any, None]) -> None:
        task = tasks.start(noting, name="a broadcast's note")
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note(self, noting: Coroutine[Any, Any, None]) -> None:
        try:
            await noting
        except DatabaseUnavailableError as error:
            log.warning("it could not be noted that a push is not paid", extra={"reason": str(error)})

    async def _bodies_of(self, lease: Lease) -> BodyOfVariant:
        key = (lease.broadcast_id, lease.body_version)
        if key not in self._bodies:
            async with self._database.read() as session:
                frozen = await bodies.of(session, lease.broadcast_id)
            # Few Broadcasts run at once; an old one's BodyOfVariant need not stay.
            self._bodies = {key: {variant: orjson.dumps(body) for variant, body in frozen.items()}}
        return self._bodies[key]

    async def _leave(self, holding: LeasedRange, *, finished: bool) -> None:
        """Close a finished Range, and with the last one its Broadcast; give an unfinished one back.

        Where only readers are left who were set aside, we leave it alone for a while: others come first.
        """
        if holding.lost:
            return
        async with self._database.transaction() as session:
            if not finished:
                await deliveries.release(session, holding.lease)
            elif holding.set_aside:
                self._set_aside.put(holding.lease.range_id)
                await deliveries.release(session, holding.lease)
            elif await deliveries.close(session, holding.lease):
                self._set_aside.forget(holding.lease.range_id)
                ended = await broadcasts.finish(session, holding.lease.broadcast_id, now=self._clock())
                if ended:
                    log.info(
                        "broadcast finished",
                        extra={"broadcast": holding.lease.broadcast_id, "state": BroadcastState.FINISHED},
                    )

    def _free(self, flight: PendingSend) -> None:
        """Let others be begun, and take the place of this one if it had one."""
        self._begun.release()
        if flight.has_place:
            self._window.release()
