"""The Pacer's promises, in virtual time: the loop's clock jumps to the next timer, so nothing here sleeps."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.budget import (
    CHAT_BURST,
    GROUP_LIMIT,
    GROUP_WINDOW,
    SLACK,
    SLOWER,
    SLOWEST,
    TICK,
    Budget,
    ChatBudget,
)
from bot.delivery.pacer import Lane, Pacer
from tests.virtualtime import VirtualLoop, run


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


@settings(max_examples=100, deadline=None)
@given(sends=sends, rate=rates)
def test_no_sliding_second_holds_more_than_the_rate(
    sends: list[tuple[float, int | None, Lane]], rate: float
) -> None:
    """Whatever arrives whenever, all of it leaves, and neither the overall nor a chat's limit is broken."""

    async def main() -> None:
        traffic = Traffic(rate)
        await asyncio.gather(*(traffic.send_after(*send) for send in sends))

        assert len(traffic.sent) == len(sends)
        assert most_in_window(traffic.moments, 1.0) <= max(1, rate)
        by_chat = defaultdict(list)
        for moment, chat, _ in traffic.sent:
            by_chat[chat].append(moment)
        by_chat.pop(None, None)
        for chat, moments in by_chat.items():
            assert most_in_window(moments, 0.99) <= CHAT_BURST
            assert most_in_window(moments, 10.0) <= CHAT_BURST + 10
            if chat is not None and chat < 0:
                assert most_in_window(moments, 60.0) <= GROUP_LIMIT

    run(main())


@settings(max_examples=100, deadline=None)
@given(sends=sends, rate=rates)
def test_a_reply_never_waits_behind_a_broadcast(
    sends: list[tuple[float, int | None, Lane]], rate: float
) -> None:
    """No broadcast takes a slot while a reply that may be sent is waiting."""

    async def main() -> None:
        traffic = Traffic(rate)
        arrivals: dict[int, float] = {}

        async def send(number: int, delay: float, lane: Lane) -> None:
            await asyncio.sleep(delay)
            arrivals[number] = traffic.time()
            await traffic.send(number + 1, lane)

        await asyncio.gather(*(send(i, delay, lane) for i, (delay, _, lane) in enumerate(sends)))

        replies = [
            (arrivals[chat - 1], sent) for sent, chat, lane in traffic.sent if chat and lane is Lane.REPLY
        ]
        for moment, _, lane in traffic.sent:
            if lane is Lane.BROADCAST:
                assert not any(arrived < moment < sent for arrived, sent in replies)

    run(main())


@settings(max_examples=100, deadline=None)
@given(sends=sends, rate=rates)
def test_each_lane_is_first_come_first_served(
    sends: list[tuple[float, int | None, Lane]], rate: float
) -> None:
    """Within a lane, and also within one busy chat, nobody overtakes."""

    async def main() -> None:
        traffic = Traffic(rate)
        order: list[tuple[int | None, Lane, int]] = []
        arrived: dict[tuple[int | None, Lane], list[int]] = defaultdict(list)

        async def send(number: int, delay: float, chat: int | None, lane: Lane) -> None:
            await asyncio.sleep(delay)
            arrived[chat, lane].append(number)
            await traffic.send(chat, lane)
            order.append((chat, lane, number))

        await asyncio.gather(*(send(i, *each) for i, each in enumerate(sends)))

        for (chat, lane), numbers in arrived.items():
            assert [n for c, at, n in order if (c, at) == (chat, lane)] == numbers

    run(main())


@settings(max_examples=100, deadline=None)
@given(
    sends=sends,
    rate=rates,
    floods=st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 40)), min_size=1, max_size=5),
)
def test_a_flood_is_waited_out_to_the_end(
    sends: list[tuple[float, int | None, Lane]], rate: float, floods: list[tuple[float, float]]
) -> None:
    """Between a 429 and its deadline nothing leaves in any lane, however pauses overlap; then all does."""

    async def main() -> None:
        traffic = Traffic(rate)
        pauses: list[tuple[float, float]] = []

        async def flood(delay: float, seconds: float) -> None:
            await asyncio.sleep(delay)
            traffic.pacer.flood(seconds)
            pauses.append((traffic.time(), traffic.time() + seconds))

        async def ask(delay: float) -> None:
            await asyncio.sleep(delay)
            await traffic.pacer.flood_over()
            asked.append(traffic.time())

        asked: list[float] = []
        await asyncio.gather(
            *(traffic.send_after(*each) for each in sends),
            *(flood(*each) for each in floods),
            *(ask(delay) for delay, _, _ in sends),
        )

        assert len(traffic.sent) == len(asked) == len(sends)
        assert not any(begin < moment < end for moment in traffic.moments + asked for begin, end in pauses)
        assert most_in_window(traffic.moments, 1.0) <= max(1, rate)

    run(main())


