"""The census: how many readers there are of each kind. It names nobody, and no page waits for a whole count.

A duty counts the readers a slice of ids at a time, each slice once an hour, and stores what it found. A page
adds the stored slices up, and counts only the last one itself: those who joined last, which is everybody in
a small newsroom. Each reader is in one slice and so is counted once, as they were at the time of its count.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import Clock
from storage.database import Database
from storage.subscribers import census
from storage.subscribers.census import LEFT, SLICE, Numbers
from storage.words import ChatKind, Rhythm, SubscriberState

FRESH = timedelta(hours=1)
"""How old the count of a slice may become before it is counted again."""

WEEKS = 26
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_MOST = 40  # slices counted in one turn of the duty: some 30 ms each
_HOURS = range(24)


@dataclass(frozen=True, slots=True)
class Week:
    """How many joined in the week that begins on `day` (UTC), how many left, and who were there at its end.

    `left`: blocked the bot or are gone. `members`: all who ever joined and did not leave so.
    """

    day: date
    joined: int
    left: int
    members: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of Subscribers; all but `states` and `returned` are of active ones.

    - `at`: now. `since`: the oldest count among them was made then.
    - `part`: the part of all ids that has been counted so far; 1 soon after the first start.
    - `digests`: by the local hour at which a daily or weekly Digest comes.
    - `quiet`: by the local hour, who have quiet hours then.
    - `returned`: were blocked or gone, and are back.
    """

    at: datetime
    since: datetime
    part: float
    states: Mapping[SubscriberState, int]
    kinds: Mapping[ChatKind, int]
    languages: Mapping[str, int]
    rhythms: Mapping[Rhythm, int]
    digests: Mapping[int, int]
    quiet: Mapping[int, int]
    returned: int
    weeks: Sequence[Week]

    @property
    def active(self) -> int:
        """How many get pushes."""
        return self.states.get(SubscriberState.ACTIVE, 0)

    def is_quiet(self, hour: int) -> bool:
        """Return whether more than half of the readers have quiet hours at this hour of their day."""
        return self.quiet.get(hour, 0) * 2 > self.active


class Census:
    """Use cases of the census; counting a slice and storing its numbers are a transaction each."""

    def __init__(self, database: Database, clock: Clock, *, size: int = SLICE) -> None:
        """`size`: the ids of a slice."""
        self._database = database
        self._clock = clock
        self._size = size

    async def counts(self) -> Counts:
        """Return the sums of all slices; the last one is counted now."""
        now = self._clock()
        async with self._database.read() as session:
            highest = await census.highest(session)
            last = self._last(highest)
            stored = await census.stored(session, before=last)
            newest = await census.count(session, (last, highest), since=_bounds(now)[0])
        since = min((one.counted_at for one in stored), default=now)
        part = (len(stored) + 1) / len(self._slices(last + 1))
        return summed(census.added([*(one.numbers for one in stored), newest]), now, since, part)

    async def count_due(self) -> int:
        """Count the slices whose count is missing or old, some in a turn. Return how many."""
        now = self._clock()
        async with self._database.read() as session:
            last = self._last(await census.highest(session))
            times = await census.times(session, before=last)
        due = [first for first in self._slices(last) if not _is_fresh(times.get(first), now)]
        due.sort(key=lambda first: (first in times, times.get(first, now), first))
        for first in due[:_MOST]:
            ids = (first, first + self._size - 1)
            async with self._database.read() as session:
                numbers = await census.count(session, ids, since=_bounds(now)[0])
            async with self._database.transaction() as session:
                await census.store(session, first, numbers, now=now)
        return len(due[:_MOST])

    def _last(self, highest: int) -> int:
        """Return the first id of the last slice."""
        return max(0, highest - 1) // self._size * self._size + 1

    def _slices(self, before: int) -> range:
        return range(1, before, self._size)


def summed(numbers: Numbers, now: datetime, since: datetime, part: float = 1) -> Counts:
    """Return the numbers as a page shows them."""
    return Counts(
        at=now,
        since=since,
        part=part,
        states={SubscriberState(one): number for one, number in _largest_first(numbers, "states")},
        kinds={ChatKind(one): number for one, number in _largest_first(numbers, "kinds")},
        languages=dict(_largest_first(numbers, "languages")),
        rhythms={Rhythm(one): number for one, number in _largest_first(numbers, "rhythms")},
        digests={int(one): number for one, number in _largest_first(numbers, "digests")},
        quiet=_quiet(numbers.get("quiet", {})),
        returned=sum(numbers.get("returned", {}).values()),
        weeks=_weeks(numbers, now),
    )


def _largest_first(numbers: Numbers, name: str) -> Sequence[tuple[str, int]]:
    return Counter(numbers.get(name, {})).most_common()


def _quiet(by_hours: Mapping[str, int]) -> Mapping[int, int]:
    """Return how many have quiet hours at each hour. Quiet hours may pass midnight."""
    sums = dict.fromkeys(_HOURS, 0)
    for hours, number in by_hours.items():
        begin, end = map(int, hours.split())
        for hour in range(begin, end if begin <= end else end + len(_HOURS)):
            sums[hour % len(_HOURS)] += number
    return sums


def _bounds(now: datetime) -> Sequence[datetime]:
    """Return when each of the last WEEKS weeks begins, and when the last one ends: with this day."""
    end = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
    return [end - _WEEK * number for number in range(WEEKS, -1, -1)]


def _weeks(numbers: Numbers, now: datetime) -> Sequence[Week]:
    """Return the weeks, the oldest first: the members of each are counted back from those of today."""
    firsts = [one.date() for one in _bounds(now)[:-1]]
    joined, left = (_by_week(numbers.get(name, {}), firsts) for name in ("joined", "left"))
    members = sum(number for state, number in numbers.get("states", {}).items() if state not in LEFT)
    found = []
    for first in reversed(firsts):
        found.append(Week(first, joined[first], left[first], members))
        members += left[first] - joined[first]
    return found[::-1]


def _by_week(by_day: Mapping[str, int], firsts: Sequence[date]) -> Counter[date]:
    """Return the sums of weeks, by their first days; days before the first one lack."""
    sums: Counter[date] = Counter()
    for day, number in by_day.items():
        week = (date.fromisoformat(day) - firsts[0]) // _WEEK
        if 0 <= week < len(firsts):
            sums[firsts[week]] += number
    return sums


def _is_fresh(counted_at: datetime | None, now: datetime) -> bool:
    """Return whether a count need not be made again; one of a clock that was ahead is not fresh."""
    return counted_at is not None and now - FRESH < counted_at <= now
