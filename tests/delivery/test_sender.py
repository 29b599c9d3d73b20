"""One message to one Subscriber: what each Outcome leads to."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bot.delivery import outage
from bot.delivery import sender as module
from bot.delivery.outcome import (
    Blocked,
    Gone,
    Missing,
    Moved,
    Outcome,
    PaymentRefused,
    Rejected,
    Sent,
    Slowdown,
    TopicClosed,
    Transient,
)
from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Lane, Pacer
from bot.delivery.sender import TRIES, PendingSend, Sender, SendResult
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Recipient
from storage.words import DeliveryState, Length, SubscriberState
from tests.virtualtime import run

BODY = b'{"text":"Hello"}'
ANNA = Recipient(subscriber_id=7, chat_id=5_000_000_001, language="en", length=Length.SHORT)
UNSENT = Transient("no connection")
DOUBTFUL = Transient("no answer", maybe_sent=True)


class RecordingPacer(Pacer):
    """A Pacer that gives every slot at once and records the waits and the floods."""

    def __init__(self) -> None:
        super().__init__(Budget(30))
        self.slots: list[tuple[int | str | None, Lane]] = []
        self.floods: list[float] = []

    async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
        self.slots.append((chat_id, lane))

    def flood(self, seconds: float) -> None:
        self.floods.append(seconds)


class ScriptedMessenger:
    """A Messenger that answers with given Outcomes, in their order."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[tuple[int, bytes]] = []
        self.changed: list[tuple[str, int]] = []
        self.pending = PendingSend()
        self.knocks = 0
        self.on_wire: list[bool] = []

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        self.calls.append((chat_id, body))
        self.on_wire.append(self.pending.on_wire)
        return self.outcomes.pop(0)

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        self.changed.append(("edit", message_id))
        return await self.send(chat_id, body)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        self.changed.append(("delete", message_id))
        return await self.send(chat_id, b"")

    async def knock(self, _chat_id: int) -> Outcome | None:
        self.knocks += 1
        return Transient("no answer") if self.knocks % 2 else None