@settings(max_examples=100, deadline=None)
@given(
    sends=sends,
    rate=rates,
    patience=st.lists(st.one_of(st.none(), st.floats(0, 3)), min_size=120, max_size=120),
    flood_at=st.floats(0, 3),
)
def test_cancelled_waiters_take_nothing_with_them(
    sends: list[tuple[float, int | None, Lane]], rate: float, patience: list[float | None], flood_at: float
) -> None:
    """However many give up, all others are served within the rate; a lost wake-up would stop the loop."""

    async def main() -> None:
        traffic = Traffic(rate)

        async def send(each: tuple[float, int | None, Lane], give_up: float | None) -> bool:
            try:
                async with asyncio.timeout(None if give_up is None else each[0] + give_up):
                    await traffic.send_after(*each)
            except TimeoutError:
                return False
            return True

        asyncio.get_running_loop().call_later(flood_at, traffic.pacer.flood, 0.7)
        served = await asyncio.gather(*map(send, sends, patience))

        assert all(ok for ok, give_up in zip(served, patience, strict=False) if give_up is None)
        assert sum(served) == len(traffic.sent)
        assert most_in_window(traffic.moments, 1.0) <= max(1, rate)

    run(main())


@pytest.mark.parametrize("rate", [30, 1000])
def test_the_allowed_rate_is_used_up(rate: int) -> None:
    """With enough waiters, the Pacer gives away what is allowed and leaves less than 1 % of it."""

    async def main() -> None:
        traffic = Traffic(rate)
        await asyncio.gather(*(traffic.send(chat, Lane.BROADCAST) for chat in range(1, 10 * rate + 1)))

        took = traffic.moments[-1] - traffic.moments[0]
        assert 9.9 <= took <= 10.1

    run(main())


@pytest.mark.parametrize("rate", [1, 30, 1000])
def test_there_is_no_burst_at_the_start_or_after_a_rest(rate: int) -> None:
    """What leaves at once is at most what one late timer may catch up."""

    async def main() -> None:
        traffic = Traffic(rate)
        for _ in range(2):
            traffic.sent.clear()
            await asyncio.gather(*(traffic.send(None) for _ in range(rate)))
            assert most_in_window(traffic.moments, 0.001) <= 1 + rate * SLACK
            await asyncio.sleep(60)

    run(main())


@pytest.mark.parametrize(("rate", "limit"), [(30, 0.07), (1000, TICK + 0.001)])
def test_a_reply_in_a_running_broadcast_takes_the_next_slot(rate: int, limit: float) -> None:
    """A reader who asks in the middle of a Broadcast at full rate waits for one slot only."""

    async def main() -> None:
        traffic = Traffic(rate)
        broadcast = [
            asyncio.create_task(traffic.send(chat, Lane.BROADCAST)) for chat in range(1, 5 * rate + 1)
        ]
        for reader in range(50):
            await asyncio.sleep(0.0617)
            asked_at = traffic.time()
            await traffic.send(10**9 + reader)
            assert traffic.time() - asked_at <= limit
        await asyncio.gather(*broadcast)

    run(main())


def test_a_busy_chat_holds_up_nobody_else() -> None:
    """Waiters of one chat wait for their own chat; those behind them in the lane go first."""

    async def main() -> None:
        traffic = Traffic(30)
        busy = [asyncio.create_task(traffic.send(-7, Lane.BROADCAST)) for _ in range(25)]
        await asyncio.gather(*(traffic.send(chat, Lane.BROADCAST) for chat in range(1, 31)))

        assert traffic.moments[-1] - traffic.moments[0] <= 1.2
        await asyncio.gather(*busy)
        assert traffic.moments[-1] - traffic.moments[0] >= 60

    run(main())


def test_a_reply_overtakes_a_broadcast_to_the_same_chat() -> None:
    """The lanes also rule within a chat that must rest."""

    async def main() -> None:
        traffic = Traffic(30)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CHAT_BURST + 2):
                tasks.create_task(traffic.send(5, Lane.BROADCAST))
            await asyncio.sleep(0.5)
            tasks.create_task(traffic.send(5, Lane.REPLY))

        lanes = [lane for _, _, lane in traffic.sent]
        assert lanes.index(Lane.REPLY) == CHAT_BURST

    run(main())


def test_a_reply_overtakes_the_broadcasts_ahead_of_its_own_chat_s() -> None:
    """A reply is next even if its chat already waits, with a broadcast, at the end of the other lane."""

    async def main() -> None:
        traffic = Traffic(1)
        async with asyncio.TaskGroup() as tasks:
            for chat in range(1, 6):
                tasks.create_task(traffic.send(chat, Lane.BROADCAST))
            await asyncio.sleep(0.5)
            tasks.create_task(traffic.send(5, Lane.REPLY))

        assert [(chat, lane) for _, chat, lane in traffic.sent[1:3]] == [(5, Lane.REPLY), (2, Lane.BROADCAST)]

    run(main())


