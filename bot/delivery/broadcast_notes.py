"""Watches the results of a worker's sends: pauses a Broadcast, or stores that it goes on unpaid."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from bot import tasks
from bot.broadcasts.reasons import RefusalsInARow
from bot.delivery.sender import SendResult
from bot.errors import RefusedError
from bot.tasks import rest
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

REFUSALS_TO_PAUSE = 25
_RETRY_S = 2.0

StorePause = Callable[[int, RefusalsInARow], Coroutine[Any, Any, None]]
StoreUnpaid = Callable[[int, str], Coroutine[Any, Any, None]]


class BroadcastNotes:
    """Follows the results of sends and stores what they mean for their Broadcast, in the background."""

    def __init__(self, pause: StorePause, unpaid: StoreUnpaid | None, *, stopping: asyncio.Event) -> None:
        """`pause` stores that a Broadcast pauses itself; `unpaid`, that Telegram took no Stars for it."""
        self._store_pause = pause
        self._store_unpaid = unpaid
        self._stopping = stopping
        self._refusals_in_a_row: Counter[int] = Counter()  # by Broadcast
        self._pausing: set[int] = set()
        self._unpaid: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pausing(self) -> set[int]:
        """The Broadcasts that pause themselves, until that is stored: nothing more of them is sent."""
        return self._pausing

    def is_unpaid(self, broadcast_id: int) -> bool:
        """Return whether Telegram took no Stars for this Broadcast: it goes on at the free rate."""
        return broadcast_id in self._unpaid

    def note_result(self, broadcast_id: int, result: SendResult) -> None:
        """Pause the Broadcast after REFUSALS_TO_PAUSE refusals in a row: the message itself must be wrong."""
        if not result.rejected:
            self._refusals_in_a_row.pop(broadcast_id, None)
            return
        self._refusals_in_a_row[broadcast_id] += 1
        if self._refusals_in_a_row[broadcast_id] < REFUSALS_TO_PAUSE or broadcast_id in self._pausing:
            return
        number = self._refusals_in_a_row.pop(broadcast_id)
        reason = RefusalsInARow(number, result.receipt.reason or "")
        log.error("broadcast pauses itself", extra={"broadcast": broadcast_id, "reason": str(reason)})
        self._pausing.add(broadcast_id)  # before it is stored: the database may take its time
        self._start(self._pause(broadcast_id, reason))

    def note_unpaid(self, broadcast_id: int, reason: str) -> None:
        """Send the rest of the Broadcast at the free rate, and store why, for editors."""
        if broadcast_id in self._unpaid:
            return
        self._unpaid.add(broadcast_id)
        log.warning("Telegram takes no Stars", extra={"broadcast": broadcast_id, "reason": reason})
        if self._store_unpaid is not None:
            self._start(self._go_on_unpaid(self._store_unpaid(broadcast_id, reason)))

    async def finish(self) -> None:
        """Wait until everything is stored, or given up because the worker stops."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, note: Coroutine[Any, Any, None]) -> None:
        task = tasks.start(note, name="a broadcast's note")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pause(self, broadcast_id: int, reason: RefusalsInARow) -> None:
        """Store the pause, however long the database is away, unless the worker stops."""
        try:
            while not await self._is_pause_stored(broadcast_id, reason) and not self._stopping.is_set():
                await rest(self._stopping, _RETRY_S)
        finally:
            self._pausing.discard(broadcast_id)

    async def _is_pause_stored(self, broadcast_id: int, reason: RefusalsInARow) -> bool:
        try:
            with suppress(RefusedError):  # an editor paused or cancelled it meanwhile
                await self._store_pause(broadcast_id, reason)
        except DatabaseUnavailableError:
            return False
        return True

    async def _go_on_unpaid(self, stored: Coroutine[Any, Any, None]) -> None:
        try:
            await stored
        except DatabaseUnavailableError as error:
            log.warning("it could not be noted that a push is not paid", extra={"reason": str(error)})
