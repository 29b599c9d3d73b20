"""The plan of the week: when somebody is due, when stories are published, and what befalls the machine."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.load.soak.readers import Reader

PUBLISHING = ((1, 20), (8, 20), (11, 20), (15, 20), (19, 20))
"""Hours and minutes in UTC at which editors publish: also while some readers sleep."""

_EACH_DAY = {0: "kill", 1: "flood", 2: "kill", 3: "outage", 4: "lost answers"}
"""What befalls the machine at the day's publishing hours, beside what `_ONCE` has for that day."""

_ONCE = {(1, 2): "database restart", (1, 1): "full disk"}
"""By day and publishing hour, in place of what befalls it each day, where the database can suffer it."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """An instant to which the clock is moved; `batch`: then these stories are published (None: none are)."""

    at: datetime
    batch: int | None = field(default=None, compare=False)
    accident: str | None = field(default=None, compare=False)


def first_day(now: datetime) -> date:
    """Return the next 25 March: in the week from then on, Europe's clocks are put forward."""
    this_year = date(now.year, 3, 25)
    return this_year if this_year > now.date() else date(now.year + 1, 3, 25)


def moments(
    readers: Iterable[Reader], day: date, number: int, possible: frozenset[str] = frozenset()
) -> list[Moment]:
    """Return the moments of a day in UTC, in their order; `number` counts the days of the week from 0.

    `possible` are the accidents that not every database can suffer.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    due = {at for at in _due(readers, day) if start <= at < start + timedelta(days=1)}
    found = [Moment(at) for at in due]
    for batch, (hour, minute) in enumerate(PUBLISHING):
        rare = _ONCE.get((number, batch))
        accident = rare if rare in possible else _EACH_DAY.get(batch)
        found.append(Moment(start.replace(hour=hour, minute=minute), batch, accident))
    return sorted(found)


def _due(readers: Iterable[Reader], day: date) -> Iterator[datetime]:
    """Yield when anybody may be due on the days around `day`: digests, the ends of nights and of days."""
    hours: dict[str, set[int]] = {}
    for one in readers:
        known = hours.setdefault(one.zone, {0})
        known |= {one.hour} if one.rhythm != "at_once" else set()
        known |= {one.night[1]} if one.night else set()
    for zone, known in hours.items():
        for local in (day - timedelta(days=1), day, day + timedelta(days=1)):
            for hour in known:
                yield datetime.combine(local, time(hour), ZoneInfo(zone)).astimezone(UTC)
