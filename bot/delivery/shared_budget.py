"""The overall budget that all processes share: slots are taken from one row of the database, a few at a time.

Nobody holds more than a twentieth of a second of the rate, so that little is lost with a process that dies,
and a reader's answer in one process waits hardly longer than that behind the pushes of the others.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bot.delivery.budget import RECOVERY, SLACK, SLOWER, SLOWEST, TICK, Budget
from storage.database import Database
from storage.deliveries import rates
from storage.engine.unavailable import DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncSession

ROW: Final = "send"
"""The row of all that is sent; paid pushes have one of their own."""

PORTION: Final = 0.05
"""So much of a second's slots are taken at once, in seconds."""

HORIZON: Final = 0.04
"""Pushes take slots that begin within so many seconds from now; who only answers readers takes the next one,
whenever that is. So a slot for an answer is at most `HORIZON + PORTION` away."""

ASK_AGAIN: Final = 0.005
"""Seconds after which the Pacer looks again for slots that are being fetched."""

LAG_STEP: Final = 0.01
"""Slots are taken earlier by at most so many seconds more at each fetch: a database that is far away is so
each time, while one slow fetch must not let this process take the slots of the others."""

TROUBLE_S: Final = 1.0

ALONE: Final = 0.1
"""The part of the rate at which readers are answered while the database does not answer."""

_MICRO = 1_000_000


class SharedBudget:
    """An Allowance for the Pacer (see bot/delivery/budget.py), out of what all processes may send together.

    `eager`: for a process that only answers readers: it takes the next slots there are, one by one.
    """

    def __init__(
        self,
        database: Database,
        rate: float,
        *,
        eager: bool = False,
        row: str = ROW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._full = self._rate = rate
        self._eager = eager
        self._row = row
        self._clock = clock
        self._slots: deque[float] = deque()
        self._wanted = asyncio.Event()
        self._flooded = asyncio.Event()
        self._lag = 0.0  # seconds from the database's look at its clock until we have the slots
        self._flood_until = 0.0  # 0: all that we know of a flood was told
        self._own = Budget(rate)  # keeps each of our seconds exact, even where timers were late
        self._alone: Budget | None = None

    def rate(self, now: float) -> float:  # noqa: ARG002  # Allowance's signature
        """Return the messages a second that all processes are allowed at present, as last heard."""
        return self._rate

    def take(self, now: float) -> float:
        """Take a slot and return `now`; or take nothing and return the later moment at which to ask again."""
        if self._alone is not None:
            return self._alone.take(now)
        while self._slots and self._slots[0] < now - SLACK:
            self._slots.popleft()  # too late: to send it now would crowd those that follow
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
        """Have all processes wait until the moment `since` and go on more slowly."""
        self.pause_longer(since)

    def pause_longer(self, until: float) -> None:
        """Have all processes wait until then. The row knows this flood: its rate is not lowered again."""
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
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._flooded.wait()  # a longer flood is told at once
                self._wanted.set()

    async def _fetch(self) -> float:
        """Take what is wanted from the row; the seconds after which to ask again, 0 when that was enough."""
        asked = self._clock()
        self._flooded.clear()
        async with self._database.transaction() as session:
            shared = await rates.lock(session, self._row)
            flood = self._flood_until - asked
            if flood > 0:
                return await self._tell_flood(session, shared, flood)
            self._rate = _recovered(shared, self._full)
            # What begins sooner would have passed by the time we have it, and nothing would ever be sent.
            lag = self._far_lag()
            begin = max(shared.taken_until, shared.now + int(lag * _MICRO))
            early = (shared.taken_until - shared.now) / _MICRO - lag - HORIZON
            if early > 0 and not self._eager:
                return max(early, ASK_AGAIN)
            step = _MICRO / self._rate
            number = self._portion()
            await rates.take(session, self._row, until=int(begin + number * step))
        # The database looked at its clock somewhere between the question and the answer.
        now = self._clock()
        here = (asked + now) / 2 + (begin - shared.now) / _MICRO
        self._lag = min((now - asked) / 2, self._lag + LAG_STEP)
        self._slots.extend(here + place * step / _MICRO for place in range(number))
        return 0.0

    async def _tell_flood(self, session: AsyncSession, shared: rates.SharedRate, seconds: float) -> float:
        """Nobody sends until the pause is over; of several who bring the same 429 one lowers the rate."""
        told = self._flood_until
        until = shared.now + int(seconds * _MICRO)
        known = shared.slowed_at is not None and shared.now < shared.slowed_at
        slowed_to = shared.slowed_to if known else None
        if slowed_to is None:
            slowed_to = max(self._full * SLOWEST, _recovered(shared, self._full) * SLOWER)
        until = max(until, shared.taken_until)
        await rates.slow_down(session, self._row, until=until, slowed_to=slowed_to, slowed_at=until)
        if self._flood_until == told:  # else a longer one came meanwhile, and is told next
            self._flood_until = 0.0
        self._rate = slowed_to
        return seconds

    def _far_lag(self) -> float:
        """The lag of a database that is far away; 0 for a near one, whose slots are caught up with in time.

        A process that looked further ahead than the others would take all their slots.
        """
        return self._lag if self._lag > SLACK else 0.0

    def _portion(self) -> int:
        """How many slots to hold at most: a single one for answers, unless many come."""
        portion = max(1, int(self._rate * PORTION))
        slow = int(self._rate * self._far_lag())  # as long as fetching takes
        return max(1, portion // 5, slow) if self._eager else max(portion, 2 * slow)


def _recovered(shared: rates.SharedRate, full: float) -> float:
    """The rate by now: what a flood left, and what has come back since."""
    if shared.slowed_to is None or shared.slowed_at is None:
        return full
    since = max(0, shared.now - shared.slowed_at) / _MICRO
    return min(full, shared.slowed_to + since * RECOVERY * full)
