"""The Pacer keeps the rate, uses it up, and stops after a 429."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.rate.budget import (
    CHAT_BURST,
    GROUP_LIMIT,
    GROUP_WINDOW,
    SLACK,
    SLOWER,
    SLOWEST,
    Budget,
    ChatBudget,
)
from bot.delivery.rate.pacer import Lane, Pacer
from tests.delivery.traffic import Traffic, most_in_window, rates, sends
from tests.virtualtime import run


@settings(max_examples=100, deadline=None)
@given(sends=sends, rate=rates)
def test_no_sliding_second_holds_more_than_the_rate(
    sends: list[tuple[float, int | None, Lane]], rate: float
) -> None:
    """Whatever arrives whenever, all of it leaves, within the overall limit and that of each chat."""

    async def main() -> None:
        traffic = Traffic(rate)
        await asyncio.gather(*(traffic.send_after(*send) for send in sends))

        assert len(traffic.sent) == len(sends)
        assert most_in_window(traffic.moments, 1.0) <= max(1, rate)
        assert_limits_of_chats(traffic)

    run(main())


def assert_limits_of_chats(traffic: Traffic) -> None:
    """Fail if a chat got more messages than it may."""
    by_chat = defaultdict(list)
    for moment, chat, _ in traffic.sent:
        if chat is not None:
            by_chat[chat].append(moment)
    for chat, moments in by_chat.items():
        assert most_in_window(moments, 0.99) <= CHAT_BURST
        assert most_in_window(moments, 10.0) <= CHAT_BURST + 10
        if chat < 0:
            assert most_in_window(moments, 60.0) <= GROUP_LIMIT


@settings(max_examples=100, deadline=None)
@given(
    sends=sends,
    rate=rates,
    floods=st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 40)), min_size=1, max_size=5),
)
def test_nothing_leaves_during_a_flood(
    sends: list[tuple[float, int | None, Lane]], rate: float, floods: list[tuple[float, float]]
) -> None:
    """Nothing leaves in any lane between a 429 and its end, however pauses overlap; then everything does."""

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
        assert most_in_window(traffic.moments, 1.0) <= max(1, rate)
        assert_outside(pauses, [*traffic.moments, *asked])

    run(main())


def assert_outside(pauses: list[tuple[float, float]], moments: list[float]) -> None:
    """Fail if one of the moments lies in one of the pauses."""
    assert not any(begin < moment < end for moment in moments for begin, end in pauses)


@pytest.mark.parametrize("rate", [30, 1000])
def test_the_allowed_rate_is_used_up(rate: int) -> None:
    """With enough waiters, less than 1 % of the allowed rate is left unused."""

    async def main() -> None:
        traffic = Traffic(rate)
        await asyncio.gather(*(traffic.send(chat, Lane.BROADCAST) for chat in range(1, 10 * rate + 1)))

        took = traffic.moments[-1] - traffic.moments[0]
        assert 9.9 <= took <= 10.1

    run(main())


@pytest.mark.parametrize("rate", [1, 30, 1000])
def test_there_is_no_burst_at_the_start_or_after_a_rest(rate: int) -> None:
    """At most what one late timer may catch up leaves at once."""

    async def main() -> None:
        traffic = Traffic(rate)
        for _ in range(2):
            traffic.sent.clear()
            await asyncio.gather(*(traffic.send(None) for _ in range(rate)))
            assert most_in_window(traffic.moments, 0.001) <= 1 + rate * SLACK
            await asyncio.sleep(60)

    run(main())


def test_the_rate_falls_once_a_flood_and_grows_back() -> None:
    """Ten 429 in the same second lower the rate once; it grows back afterwards."""

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

    run(main())


def test_many_floods_leave_a_tenth_of_the_rate() -> None:
    """The rate never falls to nothing."""

    async def main() -> None:
        pacer = Traffic(30).pacer
        for _ in range(20):
            pacer.flood(1)
            await pacer.flood_over()
        assert pacer.rate == pytest.approx(30 * SLOWEST, rel=0.1)

    run(main())


def test_a_longer_429_in_the_same_pause_moves_its_end_everywhere() -> None:
    """The budget gets each later end, so that all who share it wait; the rate is lowered once."""

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


def test_a_slot_that_comes_back_too_late_is_gone() -> None:
    """A loop that hung between a slot and a cancellation neither fails nor gains a slot."""
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
def test_an_impossible_rate_is_refused(rate: float) -> None:
    """A rate that would stop everything, or limit nothing, is an error at the start."""
    with pytest.raises(ValueError, match="the rate must be above 0"):
        Budget(rate)


async def test_a_flood_of_one_pacer_stops_its_pair() -> None:
    """A 429 is for the bot, whichever of its two rates was reached."""
    free, paid = Pacer(Budget(30)), Pacer(Budget(1000))
    free.pair(paid)
    paid.flood(5)
    assert free.flooded_for > 4
    free.flood(10)
    assert paid.flooded_for > 9
