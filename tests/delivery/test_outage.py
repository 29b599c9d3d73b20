"""The outage gate in virtual time: nobody is missed and few messages come twice while Telegram is away."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import product

import pytest

from bot.delivery.outage import LONGEST_PAUSE_S, QUICK_PROBES, SLOWEST_PAUSE_S, GateDecision, OutageGate
from bot.delivery.outcome import Outcome, Sent, Slowdown, Transient
from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Pacer
from bot.delivery.sender import PendingSend, Sender
from storage.deliveries.recipients import Recipient
from storage.words import Length
from tests.virtualtime import run

ANSWER_S = 0.075
TIMEOUT_S = 8.0


class Kind(Enum):
    """How Telegram is away."""

    BAD_GATEWAY = auto()
    CLOSED = auto()
    ACCEPTED_BUT_LOST = auto()
    REFUSED = auto()
    SLOW = auto()
    FLOODED = auto()  # 429 of 30 s mixed with 502


@dataclass
class AwayTelegram:
    """A Telegram that is away, in the given way, while `away` is set."""

    away: Kind | None = None
    only_messages: bool = False  # knocks are answered all the time
    deaf: set[int] = field(default_factory=set)  # chats whose answers alone are lost
    trickle: float = 0.0  # this part of all sends fails
    answer_s: float = ANSWER_S
    got: Counter[int] = field(default_factory=Counter)
    moments: list[float] = field(default_factory=list)  # of what arrived
    probes: list[tuple[float, int]] = field(default_factory=list)  # messages on the wire while away
    knocks: list[float] = field(default_factory=list)
    on_wire: int = 0

    async def send(self, chat_id: int, _body: bytes) -> Outcome:
        self.on_wire += 1
        try:
            return await self._outcome(chat_id)
        finally:
            self.on_wire -= 1

    async def edit(self, chat_id: int, _message_id: int, body: bytes) -> Outcome:
        return await self.send(chat_id, body)

    async def delete(self, chat_id: int, _message_id: int) -> Outcome:
        return await self.send(chat_id, b"")

    async def knock(self, chat_id: int) -> Outcome | None:
        self.knocks.append(now())
        if self.away is None or self.only_messages:
            await asyncio.sleep(ANSWER_S)
            return None
        if self.away is Kind.SLOW:
            await asyncio.sleep(TIMEOUT_S)
        if self.away is Kind.FLOODED and chat_id % 2:
            return Slowdown(30)
        return Transient("no answer to a knock")

    async def _outcome(self, chat_id: int) -> Outcome:
        if self.away is not None:
            self.probes.append((now(), chat_id))
            return await self._failure(self.away, chat_id)
        await asyncio.sleep(self.answer_s)
        if random.random() < self.trickle:  # a fault is no secret
            return Transient("now and then", maybe_sent=True)
        self._take(chat_id)
        return Transient("this chat only", maybe_sent=True) if chat_id in self.deaf else Sent(1)

    async def _failure(self, away: Kind, chat_id: int) -> Outcome:
        if away in {Kind.ACCEPTED_BUT_LOST, Kind.SLOW}:
            self._take(chat_id)
        if away is Kind.SLOW:
            await asyncio.sleep(TIMEOUT_S)
        if away is Kind.FLOODED and chat_id % 2:
            return Slowdown(30)
        is_answered = away in {Kind.BAD_GATEWAY, Kind.FLOODED}
        return Transient(away.name, maybe_sent=away is not Kind.REFUSED, answered=is_answered)

    def _take(self, chat_id: int) -> None:
        self.got[chat_id] += 1
        self.moments.append(now())


@dataclass
class Push:
    """A push as the worker makes it: a limited number of sends, each with its permit."""

    telegram: AwayTelegram
    people: int
    rate: float
    set_aside: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        window = max(5, int(self.rate * 0.15))
        self.window = asyncio.Semaphore(window)
        self.size = window
        self.begun = asyncio.Semaphore(window + max(2, int(self.rate * 0.05)))
        self.pacer = Pacer(Budget(self.rate), clock=now)
        self.sender = Sender(self.telegram, self.pacer, self._moved)
        self.sender.outage = OutageGate(self.sender._knock, self.pacer.flood_over, clock=now)
        self.answered: set[int] = set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as sends:
            for chat in range(1, self.people + 1):
                await self.begun.acquire()
                sends.create_task(self._send(chat))

    async def serve_who_was_set_aside(self) -> None:
        """Try them again as the worker does: each once, after a longer wait each time."""
        wait = 5.0
        while waiting := self.set_aside:
            self.set_aside = []
            await asyncio.sleep(wait)
            for chat in waiting:
                await self.begun.acquire()
                await self._send(chat, once=True)
            wait *= 2

    async def _send(self, chat: int, *, once: bool = False) -> None:
        pending = PendingSend(self.window, once=once)
        recipient = Recipient(chat, chat, "en", Length.SHORT)
        result = await self.sender.send(recipient, b"{}", pending, may_send)
        if result is not None:
            assert result.receipt.state == "sent"
            self.answered.add(chat)
        if pending.set_aside:
            self.set_aside.append(chat)
        if pending.has_permit:
            self.window.release()
        self.begun.release()

    async def _moved(self, _old: int, _new: int) -> None:
        raise AssertionError


def now() -> float:
    return asyncio.get_running_loop().time()


async def may_send() -> bool:
    return True


@pytest.mark.parametrize(
    ("rate", "seconds", "moment"),
    [
        *product([30.0], [5.0, 30.0, 300.0], [3.0, 3.01, 3.025, 3.04]),
        *product([300.0], [5.0, 30.0, 300.0], [3.01]),
        (1000.0, 30.0, 3.01),
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_an_outage_misses_nobody_and_repeats_at_most_a_window(
    kind: Kind, rate: float, seconds: float, moment: float
) -> None:
    """All get the message, at most a window twice, and five seconds later the full rate is back."""

    async def main() -> None:
        telegram = AwayTelegram()
        push = Push(telegram, int(rate * 13), rate)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(moment)
        telegram.away = kind
        await asyncio.sleep(seconds)
        telegram.away = None
        ended = now() + push.pacer.flooded_for
        allowed = push.pacer.rate  # a 429 lowers it
        await running
        assert not push.set_aside or kind is Kind.FLOODED  # where 429 are answers, 502 are one's own trouble
        await push.serve_who_was_set_aside()
        assert push.answered == set(range(1, push.people + 1)) == set(telegram.got)
        assert telegram.got.total() - push.people <= push.size
        busy = [moment for moment in telegram.moments if ended + 5 <= moment < ended + 6]
        assert len(busy) >= 0.9 * allowed

    run(main())


@pytest.mark.parametrize("rate", [30.0, 300.0, 1000.0])
def test_a_window_that_is_full_before_the_outage_is_noticed_repeats_no_more(rate: float) -> None:
    """The last answers come so late that no send is left to fail after them. No second try leaves either."""

    async def main() -> None:
        telegram = AwayTelegram(answer_s=0.14)
        push = Push(telegram, int(rate * 13), rate)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(3)
        telegram.away = Kind.ACCEPTED_BUT_LOST
        await asyncio.sleep(30)
        telegram.away = None
        await running
        assert telegram.got.total() - push.people <= push.size

    run(main())


@pytest.mark.parametrize("kind", [Kind.BAD_GATEWAY, Kind.ACCEPTED_BUT_LOST, Kind.REFUSED, Kind.SLOW])
def test_in_an_outage_only_knocks_are_on_the_wire(kind: Kind) -> None:
    """Once the lane is closed, no message leaves while knocks are not answered."""

    async def main() -> None:
        telegram = AwayTelegram()
        push = Push(telegram, 2000, 300)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(2)
        telegram.away = kind
        await asyncio.sleep(TIMEOUT_S + 1)
        assert push.sender.outage.is_closed
        before = len(telegram.probes)
        assert before <= push.size
        await asyncio.sleep(600)
        assert len(telegram.probes) == before
        assert push.sender.outage.began.is_set()
        assert push.sender.outage.seconds == pytest.approx(600, abs=TIMEOUT_S + 2)
        telegram.away = None
        await running
        assert push.sender.outage.ended.is_set()

    run(main())


def test_where_only_messages_fail_one_reader_at_a_time_probes_in_turn() -> None:
    """While knocks are answered, one probe at a time is on the wire, each of another reader."""

    async def main() -> None:
        telegram = AwayTelegram(only_messages=True)
        push = Push(telegram, 400, 30)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(3)
        telegram.away = Kind.BAD_GATEWAY
        await asyncio.sleep(10)
        before = len(telegram.probes)
        for _ in range(100):
            await asyncio.sleep(0.5)
            assert telegram.on_wire <= 1
        probes = telegram.probes[before:]
        assert len(probes) >= 50 / (LONGEST_PAUSE_S + ANSWER_S) - 1
        chats = [chat for _, chat in probes]
        assert all(chats[one] != chats[one + 1] for one in range(len(chats) - 1))
        assert max(Counter(chats).values()) <= min(Counter(chats).values()) + 1
        telegram.away = None
        await running
        assert set(telegram.got) == set(range(1, 401))

    run(main())


def test_probes_whose_answers_are_lost_become_rare() -> None:
    """After twenty such probes the pauses grow to a minute, since each may show a message twice."""

    async def main() -> None:
        telegram = AwayTelegram(only_messages=True)
        push = Push(telegram, 200, 30)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(3)
        telegram.away = Kind.ACCEPTED_BUT_LOST
        await asyncio.sleep(3600)
        assert len(telegram.probes) <= push.size + QUICK_PROBES + 8 + 3600 / (SLOWEST_PAUSE_S / 2)
        assert telegram.probes[-1][0] - telegram.probes[-2][0] <= SLOWEST_PAUSE_S + 1
        telegram.away = None
        await running
        assert set(telegram.got) == set(range(1, 201))

    run(main())


def test_a_trickle_of_failures_neither_stops_the_lane_nor_misses_anybody() -> None:
    """When 2 % of all sends fail, 40,000 readers get the message in hardly more time."""

    async def main() -> None:
        random.seed(1)
        telegram = AwayTelegram(trickle=0.02)
        push = Push(telegram, 40_000, 1000)
        began = now()
        await push.run()
        assert now() - began <= 40 * 1.1  # 2 % more sends, and the last ones' tries
        assert len(push.set_aside) <= 3
        await push.serve_who_was_set_aside()
        assert len(push.answered) == 40_000

    run(main())


def test_a_send_that_fails_for_one_reader_alone_is_set_aside() -> None:
    """The lane stays open for others, and the reader has neither a failure nor endless tries."""

    async def main() -> None:
        telegram = AwayTelegram(deaf={50})
        push = Push(telegram, 300, 30)
        running = asyncio.create_task(push.run())
        while not running.done():
            await asyncio.sleep(0.1)
            assert not push.sender.outage.is_closed
        assert push.set_aside == [50]
        assert telegram.got[50] in {3, 4}
        assert push.answered == set(range(1, 301)) - {50}

    run(main())


def test_the_only_reader_is_set_aside_when_telegram_answers_knocks() -> None:
    """A knock shows that only this reader's sends fail, and that there is no outage."""

    async def main() -> None:
        telegram = AwayTelegram(deaf={1})
        push = Push(telegram, 1, 30)
        await push.run()
        assert push.set_aside == [1]
        assert telegram.got[1] == 3
        assert not push.sender.outage.began.is_set()

    run(main())