class SenderWorld:
    """A Sender with a ScriptedMessengeredMessenger, and everything that it touches."""

    def __init__(self, *outcomes: Outcome, allowed: int = 1000) -> None:
        self.messenger = ScriptedMessenger(*outcomes)
        self.pacer = RecordingPacer()
        self.moves: list[tuple[int, int]] = []
        self.allowed = allowed  # how often we may ask to send before the answer is no

    async def moved(self, old: int, new: int) -> None:
        self.moves.append((old, new))

    async def may_send(self) -> bool:
        self.allowed -= 1
        return self.allowed >= 0

    async def send(self, recipient: Recipient = ANNA) -> SendResult | None:
        self.sender = made = Sender(self.messenger, self.pacer, self.moved)
        result = await made.send(recipient, BODY, self.messenger.pending, self.may_send)
        assert not self.messenger.pending.on_wire
        assert all(self.messenger.on_wire)
        return result


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record how many failures came before each wait, and wait for nothing."""
    asked: list[int] = []

    def no_wait(failures: int) -> float:
        asked.append(failures)
        return 0.0

    monkeypatch.setattr(module, "_wait", no_wait)
    return asked


def receipt(state: DeliveryState, **more: Any) -> Receipt:
    return Receipt(ANNA.subscriber_id, state, **more)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Sent(11), SendResult(receipt(DeliveryState.SENT, message_id=11))),
        (
            Blocked(),
            SendResult(
                receipt(DeliveryState.FAILED, reason="blocked", blocked=True), SubscriberState.BLOCKED
            ),
        ),
        (
            Gone(),
            SendResult(receipt(DeliveryState.FAILED, reason="gone", blocked=True), SubscriberState.GONE),
        ),
        (Rejected("bad"), SendResult(receipt(DeliveryState.FAILED, reason="bad"), rejected=True)),
    ],
)
async def test_a_final_outcome_is_the_result_at_once(outcome: Outcome, expected: SendResult) -> None:
    """One try in the lane of Broadcasts gives the result."""
    world = SenderWorld(outcome)
    assert await world.send() == expected
    assert world.messenger.calls == [(ANNA.chat_id, BODY)]
    assert world.pacer.slots == [(ANNA.chat_id, Lane.BROADCAST)]


async def test_a_long_reason_fits_its_column() -> None:
    """A reason keeps its first 200 characters."""
    result = await SenderWorld(Rejected("x" * 5000)).send()
    assert result is not None
    assert result.receipt.reason == "x" * 200


@pytest.mark.parametrize("failure", [UNSENT, DOUBTFUL])
def test_an_outage_fails_nobody(waits: list[int], failure: Transient) -> None:
    """Whether a message surely did not arrive or may have, it waits, and knocks, until it does."""

    async def main() -> None:
        world = SenderWorld(failure, failure, failure, failure, Sent(11))
        assert await world.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
        assert waits == [1, 2]  # after the third it waits at the gate
        assert world.messenger.knocks == 4  # the second and the fourth were answered
        assert not world.sender.outage.is_closed

    run(main())


async def test_a_send_that_fails_while_others_are_answered_is_set_aside(waits: list[int]) -> None:
    """It has no receipt, and gets one more try each later time."""

    class Busy(ScriptedMessenger):
        async def send(self, chat_id: int, body: bytes) -> Outcome:
            number = world.sender.outage.depart()  # somebody else's
            world.sender.outage.note(Sent(1), outage.GateDecision.FREE, 99, number, since=number)
            return await super().send(chat_id, body)

    world = SenderWorld()
    world.messenger = Busy(*[DOUBTFUL] * 10)
    assert await world.send() is None
    assert world.messenger.pending.set_aside
    assert len(world.messenger.calls) == TRIES
    world.messenger.pending = PendingSend(once=True)
    assert await world.send() is None
    assert len(world.messenger.calls) == TRIES + 1


async def test_after_a_refused_payment_the_message_goes_unpaid(waits: list[int]) -> None:
    """The send has the reason; when it is unpaid already, the same answer refuses the message."""
    world = SenderWorld(PaymentRefused("BALANCE_TOO_LOW"), Sent(11))
    world.messenger.pending = PendingSend(paid=True)
    assert await world.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
    assert world.messenger.pending.unpaid == "BALANCE_TOO_LOW"
    assert [b"allow_paid_broadcast" in body for _, body in world.messenger.calls] == [True, False]
    refused = await SenderWorld(PaymentRefused("BALANCE_TOO_LOW")).send()
    assert refused == SendResult(receipt(DeliveryState.FAILED, reason="BALANCE_TOO_LOW"), rejected=True)


async def test_one_lost_answer_is_tried_again(waits: list[int]) -> None:
    """A message whose answer was lost is sent again, and rarely seen twice."""
    assert await SenderWorld(DOUBTFUL, Sent(11)).send() == SendResult(
        receipt(DeliveryState.SENT, message_id=11)
    )


async def test_a_429_stops_the_pacer_and_costs_no_try(waits: list[int]) -> None:
    """However often it comes, the send waits without a failure."""
    world = SenderWorld(*[Slowdown(3.5)] * 10, Sent(11))
    assert await world.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
    assert world.pacer.floods == [3.5] * 10
    assert waits == []


async def test_a_group_that_moved_is_followed(waits: list[int]) -> None:
    """The new id is stored and gets the message at once, and the receipt is of the same Subscriber."""
    world = SenderWorld(Moved(-1001), Sent(11))
    assert await world.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
    assert world.moves == [(ANNA.chat_id, -1001)]
    assert [chat for chat, _ in world.messenger.calls] == [ANNA.chat_id, -1001]
    assert world.pacer.slots[1] == (-1001, Lane.BROADCAST)


async def test_nothing_is_sent_where_it_may_not() -> None:
    """No slot is taken, no request made, and there is no receipt."""
    world = SenderWorld(Sent(11), allowed=0)
    assert await world.send() is None
    assert world.messenger.calls == []
    assert world.pacer.slots == []


async def test_permission_is_asked_again_after_the_wait_for_a_slot() -> None:
    """The lease may have been lost in the meantime."""
    world = SenderWorld(Sent(11), allowed=1)
    assert await world.send() is None
    assert world.messenger.calls == []


@pytest.mark.parametrize("outcome", [UNSENT, DOUBTFUL, Slowdown(1), Moved(-1001)])
async def test_permission_is_asked_again_before_each_try(outcome: Outcome, waits: list[int]) -> None:
    """Whatever the first try led to, a stopped worker makes no second one."""
    world = SenderWorld(outcome, Sent(11), allowed=2)
    assert await world.send() is None
    assert len(world.messenger.calls) == 1


async def test_no_wait_comes_before_a_try_that_may_not_be_made(waits: list[int]) -> None:
    """A stop does not wait after a failure."""
    assert await SenderWorld(UNSENT, Sent(11), allowed=2).send() is None
    assert waits == []


async def test_a_send_that_waits_for_its_slot_is_not_on_the_wire() -> None:
    """It may be cancelled; one that is on the wire may not."""
    entered = asyncio.Event()

    class ClosedPacer(RecordingPacer):
        async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
            await super().acquire(chat_id, lane)
            entered.set()
            await asyncio.get_running_loop().create_future()

    world, pending = SenderWorld(Sent(11)), PendingSend()
    waiting = asyncio.create_task(
        Sender(world.messenger, ClosedPacer(), world.moved).send(ANNA, BODY, pending, world.may_send)
    )
    await entered.wait()
    assert not pending.on_wire
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert world.messenger.calls == []


@pytest.mark.parametrize("failures", [1, 2, 5, 10, 5000])
def test_waits_grow_and_end_at_two_seconds(failures: int) -> None:
    """Waits double up to two seconds, and half of each is random."""
    longest = min(2.0, 0.5 * 2 ** min(failures, 6))
    for _ in range(50):
        assert longest / 2 <= module._wait(failures) <= longest


async def test_a_message_that_exists_is_edited() -> None:
    """The edit goes to the same chat, and the receipt names the same message."""
    world = SenderWorld(Sent(77))
    result = await world.send(replace(ANNA, message_id=77))
    assert result == SendResult(receipt(DeliveryState.SENT, message_id=77))
    assert world.messenger.changed == [("edit", 77)]
    assert world.messenger.calls == [(ANNA.chat_id, BODY)]


async def test_a_withdrawn_message_is_deleted() -> None:
    """A message that can still be deleted is deleted and not edited."""
    world = SenderWorld(Sent(77))
    await world.send(replace(ANNA, message_id=77, delete=True))
    assert world.messenger.changed == [("delete", 77)]


async def test_a_message_that_its_reader_deleted_is_skipped() -> None:
    """It is neither a failure nor a refusal."""
    result = await SenderWorld(Missing()).send(replace(ANNA, message_id=77))
    assert result is not None
    assert result.receipt.state is DeliveryState.SKIPPED
    assert not result.rejected


async def test_a_message_to_a_closed_topic_goes_to_the_general_one() -> None:
    """The same message is sent once more without the topic."""
    world = SenderWorld(TopicClosed("Topic_closed"), Sent(12))
    result = await world.send(replace(ANNA, forum_topic=77))
    assert result == SendResult(receipt(DeliveryState.SENT, message_id=12))
    bodies = [orjson.loads(body) for _, body in world.messenger.calls]
    assert bodies == [{"message_thread_id": 77, **orjson.loads(BODY)}, orjson.loads(BODY)]


async def test_a_group_with_all_topics_closed_fails_alone() -> None:
    """Its failure says nothing about the message."""
    world = SenderWorld(TopicClosed("Topic_closed"))
    assert await world.send() == SendResult(receipt(DeliveryState.FAILED, reason="Topic_closed"))
