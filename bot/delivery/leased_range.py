"""Ranges that this worker holds, how long it may still act on them, and whose leases ran out.

Each worker counts elapsed seconds, and no clock is compared with another one. It renews its leases every
RENEW_S, acts on none for longer than SAFE_S after it last asked for that, and takes over those of others that
it has seen stand still for LEASE_S. So two never act at once, whatever the clocks are set to.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.clock import elapsed_clock
from storage.deliveries.deliveries import Lease, ObservedLease

LEASE_S = 12.0  # with RENEW_S and the poll of an idle worker: a dead worker's Ranges return within 15 s
RENEW_S = LEASE_S / 3
SAFE_S = (
    LEASE_S * 0.8
)  # past this we act no more, so that no answer can still be on its way when others begin


class LeaseWatch:
    """Watches the leases of all workers, and tells which of them were not renewed for LEASE_S."""

    def __init__(self) -> None:
        self._seen: dict[ObservedLease, float] = {}  # since when it stands still

    def note(self, leases: Iterable[ObservedLease]) -> None:
        """Note what leases there are now."""
        now = elapsed_clock()
        self._seen = {lease: self._seen.get(lease, now) for lease in leases}

    def dead(self) -> list[ObservedLease]:
        """Return the leases of those noted last that may be taken over."""
        now = elapsed_clock()
        return [lease for lease, since in self._seen.items() if now - since >= LEASE_S]


@dataclass(slots=True)
class LeasedRange:
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
