"""Budgets: how many messages may leave overall, and how many into one chat.

A slot is the right to send one message at one moment. Times are seconds of one monotonic clock. They are
passed as moments and not as durations, since `now + (when - now)` may miss `when` by a rounding error and end
a wait too early.
"""

from __future__ import annotations

import math
from collections import deque
from contextlib import suppress
from typing import Final, Protocol

WINDOW: Final = 1.0
"""No sliding window of this many seconds holds more messages than the rate allows."""

SLACK: Final = 0.05
"""Seconds by which a late timer is caught up. It limits also what may leave at once after a rest."""

TICK: Final = 0.02
"""Seconds. Rates above one message a tick are released in ticks: at 1,000/s, 27 µs CPU a slot, not 71."""

SLOWER: Final = 0.7
"""The part of the rate that is left after a flood."""

SLOWEST: Final = 0.1
"""The rate never falls below this part of the full one."""

RECOVERY: Final = 1 / 120
"""The part of the full rate that comes back in each second without a flood: all of it in two minutes."""

CHAT_INTERVAL: Final = 1.0
"""One message a second for a chat in the long run (Telegram's bot FAQ, "My bot is hitting limits")."""

CHAT_BURST: Final = 3
"""So many messages may follow each other in one chat after a rest; the FAQ says that short bursts pass."""

GROUP_WINDOW: Final = 60.0
GROUP_LIMIT: Final = 20
"""At most so many messages in any `GROUP_WINDOW` for a group (the same FAQ)."""


class Allowance(Protocol):
    """The overall budget as the Pacer sees it: `Budget` for one process, `SharedBudget` for many."""

    def rate(self, now: float, /) -> float:
        """Return the messages a second that are allowed at present."""

    def take(self, now: float) -> float:
        """Take a slot and return `now`; or take nothing and return the later moment at which to ask again."""

    def give_back(self, taken_at: float) -> None:
        """Return the slot that was taken at `taken_at` and not used."""

    def slow_down(self, since: float) -> None:
        """Lower the rate after a flood; it grows back from the moment `since` on, when its pause ends."""

    def pause_longer(self, until: float) -> None:
        """Note that the pause after that flood ends later, for all that share the budget."""


class Budget:
    """The overall budget of one process.

    Slots are `1 / rate` seconds apart, and no sliding second holds more than `rate` of them. The first rule
    spreads them evenly, the second keeps the limit where the first catches up after a late timer.
    """

    def __init__(self, rate: float) -> None:
        """Allow `rate` messages a second. Raises ValueError if that is not a number above 0."""
        if not (rate > 0 and math.isfinite(rate)):
            raise ValueError(f"the rate must be above 0 messages a second, not {rate}")
        self._full = rate
        self._slowed_to = rate
        self._slowed_since = -math.inf
        self._interval = 1 / rate
        self._next = -math.inf
        self._taken: deque[float] = deque()

    def rate(self, now: float) -> float:
        """Return the messages a second that are allowed at present: the full rate, or less after a flood."""
        if self._slowed_to == self._full:
            return self._full
        recovered = max(0.0, now - self._slowed_since) * RECOVERY * self._full
        return min(self._full, self._slowed_to + recovered)

    def take(self, now: float) -> float:
        """Take a slot and return `now`; or take nothing and return the later moment at which to ask again."""
        rate = self.rate(now)
        self._interval = 1 / rate
        if self._next > now:
            return self._next if self._interval >= TICK else max(self._next, now + TICK)
        limit = max(1, int(rate * WINDOW))
        while self._taken and self._taken[0] + WINDOW <= now:
            self._taken.popleft()
        if len(self._taken) >= limit:
            return self._taken[-limit] + WINDOW
        self._next = max(self._next, now - SLACK) + self._interval
        self._taken.append(now)
        return now

    def give_back(self, taken_at: float) -> None:
        """Return the slot that was taken at `taken_at` and not used; once its second is over, it is gone."""
        with suppress(ValueError):
            self._taken.remove(taken_at)
            self._next -= self._interval

    def slow_down(self, since: float) -> None:
        """Lower the rate by `SLOWER`; it grows back by `RECOVERY` from the moment `since` on."""
        self._slowed_to = max(self._full * SLOWEST, self.rate(since) * SLOWER)
        self._slowed_since = since

    def pause_longer(self, until: float) -> None:
        """Let the rate grow back only from the moment `until` on."""
        self._slowed_since = max(self._slowed_since, until)


class ChatBudget:
    """How many messages one chat may get, by Telegram's limits for private chats or groups."""

    __slots__ = ("_next", "_recent")

    def __init__(self, *, group: bool) -> None:
        self._next = -math.inf
        self._recent: deque[float] | None = deque(maxlen=GROUP_LIMIT) if group else None

    def free_at(self) -> float:
        """Return the moment from which the chat may get its next message."""
        free_at = self._next - (CHAT_BURST - 1) * CHAT_INTERVAL
        if self._recent is not None and len(self._recent) == GROUP_LIMIT:
            free_at = max(free_at, self._recent[0] + GROUP_WINDOW)
        return free_at

    def take(self, now: float) -> None:
        """Count one message that leaves now."""
        self._next = max(self._next, now) + CHAT_INTERVAL
        if self._recent is not None:
            self._recent.append(now)

    def give_back(self, taken_at: float) -> None:
        """Uncount the message that was counted at `taken_at`."""
        self._next -= CHAT_INTERVAL
        if self._recent is not None:
            with suppress(ValueError):  # later messages pushed it out: it is no longer counted
                self._recent.remove(taken_at)

    def is_rested(self, now: float) -> bool:
        """Return whether no past message limits the chat any more."""
        return self._next <= now and (not self._recent or self._recent[-1] + GROUP_WINDOW <= now)
