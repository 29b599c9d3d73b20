"""The values of a text that names a day and an hour, and how they fit together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

HOUR, NOON, WHOLE_DAY = 60, 12 * 60, 24 * 60  # minutes
HALF_DAY = NOON
MONTH_FIRST = {"en"}  # the languages in which dates in figures begin with the month, here as everywhere
_PERIODS: Mapping[str, Sequence[range]] = {  # minutes of the day that people call so
    "early": (range(7 * 60),),
    "morning": (range(60, NOON),),
    "day": (range(10 * 60, 18 * 60),),
    "midday": (range(11 * 60, 15 * 60),),
    "noon": (range(NOON, NOON + 60),),
    "afternoon": (range(NOON, 21 * 60),),
    "evening": (range(16 * 60, WHOLE_DAY),),
    "night": (range(6 * 60), range(18 * 60, WHOLE_DAY)),
}
_AFTER_MIDNIGHT = range(6 * 60)
_BEFORE_MIDNIGHT = {"evening", "night"}


class NoSuchDayError(ValueError):
    """The text names a day that no calendar has, or a weekday that the date does not fall on."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day; `period` is the part of it that was named with it; `at_this_hour`: "in 3 days"."""

    date: date
    period: str | None = None
    at_this_hour: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in minutes; 1440 is the end of the day.

    spoken: it was written with an hour from 1 to 12, so that a part of the day may move it by twelve hours.
    midnight: it was called midnight, which ends one day and begins the next.
    """

    minutes: int
    spoken: bool = False
    midnight: bool = False

    def during(self, period: str) -> "Clock | None":
        """Return the time that this is in a part of the day; None if it does not lie there."""
        here = self.minutes % HALF_DAY
        candidates = (here, here + HALF_DAY) if self.spoken else (self.minutes,)
        found = [one for one in candidates if any(one in part for part in _PERIODS[period])]
        if len(found) != 1:
            return None
        return Clock(found[0], midnight=self.midnight or (self.spoken and found[0] < HOUR))


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning of a text: a day, a time, both, or a length of time from now."""

    day: Day | None = None
    clock: Clock | None = None
    ahead: timedelta | None = None

    @property
    def is_day_alone(self) -> bool:
        """Whether it names a day without an hour. "In 3 days" names a moment: this hour of that day."""
        return self.day is not None and self.clock is None and not self.day.at_this_hour


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a text was read so far.

    after_clock: the time was read last. of_clock: the part of the day followed it, as in "2 at night".
    """

    day: Day | None = None
    clock: Clock | None = None
    period: str | None = None
    after_clock: bool = False
    of_clock: bool = False

    def meaning(self) -> Meaning | None:
        """Return what the parts mean together; None if they contradict one another or leave a guess."""
        clock, day = self.clock, self.day
        if clock is None:
            return self._without_clock()
        for period in (self.period, day.period if day else None):
            if period is None:
                continue
            if clock.midnight and period in _BEFORE_MIDNIGHT:
                continue
            clock = clock.during(period)
            is_of_day = day is not None and not (self.of_clock and period == self.period)
            # In "Friday night at 1" the hour may belong to Friday or to Saturday.
            if clock is None or (is_of_day and period == "night" and clock.minutes in _AFTER_MIDNIGHT):
                return None
        return Meaning(day, clock)

    def _without_clock(self) -> Meaning | None:
        day = self.day
        if day is None:
            return None
        return Meaning(replace(day, at_this_hour=False) if self.period or day.period else day)


@dataclass(frozen=True, slots=True)
class Seen:
    """From where a text is read: its language, and the day on which it was written."""

    language: str
    today: date


Values = Mapping[str, Any]
Build = Callable[[Values, Seen], Any]
Rule = tuple[str, str, Build]
"""A symbol, a pattern of symbols and kinds (a ? marks one that may be missing), and what builds the value."""


def only(name: str) -> Build:
    """Return the builder that takes the value of one part as it is."""
    return lambda values, _: values[name]
