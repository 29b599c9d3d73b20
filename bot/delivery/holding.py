"""A Range that this worker holds: how long it may still act on it."""

import asyncio
import time
from dataclasses import dataclass, field

from storage.deliveries import Lease

LEASE_S = 12.0  # with RENEW_S and the poll of an idle worker: a dead worker's Ranges return within 15 s
RENEW_S = LEASE_S / 3
SAFE_S = (
    LEASE_S * 0.8
)  # past this we act no more, so that no answer can still be on its way when others begin


def elapsed_clock() -> float:
    """Seconds that go on while the machine sleeps or the process is stopped, as other machines see them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(slots=True)
class Holding:
    """A leased Range. It is lost for good once its lease was not renewed in time or somebody took it."""

    lease: Lease
    renewed_at: float
    lost: bool = False
    given_up: bool = False  # somebody in it was not sent to after all: it must not be closed
    set_aside: bool = False  # … because it did not work for them alone: it must wait, too
    unsettled: int = 0
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def is_safe(self) -> bool:
        """We may send on it. Asked right before each send: a stopped process does not feel time pass."""
        if elapsed_clock() - self.renewed_at > SAFE_S:
            self.lost = True
        return not self.lost

    def opened(self) -> None:
        """One more send whose receipt is not settled."""
        self.unsettled += 1
        self.settled.clear()

    def closed(self, number: int = 1) -> None:
        """So many fewer."""
        self.unsettled -= number
        if self.unsettled == 0:
            self.settled.set()

    async def drained(self) -> None:
        """Wait until every send has its receipt settled (or was given up because the lease is lost)."""
        if self.unsettled:
            await self.settled.wait()
