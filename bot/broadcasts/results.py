"""Results of Broadcasts for editors who look back: pages of a list, failures, leavers, messages by hour."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.clock import Clock
from storage.broadcasts import aftermaths, lists
from storage.broadcasts.aftermaths import Deeds
from storage.broadcasts.broadcasts import Progress
from storage.database import Database
from storage.models import Broadcast
from storage.words import BroadcastKind, BroadcastState

DAYS = 7
"""How many days back messages are counted by hour."""

_HOUR = timedelta(hours=1)
_MOST = 500  # Broadcasts that are read at once: a screen shows far fewer
_FAILED_RANGES = 20  # 10,000 readers at most are looked at for the reasons of failures
_COMPARED = 20  # pushes whose leavers are compared


@dataclass(frozen=True, slots=True)
class Leaving:
    """What readers did after a push, and how many were to get it."""

    broadcast: Broadcast
    deeds: Deeds

    @property
    def leavers(self) -> int:
        """How many turned pushes off, stopped or blocked the bot."""
        return self.deeds.stopped + self.deeds.blocked

    @property
    def share(self) -> float:
        """The part of those who were to get it that left."""
        expected = self.broadcast.expected or 0
        return self.leavers / expected if expected else 0.0


class Results:
    """The use cases that look back at Broadcasts, or ahead at scheduled ones; each only reads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._hourly: tuple[datetime, Mapping[datetime, float]] | None = None

    async def page(
        self, states: Collection[BroadcastState], *, limit: int, offset: int = 0
    ) -> tuple[Sequence[BroadcastStatus], int]:
        """Return the Broadcasts in these states, newest first, and how many there are in all."""
        async with self._database.read() as session:
            found, number = await lists.page(session, states, limit=limit, offset=offset)
            progress = await lists.progresses(session, [one.id for one in found])
        return [BroadcastStatus(one, progress[one.id]) for one in found], number

    async def between(self, first: datetime, end: datetime) -> Sequence[Broadcast]:
        """Return the pushes and Reports that begin in these days, the earliest first; 500 at most."""
        async with self._database.read() as session:
            return await lists.between(session, first, end, most=_MOST)

    async def failures(self, broadcast_id: int) -> Sequence[tuple[str, int]]:
        """Return the reasons of failures with their numbers, of 10,000 readers at most."""
        async with self._database.read() as session:
            return await lists.failures_by_reason(session, broadcast_id, ranges=_FAILED_RANGES)

    async def leaving(self) -> Sequence[Leaving]:
        """Return the newest finished pushes and what readers did after them, the oldest first."""
        async with self._database.read() as session:
            found, _ = await lists.page(session, [BroadcastState.FINISHED], limit=_COMPARED)
            pushes = [one for one in found if one.kind is BroadcastKind.PUSH]
            deeds = await aftermaths.of_each(session, [one.id for one in pushes])
        return [Leaving(one, deeds.get(one.id, aftermaths.NONE)) for one in reversed(pushes)]

    async def by_hour(self) -> Mapping[datetime, float]:
        """Return about how many messages were sent in each hour (UTC) of the last DAYS days.

        Those of one Broadcast count as spread evenly over the time that it took. The answer is up to ten
        minutes old: to count them takes some 100 ms.
        """
        now = self._clock()
        if self._hourly is None or now - self._hourly[0] >= timedelta(minutes=10):
            since = (now - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
            async with self._database.read() as session:
                found = await lists.begun_since(session, since, most=_MOST)
                progress = await lists.progresses(session, [one.id for one in found])
            self._hourly = (now, spread(found, progress, since, now))
        return self._hourly[1]


def spread(
    found: Sequence[Broadcast], progress: Mapping[int, Progress], since: datetime, now: datetime
) -> Mapping[datetime, float]:
    """Return the messages of each hour from `since` on, as if each Broadcast had sent its own evenly."""
    hours = (now - since) // _HOUR + 1
    sums = {since + _HOUR * number: 0.0 for number in range(hours)}
    for one in found:
        if one.started_at is None:
            continue
        sent = progress[one.id].sent - progress[one.id].later
        end = max(one.finished_at or now, one.started_at + timedelta(seconds=1))
        begin = max(since, one.started_at.replace(minute=0, second=0, microsecond=0))
        while begin < end and begin in sums:
            overlap = min(end, begin + _HOUR) - max(one.started_at, begin)
            sums[begin] += sent * (overlap / (end - one.started_at))
            begin += _HOUR
    return sums
