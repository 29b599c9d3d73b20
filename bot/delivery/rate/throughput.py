"""Measures how fast a Broadcast is sent, and estimates how long the rest will take."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SPAN = timedelta(seconds=30)
"""The rate is that of so many seconds: long enough to be steady, short enough to be up to date."""

_LEAST = timedelta(seconds=2)


@dataclass(slots=True)
class Throughput:
    """How many receipts there were at which times, as far back as `SPAN`."""

    _counts: deque[tuple[datetime, int]] = field(default_factory=deque)

    def note(self, at: datetime, settled: int) -> None:
        """Note how many receipts there were. A smaller number, after failures are retried, starts afresh."""
        if self._counts and (settled < self._counts[-1][1] or at < self._counts[-1][0]):
            self._counts.clear()
        self._counts.append((at, settled))
        while len(self._counts) > 1 and self._counts[1][0] <= at - SPAN:
            self._counts.popleft()

    @property
    def rate(self) -> float | None:
        """Messages a second; None if the notes are less than 2 seconds apart or nothing was sent between."""
        if not self._counts:
            return None
        (first, before), (last, after) = self._counts[0], self._counts[-1]
        if last - first < _LEAST or after == before:
            return None
        return (after - before) / (last - first).total_seconds()

    def left(self, waiting: int) -> timedelta | None:
        """Return how long it takes at this rate until nobody waits any more; None where there is no rate."""
        rate = self.rate
        return timedelta(seconds=waiting / rate) if rate else None
