"""One message to one Subscriber: what each Outcome leads to."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bot.delivery import outage
from bot.delivery import sender as module
from bot.delivery.budget import Budget
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
from bot.delivery.pacer import Lane, Pacer
from bot.delivery.sender import TRIES, PendingSend, Sender, SendResult
from storage.deliveries.deliveries import Receipt, Recipient
from storage.words import DeliveryState, Length, SubscriberState
from tests.virtualtime import run

BODY = b'{"text":"Hello"}'
ANNA = Recipient(subscriber_id=7, chat_id=5_000_000_001, language="en", length=Length.SHORT)
UNSENT = Transient("no connection")
DOUBTFUL = Transient("no answer", maybe_sent=True)


class OpenPacer(Pacer):
    """Lets everybody pass at once, and remembers who did."""

    def __init__(self) -> None:
        super().__init__(Budget(30))
        self.slots: list[tuple[int | str | None, Lane]] = []
        self.floods: list[float] = []

    async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
        self.slots.append((chat_id, lane))

    def flood(self, seconds: float) -> None:
        self.floods.append(seconds)


class Script:
    """A messenger that answers with what it was given, in turn."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[tuple[int, bytes]] = []
        self.changed: list[tuple[str, int]] = []
        self.flight = PendingSend()
        self.knocks = 0
        self.on_wire: list[bool] = []

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        self.calls.append((chat_id, body))
        self.on_wire.append(self.flight.on_wire)
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


class Post:
    """A Sender with a scripted messenger, and all that it touches."""

    def __init__(self, *outcomes: Outcome, allowed: int = 1000) -> None:
        self.messenger = Script(*outcomes)
        self.pacer = OpenPacer()
        self.moves: list[tuple[int, int]] = []
        self.allowed = allowed  # how often we may ask to send before the answer is no

    async def moved(self, old: int, new: int) -> None:
        self.moves.append((old, new))

    async def may_send(self) -> bool:
        self.allowed -= 1
        return self.allowed >= 0

    async def send(self, recipient: Recipient = ANNA) -> SendResult | None:
        self.sender = made = Sender(self.messenger, self.pacer, self.moved)
        verdict = await made.send(recipient, BODY, self.messenger.flight, self.may_send)
        assert not self.messenger.flight.on_wire
        assert all(self.messenger.on_wire)
        return verdict


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many failures there had been before each wait; nothing is waited for."""
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
async def test_an_outcome_that_is_final_is_told_at_once(outcome: Outcome, expected: SendResult) -> None:
    """One try, in the broadcast's lane, and its verdict."""
    post = Post(outcome)
    assert await post.send() == expected
    assert post.messenger.calls == [(ANNA.chat_id, BODY)]
    assert post.pacer.slots == [(ANNA.chat_id, Lane.BROADCAST)]


async def test_a_long_reason_fits_its_column() -> None:
    """200 characters are kept of it."""
    verdict = await Post(Rejected("x" * 5000)).send()
    assert verdict is not None
    assert verdict.receipt.reason == "x" * 200


@pytest.mark.parametrize("failure", [UNSENT, DOUBTFUL])
def test_an_outage_fails_nobody(waits: list[int], failure: Transient) -> None:
    """Whether it surely did not arrive or may have: it waits, and knocks, until it does."""

    async def main() -> None:
        post = Post(failure, failure, failure, failure, Sent(11))
        assert await post.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
        assert waits == [1, 2]  # after the third it waits at the gate
        assert post.messenger.knocks == 4  # the second and the fourth were answered
        assert not post.sender.outage.is_closed

    run(main())


async def test_what_fails_while_others_are_answered_is_set_aside(waits: list[int]) -> None:
    """No receipt says so: its reader waits, and is not given up."""

    class Busy(Script):
        async def send(self, chat_id: int, body: bytes) -> Outcome:
            number = post.sender.outage.depart()  # somebody else's
            post.sender.outage.heard(Sent(1), outage.GateDecision.FREE, 99, number, since=number)
            return await super().send(chat_id, body)

    post = Post()
    post.messenger = Busy(*[DOUBTFUL] * 10)
    assert await post.send() is None
    assert post.messenger.flight.set_aside
    assert len(post.messenger.calls) == TRIES
    post.messenger.flight = PendingSend(once=True)
    assert await post.send() is None
    assert len(post.messenger.calls) == TRIES + 1


async def test_a_refused_payment_is_left_out(waits: list[int]) -> None:
    """The same message goes unpaid, and the flight tells why; unpaid, the same words refuse the message."""
    post = Post(PaymentRefused("BALANCE_TOO_LOW"), Sent(11))
    post.messenger.flight = PendingSend(paid=True)
    assert await post.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
    assert post.messenger.flight.unpaid == "BALANCE_TOO_LOW"
    assert [b"allow_paid_broadcast" in body for _, body in post.messenger.calls] == [True, False]
    refused = await Post(PaymentRefused("BALANCE_TOO_LOW")).send()
    assert refused == SendResult(receipt(DeliveryState.FAILED, reason="BALANCE_TOO_LOW"), rejected=True)


async def test_one_lost_answer_is_tried_again(waits: list[int]) -> None:
    """Nobody is missed, at the price of the rare message that is seen twice."""
    assert await Post(DOUBTFUL, Sent(11)).send() == SendResult(receipt(DeliveryState.SENT, message_id=11))