def test_the_only_reader_waits_while_telegram_is_away() -> None:
    """However small the push, in an outage its reader gets knocks and no copies."""

    async def main() -> None:
        telegram = AwayTelegram(away=Kind.ACCEPTED_BUT_LOST)
        push = Push(telegram, 1, 30)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(3600)
        assert telegram.got[1] == 3
        telegram.away = None
        await running
        assert push.answered == {1}

    run(main())


def test_a_429_forbids_knocks_and_a_429_to_a_knock_counts() -> None:
    """No request is made before a 429 is over, whichever request got it."""

    async def main() -> None:
        telegram = AwayTelegram()
        push = Push(telegram, 300, 30)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(3)
        telegram.away = Kind.BAD_GATEWAY
        await asyncio.sleep(10)
        assert push.sender.outage.is_closed
        push.pacer.flood(3600)
        before = now()
        await asyncio.sleep(3599)
        assert all(moment <= before for moment in telegram.knocks)
        telegram.away = Kind.FLOODED
        await asyncio.sleep(20)
        assert push.pacer.flooded_for > 0
        assert len([one for one in telegram.knocks if one > before]) <= 20
        telegram.away = None
        await running
        assert push.answered == set(range(1, 301))

    run(main())


def test_when_nobody_waits_any_more_the_lane_is_open() -> None:
    """After all sends were cancelled in an outage the lane is open, and the next send finds out."""

    async def main() -> None:
        telegram = AwayTelegram(away=Kind.REFUSED)
        push = Push(telegram, 20, 30)
        running = asyncio.create_task(push.run())
        await asyncio.sleep(20)
        outage = push.sender.outage
        assert outage.is_closed
        running.cancel()
        await asyncio.wait([running])
        assert not outage.is_closed
        assert outage.ended.is_set()

    run(main())


def test_a_late_answer_to_an_earlier_send_does_not_open_the_lane() -> None:
    """Only the answer to a probe opens it."""

    async def main() -> None:
        outage = OutageGate(
            Push(AwayTelegram(), 1, 30).sender._knock, Pacer(Budget(30)).flood_over, clock=now
        )
        early = outage.depart()
        for reader in (1, 2, 3):
            number = outage.depart()
            outage.note(Transient("x"), GateDecision.FREE, reader, number, since=number)
        assert outage.is_closed
        outage.note(Sent(1), GateDecision.FREE, 4, early, since=early)
        assert outage.is_closed
        outage.note(Slowdown(1), GateDecision.PROBE, 5, outage.depart(), since=early)
        assert not outage.is_closed

    run(main())
