"""Speed: how fast a Broadcast is settled, and when it will be through."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SPAN = timedelta(seconds=30)
"""The speed is that of the last so many seconds: long enough to be steady, short enough to be true."""

_LEAST = timedelta(seconds=2)


@dataclass(slots=True)
class Throughput:
    """What was settled by when, as far back as `SPAN`."""

    _seen: deque[tuple[datetime, int]] = field(default_factory=deque)

    def note(self, at: datetime, settled: int) -> None:
        """So many were settled by then. After a step back (failures are tried again) all begins anew."""
        if self._seen and (settled < self._seen[-1][1] or at < self._seen[-1][0]):
            self._seen.clear()
        self._seen.append((at, settled))
        while len(self._seen) > 1 and self._seen[1][0] <= at - SPAN:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Messages a second; None until two looks are a while apart, or nothing was settled between."""
        if not self._seen:
            return None
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        if last - first < _LEAST or after == before:
            return None
        return (after - before) / (last - first).total_seconds()

    def left(self, waiting: int) -> timedelta | None:
        """How long it takes until nobody waits any more, at this speed."""
        rate = self.rate
        return timedelta(seconds=waiting / rate) if rate else None
