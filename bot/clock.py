"""Clocks: the only module that asks the machine for the time.

There are two kinds. The time of day may be set to anything at any moment, by an operator or a time server:
what readers and editors see uses it. The elapsed time only grows: durations and turns use it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


def utc_now() -> datetime:
    """Return the time of day as an aware UTC time."""
    return datetime.now(UTC)


def elapsed_clock() -> float:
    """Return the elapsed seconds, which also grow while the machine sleeps or the process is stopped.

    All processes of a machine count from the same moment: its last start.
    """
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


def steady_now() -> datetime:
    """Return the elapsed time as a datetime for calculations; its day means nothing."""
    return _EPOCH + timedelta(seconds=elapsed_clock())


class MovedClock:
    """The machine's time, plus the offset that the sandbox sets (bot/runtime/sandbox_clock.py)."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        return utc_now() + self.offset


def machine_clock(clock: Clock) -> Clock:
    """Return the time of day that processes agree on: `clock` without the sandbox's offset."""
    return utc_now if isinstance(clock, MovedClock) else clock


def steady_clock(clock: Clock) -> Clock:
    """Return a clock that never jumps in place of the time of day, for rhythms and turns."""
    return steady_now if clock is utc_now or isinstance(clock, MovedClock) else clock
