"""Tracks how long a worker may act on a Range that it has leased, and finds leases of others that have ended.

Each worker counts elapsed seconds on its own; no two clocks are compared. A worker renews its leases every
RENEW_S, acts on none for longer than SAFE_S after it last asked for that, and takes over the leases of others
that it has seen unchanged for LEASE_S. So no two workers act on a Range at once, whatever their clocks say.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.clock import elapsed_clock
from storage.deliveries.leases import Lease, ObservedLease

LEASE_S = 12.0  # with RENEW_S and the poll of an idle worker: a dead worker's Ranges return within 15 s
RENEW_S = LEASE_S / 3
SAFE_S = LEASE_S * 0.8  # later, a message might still be on its way when another worker begins


class LeaseWatch:
    """Watches the leases of all workers and finds those that were not renewed for LEASE_S."""

    def __init__(self) -> None:
        self._unchanged_since: dict[ObservedLease, float] = {}

    def note(self, leases: Iterable[ObservedLease]) -> None:
        """Note all leases that exist now."""
        now = elapsed_clock()
        self._unchanged_since = {lease: self._unchanged_since.get(lease, now) for lease in leases}

    def dead(self) -> list[ObservedLease]:
        """Return the leases, of those noted last, that may be taken over."""
        now = elapsed_clock()
        return [lease for lease, since in self._unchanged_since.items() if now - since >= LEASE_S]


@dataclass(slots=True)
class LeasedRange:
    """A Range that this worker has leased, and its messages without a written receipt.

    `renewed_at` is when the last successful renewal was asked for, in elapsed seconds. `lost`: the lease was
    not renewed in time, or another worker took it. `incomplete`: somebody was not sent to, so that the Range
    must not be closed. `set_aside`: sends to some readers alone failed, so that the Range must wait and then
    be tried again.
    """

    lease: Lease
    renewed_at: float
    lost: bool = False
    incomplete: bool = False
    set_aside: bool = False
    unsettled: int = 0
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def is_safe(self) -> bool:
        """Return whether the worker may still send. Ask before each send: a stopped process feels no time."""
        if elapsed_clock() - self.renewed_at > SAFE_S:
            self.lost = True
        return not self.lost

    def opened(self) -> None:
        """Count one more message or receipt that is not written yet."""
        self.unsettled += 1
        self.settled.clear()

    def closed(self, number: int = 1) -> None:
        """Count so many fewer."""
        self.unsettled -= number
        if self.unsettled == 0:
            self.settled.set()

    async def drained(self) -> None:
        """Wait until the receipt of each send was written, or given up because the lease is lost."""
        if self.unsettled:
            await self.settled.wait()
