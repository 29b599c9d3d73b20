"""The one place that the time is taken from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


class MovedClock:
    """The machine's time, and what the sandbox moves it by (bot/movedtime.py)."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        return utc_now() + self.offset


def machine_clock(clock: Clock) -> Clock:
    """For leases and turns, which processes must agree on at any moment: never moved."""
    return utc_now if isinstance(clock, MovedClock) else clock
