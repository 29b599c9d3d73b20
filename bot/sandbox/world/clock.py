"""The sandbox's clock, which can be moved, to see now what happens at night or in a week."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.sandbox.world.people import WorldError

# How far it can be moved; beyond that, calendars and databases begin to differ.
FARTHEST: Final = timedelta(days=3650)


class MovableClock:
    """The time of the clock `base`, moved by an offset; short spans are measured with `base` itself."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self.base = base
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time in this world."""
        return self.base() + self.offset

    def move_by(self, seconds: float) -> None:
        """Move the clock forward, or back with a negative number. Raises WorldError beyond ten years."""
        try:
            self._set(self.offset + timedelta(seconds=seconds))
        except (OverflowError, ValueError):
            raise WorldError("The clock goes ten years either way.") from None

    def move_to(self, moment: str) -> None:
        """Move the clock to an instant in ISO 8601 with its zone. Raises WorldError if it is invalid."""
        try:
            wanted = datetime.fromisoformat(moment)
            self._set(wanted - self.base())
        except (ValueError, TypeError, OverflowError):
            raise WorldError("The clock needs a moment such as 2026-11-26T08:00:00+02:00.") from None

    def reset(self) -> None:
        """Move the clock back to the real time."""
        self.offset = timedelta(0)

    def _set(self, offset: timedelta) -> None:
        if abs(offset) > FARTHEST:
            raise WorldError("The clock goes ten years either way.")
        self.offset = offset
