"""Send limits: refuse sends that exceed Telegram's limits, if the faults ask for it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

# About 30 messages a second overall (1,000 when paid), one a second to a chat with short bursts, 20 a minute
# to a group: core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. The bursts are a guess.
OVERALL, PAID, CHAT, GROUP = (30, 1.0), (1000, 1.0), (1, 1.0), (20, 60.0)
BURSTS = {OVERALL: 30, PAID: 1000, CHAT: 3, GROUP: 20}
# Chats that are remembered before idle ones are removed.
SWEEP = 50_000
TOLERANCE = 1e-9  # seconds, since sums of floats are not exact


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One limit, as in the generic cell rate algorithm: seconds a send, and seconds of credit for a burst."""

    interval: float
    slack: float

    @classmethod
    def of(cls, rate: tuple[int, float]) -> Self:
        count, seconds = rate
        return cls(seconds / count, seconds / count * (BURSTS[rate] - 1))


class SendLimits:
    """Counts sends, overall and for each chat."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._full_at: dict[tuple[str, int], float] = {}

    def wait(self, chat: int, *, paid: bool = False) -> int:
        """Count a send and return 0; or return the whole seconds to wait, at least 1, and count nothing."""
        now = self._clock()
        overall = ("paid" if paid else "all", 0), _Bucket.of(PAID if paid else OVERALL)
        local = ("chat", chat), _Bucket.of(GROUP if chat < 0 else CHAT)
        scopes = (overall, local)
        late = max(self._full_at.get(key, 0.0) - bucket.slack - now for key, bucket in scopes)
        if late > TOLERANCE:
            return max(math.ceil(late), 1)
        for key, bucket in scopes:
            self._full_at[key] = max(self._full_at.get(key, 0.0), now) + bucket.interval
        if len(self._full_at) > SWEEP:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        return 0
