"""The send window: limits how many sends one worker has under way, and how many may be unconfirmed."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from bot import tasks
from bot.delivery.sender import PendingSend, SendResult


class SendWindow:
    """Limits the sends of one worker.

    Up to `window` sends have a permit: they may be on the wire, or their receipts are not committed. Up to
    `queue` more have begun and wait for the Pacer.
    """

    def __init__(self, *, window: int, queue: int) -> None:
        self._permits = asyncio.BoundedSemaphore(window)
        self._begun = asyncio.BoundedSemaphore(window + queue)
        self._sends: dict[asyncio.Task[SendResult | None], PendingSend] = {}

    async def enter(self) -> None:
        """Wait until one more send may begin."""
        await self._begun.acquire()

    def leave(self) -> None:
        """Let another send begin in place of one that was not started."""
        self._begun.release()

    def pending(self, *, paid: bool, once: bool) -> PendingSend:
        """Return the state of a send that is about to start."""
        return PendingSend(self._permits, paid=paid, once=once)

    def start(
        self, send: Coroutine[Any, Any, SendResult | None], pending: PendingSend
    ) -> asyncio.Task[SendResult | None]:
        """Start a send."""
        task = tasks.start_awaited(send, name="a send")
        self._sends[task] = pending
        task.add_done_callback(self._sends.pop)
        return task

    def end(self, pending: PendingSend) -> None:
        """Let others begin, and take back the permit if the send has one."""
        self._begun.release()
        if pending.has_permit:
            self._permits.release()

    def cancel_waiting(self) -> None:
        """Cancel the sends that are not on the wire; one on the wire may have arrived already."""
        for task, pending in self._sends.items():
            if not pending.on_wire:
                task.cancel()