async def test_a_slowdown_is_told_to_the_pacer_and_costs_no_try(waits: list[int]) -> None:
    """Waiting is the Pacer's, for every lane; it is no failure, however often it comes."""
    post = Post(*[Slowdown(3.5)] * 10, Sent(11))
    assert await post.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
    assert post.pacer.floods == [3.5] * 10
    assert waits == []


async def test_a_group_that_moved_is_followed(waits: list[int]) -> None:
    """The new id is noted, gets the message at once, and the receipt is the same Subscriber's."""
    post = Post(Moved(-1001), Sent(11))
    assert await post.send() == SendResult(receipt(DeliveryState.SENT, message_id=11))
    assert post.moves == [(ANNA.chat_id, -1001)]
    assert [chat for chat, _ in post.messenger.calls] == [ANNA.chat_id, -1001]
    assert post.pacer.slots[1] == (-1001, Lane.BROADCAST)


async def test_nothing_is_sent_where_we_may_not() -> None:
    """Neither a slot is taken nor Telegram asked, and there is no receipt."""
    post = Post(Sent(11), allowed=0)
    assert await post.send() is None
    assert post.messenger.calls == []
    assert post.pacer.slots == []


async def test_it_is_asked_again_after_the_wait_for_a_slot() -> None:
    """The lease may have been lost while we queued."""
    post = Post(Sent(11), allowed=1)
    assert await post.send() is None
    assert post.messenger.calls == []


@pytest.mark.parametrize("outcome", [UNSENT, DOUBTFUL, Slowdown(1), Moved(-1001)])
async def test_it_is_asked_again_before_each_further_try(outcome: Outcome, waits: list[int]) -> None:
    """Whatever the first try came to, a stopped or lost worker does not make a second one."""
    post = Post(outcome, Sent(11), allowed=2)
    assert await post.send() is None
    assert len(post.messenger.calls) == 1


async def test_nobody_waits_for_a_try_that_will_not_be_made(waits: list[int]) -> None:
    """A stop need not sit out the wait after a failure."""
    assert await Post(UNSENT, Sent(11), allowed=2).send() is None
    assert waits == []


async def test_a_send_that_waits_for_its_slot_is_not_on_the_wire() -> None:
    """It may be cancelled; one that Telegram has may not."""
    entered = asyncio.Event()

    class ClosedPacer(OpenPacer):
        async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
            await super().acquire(chat_id, lane)
            entered.set()
            await asyncio.get_running_loop().create_future()

    post, flight = Post(Sent(11)), PendingSend()
    waiting = asyncio.create_task(
        Sender(post.messenger, ClosedPacer(), post.moved).send(ANNA, BODY, flight, post.may_send)
    )
    await entered.wait()
    assert not flight.on_wire
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert post.messenger.calls == []


@pytest.mark.parametrize("failures", [1, 2, 5, 10, 5000])
def test_waits_grow_and_end_at_two_seconds(failures: int) -> None:
    """Doubled each time, half of it by chance, never more than 2 seconds."""
    longest = min(2.0, 0.5 * 2 ** min(failures, 6))
    for _ in range(50):
        assert longest / 2 <= module._wait(failures) <= longest


async def test_whoever_has_the_message_sees_it_edited() -> None:
    """A recipient with a message gets an edit in the same chat, and the receipt names that message."""
    post = Post(Sent(77))
    verdict = await post.send(replace(ANNA, message_id=77))
    assert verdict == SendResult(receipt(DeliveryState.SENT, message_id=77))
    assert post.messenger.changed == [("edit", 77)]
    assert post.messenger.calls == [(ANNA.chat_id, BODY)]


async def test_a_withdrawn_message_is_deleted() -> None:
    """A recipient whose message can still be deleted gets no edit but a deletion."""
    post = Post(Sent(77))
    await post.send(replace(ANNA, message_id=77, delete=True))
    assert post.messenger.changed == [("delete", 77)]


async def test_a_message_that_its_reader_deleted_is_skipped() -> None:
    """A message that is not there any more is no failure, and does not count as a refusal."""
    verdict = await Post(Missing()).send(replace(ANNA, message_id=77))
    assert verdict is not None
    assert verdict.receipt.state is DeliveryState.SKIPPED
    assert not verdict.rejected


async def test_a_closed_topic_is_left_for_the_general_one() -> None:
    """The body names the topic; where that is shut the same goes out once more without it."""
    post = Post(TopicClosed("Topic_closed"), Sent(12))
    verdict = await post.send(replace(ANNA, forum_topic=77))
    assert verdict == SendResult(receipt(DeliveryState.SENT, message_id=12))
    bodies = [orjson.loads(body) for _, body in post.messenger.calls]
    assert bodies == [{"message_thread_id": 77, **orjson.loads(BODY)}, orjson.loads(BODY)]


async def test_a_group_that_takes_nothing_anywhere_fails_alone() -> None:
    """Its general topic is shut too: that ends the try, and says nothing about the message."""
    post = Post(TopicClosed("Topic_closed"))
    assert await post.send() == SendResult(receipt(DeliveryState.FAILED, reason="Topic_closed"))
