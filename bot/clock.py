"""The one place that the time is taken from.

Two kinds: the time of day, which an operator or a time server may set to anything at any moment, and the
time that has elapsed, which only goes on. What readers and editors see goes by the first; how long something
lasts, and whose turn it is, by the second.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def elapsed_clock() -> float:
    """Seconds that only go on, also while the machine sleeps or the process is stopped.

    All processes of a machine count them from the same moment: its last start.
    """
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


def steady_now() -> datetime:
    """The elapsed time as a moment of no particular day, for what calculates with moments."""
    return _NO_DAY + timedelta(seconds=elapsed_clock())


class MovedClock:
    """The machine's time, and what the sandbox moves it by (bot/runtime/sandbox_clock.py)."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        return utc_now() + self.offset


def machine_clock(clock: Clock) -> Clock:
    """The time of day that processes agree on: never moved by the sandbox."""
    return utc_now if isinstance(clock, MovedClock) else clock


def steady_clock(clock: Clock) -> Clock:
    """For rhythms and turns: a clock that never jumps in place of the time of day."""
    return steady_now if clock is utc_now or isinstance(clock, MovedClock) else clock
