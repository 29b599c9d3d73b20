"""The sandbox's clock, which can be moved: what comes at night or in a week can be seen now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.sandbox.world.people import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable

# As far as it can be moved; beyond, calendars and databases begin to differ.
FARTHEST: Final = timedelta(days=3650)


class MovableClock:
    """Another clock's time, moved by an offset. What only lasts some seconds is timed by `base`."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self.base = base
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        """The time in this world."""
        return self.base() + self.offset

    def move_by(self, seconds: float) -> None:
        """Forward, or with a negative number back."""
        try:
            self._set(self.offset + timedelta(seconds=seconds))
        except (OverflowError, ValueError):
            raise WorldError("The clock goes ten years either way.") from None

    def move_to(self, moment: str) -> None:
        """To an instant in ISO 8601 with its zone; seconds run on from there."""
        try:
            wanted = datetime.fromisoformat(moment)
            self._set(wanted - self.base())
        except (ValueError, TypeError, OverflowError):
            raise WorldError("The clock needs a moment such as 2026-11-26T08:00:00+02:00.") from None

    def reset(self) -> None:
        """Back to now."""
        self.offset = timedelta(0)

    def _set(self, offset: timedelta) -> None:
        if abs(offset) > FARTHEST:
            raise WorldError("The clock goes ten years either way.")
        self.offset = offset
