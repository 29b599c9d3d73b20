"""Who may send now: every message that leaves waits here for its slot."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.delivery.budget import Allowance, ChatBudget

if TYPE_CHECKING:
    from collections.abc import Callable

SWEEP: Final = 2
"""Chats looked at for each new one, oldest first: more than one, so that forgetting keeps up with meeting."""


class Lane(IntEnum):
    """The order of service: as long as a reply can be sent, no notice is, and no broadcast.

    A notice is what nobody looks at the screen for, such as that a letter was passed on.
    """

    REPLY = 0
    NOTICE = 1
    BROADCAST = 2


Turn = tuple[Lane, int]
"""A waiter's place: its lane, then the order of arrival."""

Waiter = tuple[Lane, int, "asyncio.Future[float]"]
"""A place, and the future that gets the moment at which the slot was taken."""


class _Line:
    """The waiters of one chat, first come first served, replies first.

    A line with waiters is either *parked* while its chat must rest, or *listed* among the ready ones with the
    turn of its first waiter. So a busy chat holds nobody up but its own.
    """

    __slots__ = ("budget", "listed", "parked", "waiters")

    def __init__(self, *, group: bool) -> None:
        self.budget = ChatBudget(group=group)
        self.waiters: list[Waiter] = []
        self.listed: Turn | None = None
        self.parked = False

    def first(self) -> Turn | None:
        """Return the turn of the first who still waits; those who gave up before it are dropped."""
        while self.waiters and self.waiters[0][2].cancelled():
            heappop(self.waiters)
        return self.waiters[0][:2] if self.waiters else None


class Pacer:
    """Hands out slots for sending, replies before broadcasts, within Telegram's limits.

    - Overall: what `budget` allows.
    - A chat: one message a second with a burst of three; a group (negative id or name): also 20 a minute.
    - After a 429: nothing in any lane until its deadline.

    There is nothing to start or stop: waiters are woken by a timer of the running loop. A Pacer belongs to
    one event loop.
    """

    def __init__(self, budget: Allowance, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds and never goes back; the loop's timers must run at its pace."""
        self._budget = budget
        self._clock = clock
        self._turns = count()
        self._lines: OrderedDict[int | str, _Line] = OrderedDict()
        self._ready: list[tuple[Lane, int, _Line]] = []
        self._parked: list[tuple[float, int, _Line]] = []
        self._flood_until = -math.inf
        self._beside: Pacer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    @property
    def rate(self) -> float:
        """The messages a second that are allowed at present."""
        return self._budget.rate(self._clock())

    @property
    def flooded_for(self) -> float:
        """The seconds until sending may go on after a 429; 0 when there is no such pause."""
        return max(0.0, self._flood_until - self._clock())

    async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
        """Wait until one message may be sent to `chat_id` (None: to no chat that we know) and take its slot.

        Whoever is cancelled while waiting leaves no trace: a slot that came too late goes to the next.
        """
        line = self._line_of(chat_id)
        turn = next(self._turns)
        while True:
            granted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            heappush(line.waiters, (lane, turn, granted))
            self._place(line, self._clock())
            self._pump()
            try:
                taken_at = await granted
            except asyncio.CancelledError:
                if granted.done() and not granted.cancelled():
                    self._give_back(line, granted.result())
                raise
            if self._clock() >= self._flood_until:
                return
            # A flood began between the slot and this task's turn to run: keep the place, send later.
            self._give_back(line, taken_at)

    def pair(self, other: Pacer) -> None:
        """From now on a 429 that one of the two hears of stops both."""
        self._beside, other._beside = other, self

    def flood(self, seconds: float) -> None:
        """Let nothing leave for `seconds`, in any lane, as a 429 demands; a longer pause under way stays.

        A longer one moves the end of the pause everywhere. The rate is lowered once a pause: those who were
        on the wire all bring home the same 429.
        """
        self._flood(seconds)
        if self._beside is not None:
            self._beside._flood(seconds)  # noqa: SLF001  # one of us

    def _flood(self, seconds: float) -> None:
        now = self._clock()
        until = now + seconds
        if until <= self._flood_until:
            return
        is_new = now >= self._flood_until
        self._flood_until = until
        if is_new:
            self._budget.slow_down(until)
        else:
            self._budget.pause_longer(until)

    async def flood_over(self) -> None:
        """Wait until no flood forbids requests. Takes no slot."""
        # Another 429 may move the deadline while this sleeps.
        while (seconds := self.flooded_for) > 0:  # noqa: ASYNC110 - it waits for a moment, not for a flag
            await asyncio.sleep(seconds)

    def _line_of(self, chat_id: int | str | None) -> _Line:
        if chat_id is None:
            return _Line(group=False)
        line = self._lines.get(chat_id)
        if line is None:
            self._forget_rested()
            # Only channels and supergroups can be addressed by name.
            line = self._lines[chat_id] = _Line(group=isinstance(chat_id, str) or chat_id < 0)
        return line

    def _forget_rested(self) -> None:
        now = self._clock()
        for _ in range(min(SWEEP, len(self._lines))):
            chat_id, line = self._lines.popitem(last=False)
            if line.waiters or not line.budget.is_rested(now):
                self._lines[chat_id] = line

    def _place(self, line: _Line, now: float) -> None:
        """Park or list a line, unless it is where it belongs."""
        first = line.first()
        if first is None or line.parked:
            return
        free_at = line.budget.free_at()
        if free_at > now:
            line.parked = True
            heappush(self._parked, (free_at, next(self._turns), line))
        elif line.listed is None or first < line.listed:
            line.listed = first
            heappush(self._ready, (*first, line))

    def _pump(self) -> None:
        """Hand out every slot that is free, and set the timer for the next one."""
        now = self._clock()
        self._unpark(now)
        while (line := self._next_line(now)) is not None:
            when = self._flood_until if self._flood_until > now else self._budget.take(now)
            if when > now:
                self._wake_at(when, now)
                return
            heappop(self._ready)
            line.listed = None
            line.budget.take(now)
            heappop(line.waiters)[2].set_result(now)
            self._place(line, now)
        if self._parked:
            self._wake_at(self._parked[0][0], now)

    def _unpark(self, now: float) -> None:
        while self._parked and self._parked[0][0] <= now:
            line = heappop(self._parked)[2]
            line.parked = False
            self._place(line, now)

    def _next_line(self, now: float) -> _Line | None:
        """Return the line whose first waiter is next; entries that time has overtaken are dropped."""
        while self._ready:
            lane, turn, line = self._ready[0]
            if line.listed == (lane, turn):
                if line.first() == line.listed:
                    return line
                line.listed = None
            heappop(self._ready)
            self._place(line, now)
        return None

    def _give_back(self, line: _Line, taken_at: float) -> None:
        self._budget.give_back(taken_at)
        line.budget.give_back(taken_at)
        line.parked = False  # its chat is free earlier than it was parked for
        self._place(line, self._clock())
        self._pump()

    def _wake_at(self, when: float, now: float) -> None:
        if self._timer is not None:
            if self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = asyncio.get_running_loop().call_later(when - now, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._pump()
