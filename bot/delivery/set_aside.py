"""Sets a Range aside for a while when sends fail for its last readers, though they work for others.

A worker remembers only the Ranges that it set aside itself, in elapsed seconds. Another worker may try such a
Range sooner, and so does the next start: only the missing receipts are stored, so that no reader is missed.
"""

from bot.clock import elapsed_clock

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 300.0


class SetAside:
    """The Ranges that this worker set aside. Each wait is twice as long as the one before."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}  # how often each Range was set aside
        self._until: dict[int, float] = {}

    def __contains__(self, range_id: int) -> bool:
        """Return whether the Range was set aside before, whether or not it still waits."""
        return range_id in self._times

    def put(self, range_id: int) -> None:
        """Let the Range wait."""
        times = self._times[range_id] = self._times.get(range_id, 0) + 1
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(times - 1, 10))
        self._until[range_id] = elapsed_clock() + wait

    def waiting(self) -> set[int]:
        """Return the Ranges that this worker must not claim yet."""
        now = elapsed_clock()
        return {range_id for range_id, until in self._until.items() if until > now}

    def forget(self, range_id: int) -> None:
        """Forget a Range that is done."""
        self._times.pop(range_id, None)
        self._until.pop(range_id, None)
