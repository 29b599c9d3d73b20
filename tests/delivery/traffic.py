"""Traffic through a Pacer in virtual time, and what hypothesis tries."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field

from hypothesis import strategies as st

from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Lane, Pacer
from tests.virtualtime import VirtualLoop


@dataclass
class Traffic:
    """A Pacer and what left through it: (moment, chat, lane), in order."""

    rate: float
    sent: list[tuple[float, int | None, Lane]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time = asyncio.get_running_loop().time
        self.pacer = Pacer(Budget(self.rate), clock=self.time)

    async def send(self, chat: int | None, lane: Lane = Lane.REPLY) -> None:
        await self.pacer.acquire(chat, lane)
        self.sent.append((self.time(), chat, lane))

    async def send_after(self, delay: float, chat: int | None, lane: Lane = Lane.REPLY) -> None:
        await asyncio.sleep(delay)
        await self.send(chat, lane)

    def grant_after(self, seconds: float) -> None:
        """Let time pass and the slots be handed out, before any task gets its turn to run."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.jump(seconds)
        self.pacer._pump()

    @property
    def moments(self) -> list[float]:
        return [moment for moment, _, _ in self.sent]


def most_in_window(moments: list[float], window: float) -> int:
    """Return the largest number of moments in any half-open window."""
    # The end of a window is where the pacer puts it: at `moment + window` as floats add it up.
    return max(
        (i + 1 - bisect_right([m + window for m in moments], at) for i, at in enumerate(moments)), default=0
    )


sends = st.lists(
    st.tuples(
        st.floats(0, 4),  # when
        st.one_of(st.none(), st.integers(-3, 6).filter(bool)),  # to whom: groups are negative
        st.sampled_from(Lane),
    ),
    min_size=1,
    max_size=120,
)


rates = st.sampled_from([0.5, 1, 7, 30, 33.3, 200, 1000])
