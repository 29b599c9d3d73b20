"""The budget that all processes share: each takes slots from one row of the database, a few at a time.

No process holds more slots than for a twentieth of a second, so that a process that dies loses few, and a
reply in one process hardly waits longer than that behind the pushes of the others.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.delivery.rate.budget import RECOVERY, SLACK, SLOWER, SLOWEST, TICK, Budget
from bot.tasks import rest
from storage.database import Database
from storage.deliveries import rates
from storage.engine.unavailable import DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncSession

ROW: Final = "send"
"""The name of the row for all messages; paid pushes have a row of their own."""

PORTION: Final = 0.05
"""Seconds: the slots of so long a time are taken at once."""

HORIZON: Final = 0.04
"""Seconds: a process that pushes takes slots only that begin so soon; one that only replies takes the next
slots, whenever they are. So a slot for a reply is at most `HORIZON + PORTION` away."""

ASK_AGAIN: Final = 0.005
"""Seconds until the Pacer asks again while slots are fetched."""

LAG_STEP: Final = 0.01
"""Seconds: with each fetch, slots are taken ahead by at most so much more. A distant database is slow each
time, but one slow fetch must not let this process take the slots of the others."""

TROUBLE_S: Final = 1.0

ALONE: Final = 0.1
"""The part of the rate that a process which only replies may use while the database does not answer."""

_MICRO = 1_000_000
_FAR = 60 * _MICRO  # further ahead no slot is taken without a flood


class _Slots(NamedTuple):
    """Slots that were taken: the first begins `ahead` seconds after the database read its clock."""

    ahead: float
    step: float
    number: int


class SharedBudget:
    """This process's part of the shared budget: an Allowance for the Pacer."""

    def __init__(
        self,
        database: Database,
        rate: float,
        *,
        eager: bool = False,
        row: str = ROW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Share `rate` messages a second, all processes together, in the row of this name.

        `eager` is for a process that only replies: it takes the next slots there are, one by one. `clock`
        returns seconds.
        """
        self._database = database
        self._full = self._rate = rate
        self._eager = eager
        self._row = row
        self._clock = clock
        self._slots: deque[float] = deque()
        self._wanted = asyncio.Event()
        self._flooded = asyncio.Event()
        self._lag = 0.0  # seconds from the database's reading of its clock until we have the slots
        self._next_from = 0.0  # slots that nobody has taken begin then, or later
        self._flood_until = 0.0  # 0: the row has all that we know of a flood
        self._own = Budget(rate)  # keeps each of our seconds within the rate where timers are late
        self._alone: Budget | None = None

    def rate(self, _now: float) -> float:
        """Return the messages a second that all processes may send, by the row as last read."""
        return self._rate

    def take(self, now: float) -> float:
        """Take a slot and return `now`; or take nothing and return the later moment at which to ask again."""
        if self._alone is not None:
            return self._alone.take(now)
        while self._slots and self._slots[0] < now - SLACK:
            self._slots.popleft()  # too late: a message now would come too close to the next ones
        if len(self._slots) < self._portion():
            self._wanted.set()
        if not self._slots:
            return now + ASK_AGAIN
        if self._slots[0] > now:
            return self._slots[0] if self._rate * TICK < 1 else max(self._slots[0], now + TICK)
        own = self._own.take(now)
        if own == now:
            self._slots.popleft()
        return own

    def give_back(self, taken_at: float) -> None:
        """Return the slot that was taken at `taken_at` and not used."""
        self._own.give_back(taken_at)
        self._slots.appendleft(taken_at)

    def slow_down(self, since: float) -> None:
        """Let all processes wait until the moment `since` and go on more slowly."""
        self.pause_longer(since)

    def pause_longer(self, until: float) -> None:
        """Let all processes wait until then. The rate is not lowered again for the same flood."""
        self._flood_until = max(self._flood_until, until)
        self._slots.clear()
        self._wanted.set()
        self._flooded.set()

    async def run(self) -> None:
        """Fetch slots as they are wanted, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                wait = await self._fetch()
            except DatabaseUnavailableError:
                if self._alone is None:
                    self._alone = Budget(self._full * ALONE) if self._eager else None
                wait = TROUBLE_S
            else:
                self._alone = None
            if wait > 0:
                await rest(self._flooded, wait)  # a longer flood is stored at once
                self._wanted.set()

    async def _fetch(self) -> float:
        """Take slots from the row. Return the seconds after which to ask again; 0 where it had enough."""
        asked = self._clock()
        self._flooded.clear()
        flood = self._flood_until - asked
        early = self._next_from - asked - self._far_lag() - HORIZON
        if early > 0 >= flood and not self._eager:
            return max(early, ASK_AGAIN)  # other processes can only have made it later
        async with self._database.transaction() as session:
            taken = None if flood > 0 else await self._take_next(session)
            if taken is None:
                shared = await rates.lock(session, self._row)
                if flood > 0:
                    return await self._store_flood(session, shared, flood)
                early = self._early(shared)
                if early > 0:
                    return max(early, ASK_AGAIN)
                taken = await self._take(session, shared)
        self._keep(taken, asked)
        return 0.0

    async def _take_next(self, session: AsyncSession) -> _Slots | None:
        """Take slots in one statement. Return None where that is not as simple, or it is too early."""
        lag, number = int(self._far_lag() * _MICRO), self._portion()
        step = _MICRO / self._full
        span = int(number * step)
        reach = _FAR if self._eager else lag + int(HORIZON * _MICRO)
        taken = await rates.take_next(session, self._row, span=span, lead=lag, reach=reach)
        if taken is None:
            return None
        self._rate = self._full
        return _Slots((taken.until - span - taken.now) / _MICRO, step / _MICRO, number)

    def _early(self, shared: rates.SharedRate) -> float:
        """Return how many seconds too early it is to take slots; 0 or less: it is time."""
        if self._eager:
            return 0.0
        return (shared.taken_until - shared.now) / _MICRO - self._far_lag() - HORIZON

    async def _take(self, session: AsyncSession, shared: rates.SharedRate) -> _Slots:
        """Take slots from the locked row, at the rate that a flood left."""
        self._rate = _recovered(shared, self._full)
        # Slots that begin sooner would be over by the time we have them, and nothing would ever be sent.
        begin = max(shared.taken_until, shared.now + int(self._far_lag() * _MICRO))
        step, number = _MICRO / self._rate, self._portion()
        await rates.take(session, self._row, until=int(begin + number * step))
        return _Slots((begin - shared.now) / _MICRO, step / _MICRO, number)

    def _keep(self, taken: _Slots, asked: float) -> None:
        """Keep slots that were asked for at the moment `asked`, by our clock."""
        # The database read its clock at some moment between our request and its answer.
        now = self._clock()
        here = (asked + now) / 2 + taken.ahead
        self._lag = min((now - asked) / 2, self._lag + LAG_STEP)
        self._slots.extend(here + index * taken.step for index in range(taken.number))
        self._next_from = here + taken.number * taken.step

    async def _store_flood(self, session: AsyncSession, shared: rates.SharedRate, seconds: float) -> float:
        """Store that nobody sends for so long. One of the processes with the same 429 lowers the rate."""
        stored = self._flood_until
        until = shared.now + int(seconds * _MICRO)
        known = shared.slowed_at is not None and shared.now < shared.slowed_at
        slowed_to = shared.slowed_to if known else None
        if slowed_to is None:
            slowed_to = max(self._full * SLOWEST, _recovered(shared, self._full) * SLOWER)
        until = max(until, shared.taken_until)
        await rates.slow_down(session, self._row, until=until, slowed_to=slowed_to, slowed_at=until)
        if self._flood_until == stored:  # otherwise a longer one came meanwhile and is stored next
            self._flood_until = 0.0
        self._rate = slowed_to
        return seconds

    def _far_lag(self) -> float:
        """Return the lag of a distant database in seconds; 0 for a near one, whose slots come in time.

        A process that took slots further ahead than the others would take all of theirs.
        """
        return self._lag if self._lag > SLACK else 0.0

    def _portion(self) -> int:
        """Return how many slots to hold at most: for replies a single one, unless many are needed."""
        portion = max(1, int(self._rate * PORTION))
        slow = int(self._rate * self._far_lag())  # as long as fetching takes
        return max(1, portion // 5, slow) if self._eager else max(portion, 2 * slow)


def _recovered(shared: rates.SharedRate, full: float) -> float:
    """Return the rate by now: what a flood left, and what has grown back since."""
    if shared.slowed_to is None or shared.slowed_at is None:
        return full
    since = max(0, shared.now - shared.slowed_at) / _MICRO
    return min(full, shared.slowed_to + since * RECOVERY * full)
