"""The Pacer gives slots to replies before broadcasts, in order, and a busy chat delays no other."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.rate.budget import CHAT_BURST, TICK
from bot.delivery.rate.pacer import Lane
from tests.delivery.traffic import Traffic, most_in_window, rates, sends
from tests.virtualtime import run


@settings(max_examples=100, deadline=None)
@given(sends=sends, rate=rates)
def test_a_reply_never_waits_behind_a_broadcast(
    sends: list[tuple[float, int | None, Lane]], rate: float
) -> None:
    """No broadcast gets a slot while a reply that may be sent waits."""

    async def main() -> None:
        traffic = Traffic(rate)
        arrivals: dict[int, float] = {}

        async def send(number: int, delay: float, lane: Lane) -> None:
            await asyncio.sleep(delay)
            arrivals[number] = traffic.time()
            await traffic.send(number + 1, lane)

        await asyncio.gather(*(send(i, delay, lane) for i, (delay, _, lane) in enumerate(sends)))

        assert_no_broadcast_passed_a_reply(traffic, arrivals)

    run(main())


def assert_no_broadcast_passed_a_reply(traffic: Traffic, arrivals: dict[int, float]) -> None:
    """Fail if a broadcast left while a reply waited. `arrivals` is by chat - 1."""
    replies = [(arrivals[chat - 1], at) for at, chat, lane in traffic.sent if chat and lane is Lane.REPLY]
    for moment, _, lane in traffic.sent:
        if lane is Lane.BROADCAST:
            assert not any(arrived < moment < sent for arrived, sent in replies)


@settings(max_examples=100, deadline=None)
@given(sends=sends, rate=rates)
def test_each_lane_is_first_come_first_served(
    sends: list[tuple[float, int | None, Lane]], rate: float
) -> None:
    """Within a lane, and within one busy chat, nobody overtakes."""

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
    patience=st.lists(st.one_of(st.none(), st.floats(0, 3)), min_size=120, max_size=120),
    flood_at=st.floats(0, 3),
)
def test_cancelled_waiters_cost_no_slot(
    sends: list[tuple[float, int | None, Lane]], rate: float, patience: list[float | None], flood_at: float
) -> None:
    """However many waits are cancelled, all others are served within the rate."""

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


@pytest.mark.parametrize(("rate", "limit"), [(30, 0.07), (1000, TICK + 0.001)])
def test_a_reply_in_a_running_broadcast_takes_the_next_slot(rate: int, limit: float) -> None:
    """A reader who asks during a Broadcast at full rate waits for one slot only."""

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


def test_a_busy_chat_delays_no_other() -> None:
    """Waiters for one chat wait for it alone; those behind them in the lane go first."""

    async def main() -> None:
        traffic = Traffic(30)
        busy = [asyncio.create_task(traffic.send(-7, Lane.BROADCAST)) for _ in range(25)]
        await asyncio.gather(*(traffic.send(chat, Lane.BROADCAST) for chat in range(1, 31)))

        assert traffic.moments[-1] - traffic.moments[0] <= 1.2
        await asyncio.gather(*busy)
        assert traffic.moments[-1] - traffic.moments[0] >= 60

    run(main())


def test_a_reply_overtakes_a_broadcast_to_the_same_chat() -> None:
    """Replies go first within a chat that must rest, too."""

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


def test_a_reply_overtakes_broadcasts_to_other_chats() -> None:
    """A reply is next even if a broadcast to its chat waits at the end of the other lane."""

    async def main() -> None:
        traffic = Traffic(1)
        async with asyncio.TaskGroup() as tasks:
            for chat in range(1, 6):
                tasks.create_task(traffic.send(chat, Lane.BROADCAST))
            await asyncio.sleep(0.5)
            tasks.create_task(traffic.send(5, Lane.REPLY))

        assert [(chat, lane) for _, chat, lane in traffic.sent[1:3]] == [(5, Lane.REPLY), (2, Lane.BROADCAST)]

    run(main())


def test_a_slot_given_just_before_a_flood_is_not_used_in_it() -> None:
    """A waiter that got a slot but has not run before the 429 waits until its end, in its old turn."""

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


def test_a_slot_given_to_a_cancelled_waiter_goes_to_the_next() -> None:
    """A cancellation between the slot and the waiter's run costs no slot, overall or in its chat."""

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
    """Messages to other chats do not reset the limits of a busy one."""

    async def main() -> None:
        traffic = Traffic(1000)
        for chat in (5, 5, 5, *range(10, 30), 5):
            await traffic.send(chat)
        assert traffic.moments[-1] - traffic.moments[0] >= 1.0

    run(main())


def test_chats_at_rest_are_forgotten() -> None:
    """Memory grows with the chats of the last seconds, not with all chats."""

    async def main() -> None:
        traffic = Traffic(1000)
        for chat in range(1, 20_001):
            await traffic.send(chat, Lane.BROADCAST)
        assert len(traffic.pacer._queues) < 5000
        assert not traffic.pacer._parked

    run(main())
