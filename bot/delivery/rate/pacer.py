"""The Pacer: each message that leaves waits here for its slot, replies before broadcasts."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.delivery.rate.budget import Allowance, ChatBudget

if TYPE_CHECKING:
    from collections.abc import Callable

SWEEP: Final = 2
"""Chats checked for each new one, oldest first: more than one, so that rested chats do not accumulate."""


class Lane(IntEnum):
    """The order of service: while a reply can be sent, no notice is, and no broadcast.

    A notice is a message that nobody waits for at the screen, such as that a letter was passed on.
    """

    REPLY = 0
    NOTICE = 1
    BROADCAST = 2


Turn = tuple[Lane, int]
"""The order of a waiter: its lane, then its arrival."""

Waiter = tuple[Lane, int, "asyncio.Future[float]"]
"""A turn, and the future that gets the moment at which the slot was taken."""


class _ChatQueue:
    """The waiters of one chat: replies first, then in order of arrival.

    A queue with waiters is either *parked* while its chat must rest, or *listed* among the ready ones with
    the turn of its first waiter. So a busy chat delays no other chat.
    """

    __slots__ = ("budget", "listed", "parked", "waiters")

    def __init__(self, *, group: bool) -> None:
        self.budget = ChatBudget(group=group)
        self.waiters: list[Waiter] = []
        self.listed: Turn | None = None
        self.parked = False

    def first(self) -> Turn | None:
        """Return the turn of the first waiter. Waiters before it that were cancelled are dropped."""
        while self.waiters and self.waiters[0][2].cancelled():
            heappop(self.waiters)
        return self.waiters[0][:2] if self.waiters else None


class Pacer:
    """Hands out slots for sending, replies before broadcasts, within Telegram's limits.

    - Overall: what `budget` allows.
    - A chat: one message a second with a burst of three; a group (negative id or name): also 20 a minute.
    - After a 429: nothing in any lane until its deadline.

    There is nothing to start or stop: a timer of the running loop wakes waiters. A Pacer belongs to one event
    loop.
    """

    def __init__(
        self,
        budget: Allowance,
        *,
        clock: Callable[[], float] = time.monotonic,
        flooded: Callable[[float], None] | None = None,
    ) -> None:
        """`clock` returns seconds and never goes back; the loop's timers must run at its pace.

        `flooded` is called with the seconds that a 429 adds to the time in which nothing may be sent.
        """
        self._budget = budget
        self._clock = clock
        self._flooded = flooded
        self._in_lane = [0] * len(Lane)  # by lane
        self._turns = count()
        self._queues: OrderedDict[int | str, _ChatQueue] = OrderedDict()
        self._ready: list[tuple[Lane, int, _ChatQueue]] = []
        self._parked: list[tuple[float, int, _ChatQueue]] = []
        self._flood_until = -math.inf
        self._paired: Pacer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    @property
    def rate(self) -> float:
        """Messages a second that are allowed at present."""
        return self._budget.rate(self._clock())

    @property
    def flooded_for(self) -> float:
        """Seconds until sending may go on after a 429; 0 where there is no such pause."""
        return max(0.0, self._flood_until - self._clock())

    def waiting(self, lane: Lane) -> int:
        """Return how many messages wait in this lane for their slot."""
        return self._in_lane[lane]

    async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
        """Wait until one message may be sent to `chat_id` (None: an unknown chat), and take its slot.

        A cancelled wait costs no slot: one that was given just before goes to the next waiter.
        """
        queue = self._queue_of(chat_id)
        turn = next(self._turns)
        while True:
            granted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            heappush(queue.waiters, (lane, turn, granted))
            self._in_lane[lane] += 1
            self._schedule(queue, self._clock())
            self._pump()
            try:
                taken_at = await granted
            except asyncio.CancelledError:
                if granted.done() and not granted.cancelled():
                    self._give_back(queue, granted.result())
                raise
            finally:
                self._in_lane[lane] -= 1
            if self._clock() >= self._flood_until:
                return
            # A flood began after the slot was given, before this task ran: keep the turn, send later.
            self._give_back(queue, taken_at)

    def pair(self, other: Pacer) -> None:
        """Let a 429 that one of the two gets stop both."""
        self._paired, other._paired = other, self

    def flood(self, seconds: float) -> None:
        """Let nothing leave for `seconds`, as a 429 demands, from this Pacer and the one paired with it."""
        self.pause(seconds)
        if self._paired is not None:
            self._paired.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Let nothing leave this Pacer for `seconds`, in any lane. A longer pause under way stays.

        A longer one moves the end of the pause for all that share the budget. The rate is lowered once a
        pause, since all sends that were on the wire get the same 429.
        """
        now = self._clock()
        until = now + seconds
        if until <= self._flood_until:
            return
        is_new = now >= self._flood_until
        if self._flooded is not None:
            self._flooded(until - max(now, self._flood_until))
        self._flood_until = until
        if is_new:
            self._budget.slow_down(until)
        else:
            self._budget.pause_longer(until)

    async def flood_over(self) -> None:
        """Wait until no 429 forbids requests. This takes no slot."""
        while (seconds := self.flooded_for) > 0:  # noqa: ASYNC110  # another 429 may move the end meanwhile
            await asyncio.sleep(seconds)

    def _queue_of(self, chat_id: int | str | None) -> _ChatQueue:
        if chat_id is None:
            return _ChatQueue(group=False)
        queue = self._queues.get(chat_id)
        if queue is None:
            self._forget_rested()
            # Only channels and supergroups can be addressed by name.
            queue = self._queues[chat_id] = _ChatQueue(group=isinstance(chat_id, str) or chat_id < 0)
        return queue

    def _forget_rested(self) -> None:
        now = self._clock()
        for _ in range(min(SWEEP, len(self._queues))):
            chat_id, queue = self._queues.popitem(last=False)
            if queue.waiters or not queue.budget.is_rested(now):
                self._queues[chat_id] = queue

    def _schedule(self, queue: _ChatQueue, now: float) -> None:
        """Park or list a queue, unless it is where it belongs already."""
        first = queue.first()
        if first is None or queue.parked:
            return
        free_at = queue.budget.free_at()
        if free_at > now:
            queue.parked = True
            heappush(self._parked, (free_at, next(self._turns), queue))
        elif queue.listed is None or first < queue.listed:
            queue.listed = first
            heappush(self._ready, (*first, queue))

    def _pump(self) -> None:
        """Give each free slot to a waiter, and set the timer for the next one."""
        now = self._clock()
        self._unpark(now)
        while (queue := self._next_queue(now)) is not None:
            when = self._flood_until if self._flood_until > now else self._budget.take(now)
            if when > now:
                self._wake_at(when, now)
                return
            heappop(self._ready)
            queue.listed = None
            queue.budget.take(now)
            heappop(queue.waiters)[2].set_result(now)
            self._schedule(queue, now)
        if self._parked:
            self._wake_at(self._parked[0][0], now)

    def _unpark(self, now: float) -> None:
        while self._parked and self._parked[0][0] <= now:
            queue = heappop(self._parked)[2]
            queue.parked = False
            self._schedule(queue, now)

    def _next_queue(self, now: float) -> _ChatQueue | None:
        """Return the queue whose first waiter is next. Outdated entries are dropped."""
        while self._ready:
            lane, turn, queue = self._ready[0]
            if queue.listed == (lane, turn):
                if queue.first() == queue.listed:
                    return queue
                queue.listed = None
            heappop(self._ready)
            self._schedule(queue, now)
        return None

    def _give_back(self, queue: _ChatQueue, taken_at: float) -> None:
        self._budget.give_back(taken_at)
        queue.budget.give_back(taken_at)
        queue.parked = False  # its chat is free earlier than it was parked for
        self._schedule(queue, self._clock())
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