def test_a_slot_granted_just_before_a_flood_is_not_used_in_it() -> None:
    """Whoever got a slot, but no turn to run before the 429, waits it out too and keeps its place."""

    async def main() -> None:
        traffic = Traffic(1)
        await traffic.send(1)
        waiting = [asyncio.create_task(traffic.send(chat)) for chat in (2, 3)]
        await asyncio.sleep(0)
        traffic.grant_after(1.0)
        traffic.pacer.flood(10)
        await asyncio.gather(*waiting)

        assert [chat for _, chat, _ in traffic.sent] == [1, 2, 3]
        assert traffic.moments[1] - traffic.moments[0] == pytest.approx(11.0)

    run(main())


def test_a_slot_granted_to_a_cancelled_waiter_goes_to_the_next() -> None:
    """A cancellation between the slot and the waiter's turn to run costs no slot, here or in its chat."""

    async def main() -> None:
        traffic = Traffic(30)
        for _ in range(CHAT_BURST - 1):
            await traffic.send(5)
        given_up = asyncio.create_task(traffic.send(5))
        next_in_chat = asyncio.create_task(traffic.send(5))
        await asyncio.sleep(0)
        traffic.grant_after(0.034)
        given_up.cancel()
        at = traffic.time()
        await next_in_chat

        assert given_up.cancelled()
        assert traffic.moments[-1] == at

    run(main())


def test_a_chat_is_not_forgotten_while_it_must_rest() -> None:
    """Other chats that come by do not wipe out what a busy one has had."""

    async def main() -> None:
        traffic = Traffic(1000)
        for chat in (5, 5, 5, *range(10, 30), 5):
            await traffic.send(chat)
        assert traffic.moments[-1] - traffic.moments[0] >= 1.0

    run(main())


def test_the_rate_falls_once_a_flood_and_grows_back() -> None:
    """Ten 429 from the same second lower the rate once; it recovers by and by, and never falls to nothing."""

    async def main() -> None:
        traffic = Traffic(30)
        pacer = traffic.pacer
        for _ in range(10):
            pacer.flood(3)
        assert pacer.rate == pytest.approx(30 * SLOWER)
        assert pacer.flooded_for == pytest.approx(3)

        await pacer.flood_over()
        assert pacer.flooded_for == 0
        assert pacer.rate == pytest.approx(30 * SLOWER)
        await asyncio.sleep(12)
        assert pacer.rate == pytest.approx(30 * SLOWER + 3)
        await asyncio.sleep(120)
        assert pacer.rate == 30

        for _ in range(20):
            pacer.flood(1)
            await pacer.flood_over()
        assert pacer.rate == pytest.approx(30 * SLOWEST, rel=0.1)

    run(main())


def test_a_longer_429_in_the_same_pause_moves_its_end_everywhere() -> None:
    """The budget hears of each later end, so that all who share it wait; the rate is lowered once."""

    class Told(Budget):
        def __init__(self) -> None:
            super().__init__(30)
            self.ends: list[float] = []

        def slow_down(self, since: float) -> None:
            super().slow_down(since)
            self.ends.append(since)

        def pause_longer(self, until: float) -> None:
            super().pause_longer(until)
            self.ends.append(until)

    async def main() -> None:
        time, budget = asyncio.get_running_loop().time, Told()
        pacer, began = Pacer(budget, clock=time), time()
        for seconds in (5, 3, 30, 10):
            pacer.flood(seconds)
        assert budget.ends == [began + 5, began + 30]
        assert pacer.flooded_for == pytest.approx(30)

        await pacer.flood_over()
        assert pacer.rate == pytest.approx(30 * SLOWER)  # nothing grew back while it lasted

    run(main())


def test_chats_at_rest_are_forgotten() -> None:
    """Memory follows the chats of the last seconds, not all that ever were."""

    async def main() -> None:
        traffic = Traffic(1000)
        for chat in range(1, 20_001):
            await traffic.send(chat, Lane.BROADCAST)
        assert len(traffic.pacer._lines) < 5000
        assert not traffic.pacer._parked

    run(main())


def test_a_slot_that_comes_back_too_late_is_gone() -> None:
    """A loop that hung for long between a slot and a cancellation neither breaks nor gains a slot."""
    budget, chat = Budget(1), ChatBudget(group=True)
    assert budget.take(0.0) == 0.0
    chat.take(0.0)
    for second in range(100, 100 + GROUP_LIMIT):
        assert budget.take(float(second)) == second
        chat.take(float(second))
    free_at = budget.take(119.0)
    budget.give_back(0.0)
    chat.give_back(0.0)

    assert budget.take(119.0) == free_at > 119.0
    assert chat.free_at() == 100.0 + GROUP_WINDOW


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_senseless_rate_is_refused(rate: float) -> None:
    """A rate that would stop everything, or nothing, is an error at the start."""
    with pytest.raises(ValueError, match="the rate must be above 0"):
        Budget(rate)


async def test_a_flood_of_one_pacer_stops_its_pair() -> None:
    """Telegram's 429 is for the bot, whichever of its two rates was met."""
    free, paid = Pacer(Budget(30)), Pacer(Budget(1000))
    free.pair(paid)
    paid.flood(5)
    assert free.flooded_for > 4
    free.flood(10)
    assert paid.flooded_for > 9
