"""The census: how many readers there are of each kind. It names nobody, and is kept in memory for a while."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.clock import Clock
from storage.database import Database
from storage.subscribers import census
from storage.subscribers.census import Group
from storage.words import ChatKind, Rhythm, SubscriberState

FRESH = timedelta(minutes=10)
"""How old a count may be: of 1.2 million Subscribers it takes some seconds."""

WEEKS = 26
_WEEK = timedelta(days=7)
_HOURS = range(24)
K = TypeVar("K")


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
    """Numbers of Subscribers at the time `at`; all but `states` and `returned` are of active ones.

    - `digests`: by the local hour at which a daily or weekly Digest comes.
    - `quiet`: by the local hour, who have quiet hours then.
    - `returned`: were blocked or gone, and are back.
    """

    at: datetime
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
    """Counts all Subscribers, at most once in ten minutes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counts: Counts | None = None
        self._counting = asyncio.Lock()

    async def counts(self) -> Counts:
        """Return the counts, which are at most FRESH old; of those who ask at once, one counts."""
        async with self._counting:
            if self._counts is None or self._clock() - self._counts.at >= FRESH:
                self._counts = await self._count()
            return self._counts

    async def _count(self) -> Counts:
        now = self._clock()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        end = today + timedelta(days=1)
        bounds = [end - _WEEK * number for number in range(WEEKS, -1, -1)]
        async with self._database.read() as session:
            groups = await census.groups(session)
            movements = await census.movements(session, bounds)
        return summed(groups, now, _weeks(groups, bounds, movements))


def summed(groups: Sequence[Group], now: datetime, weeks: Sequence[Week] = ()) -> Counts:
    """Return the sums over these groups."""
    active = [one for one in groups if one.state is SubscriberState.ACTIVE]
    digests = [one for one in active if one.rhythm is not Rhythm.AT_ONCE]
    quiet = {hour: sum(one.number for one in active if _is_quiet(one, hour)) for hour in _HOURS}
    return Counts(
        now,
        _by(groups, lambda one: one.state),
        _by(active, lambda one: one.kind),
        _by(active, lambda one: one.language),
        _by(active, lambda one: one.rhythm),
        _by(digests, lambda one: one.hour),
        quiet,
        sum(one.returned for one in active),
        weeks,
    )


def _weeks(
    groups: Sequence[Group], bounds: Sequence[datetime], movements: Sequence[tuple[int, int]]
) -> Sequence[Week]:
    """Return the weeks, the oldest first: the members of each are counted back from those of today."""
    out = {SubscriberState.BLOCKED, SubscriberState.GONE}
    members = sum(one.number for one in groups if one.state not in out)
    found = []
    for first, (joined, left) in reversed(list(zip(bounds, movements, strict=False))):
        found.append(Week(first.date(), joined, left, members))
        members += left - joined
    return found[::-1]


def _by(groups: Sequence[Group], key: Callable[[Group], K]) -> Mapping[K, int]:
    """Return the sums by `key`, the largest first."""
    found: Counter[K] = Counter()
    for one in groups:
        found[key(one)] += one.number
    return dict(found.most_common())


def _is_quiet(group: Group, hour: int) -> bool:
    """Return whether the hour is one of the group's quiet hours, which may pass midnight."""
    begin, end = group.quiet_from, group.quiet_until
    if begin is None or end is None:
        return False
    return begin <= hour < end if begin <= end else hour >= begin or hour < end
