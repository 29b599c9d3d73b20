"""The worker when the database or our own code fails: no receipt is lost, and nobody gets a message twice."""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from bot.delivery import receipts as receipt_writer
from bot.delivery import worker as working
from bot.delivery.leased_range import LEASE_S
from bot.delivery.sender import MaySend, PendingSend, Sender, SendResult
from storage.deliveries import leases, receipts, recipients
from storage.deliveries.receipts import Receipt
from storage.deliveries.recipients import Recipient
from storage.engine.unavailable import DatabaseRefusedError, DatabaseUnavailableError
from storage.words import BroadcastState
from tests.factories import Elapsed, get_subscriber
from tests.fakes import WINDOW, DeliveryWorld


async def test_after_an_error_of_ours_the_worker_can_run_again(
    world: DeliveryWorld, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error while a Range is read ends the run; the next run misses and repeats nobody."""
    await world.open(40, size=10)
    worker = world.worker()
    monkeypatch.setattr(recipients, "due", failing_once(monkeypatch, recipients, "due"))
    with pytest.raises(ExceptionGroup):
        await worker.run()

    async def finished() -> bool:
        elapsed.now += LEASE_S
        return await world.is_finished()

    async with world.at_work(worker):
        await worker.until(finished)
    world.assert_once()
    assert (await world.progress()).sent == 40
    assert worker._window._permits._value == WINDOW


def failing_once(monkeypatch: pytest.MonkeyPatch, module: Any, verb: str) -> Any:
    """Return a stand-in for a function of ours: it restores the real one and raises."""
    real = getattr(module, verb)

    async def fail(*_given: object, **_named: object) -> None:
        monkeypatch.setattr(module, verb, real)
        raise ZeroDivisionError("ours")

    return fail


@pytest.mark.parametrize(
    "trouble",
    [DatabaseUnavailableError("database is locked"), DatabaseRefusedError("wrong password")],
    ids=["locked", "refused"],
)
async def test_receipts_are_written_again_after_the_database_fails(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """No receipt is lost, nobody gets a message twice, and meanwhile at most a window is sent."""
    monkeypatch.setattr(receipt_writer, "_RETRY_S", 0.0)
    await world.open(30)
    left, out_meanwhile = 5, 0
    write = receipts.write

    async def failing(*given: Any, **named: Any) -> bool:
        nonlocal left, out_meanwhile
        left -= 1
        if left >= 0:
            out_meanwhile = max(out_meanwhile, len(world.telegram.got))
            raise trouble
        return await write(*given, **named)

    monkeypatch.setattr(receipts, "write", failing)
    await world.finish(world.worker())
    assert left < 0
    assert out_meanwhile <= WINDOW
    world.assert_once()
    assert set(await world.receipts()) == set(world.chats)
    assert (await world.progress()).sent == 30


async def test_a_receipt_that_cannot_be_written_delays_no_other(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its state is written without the rest, the others are complete, and one traceback is logged."""
    await world.open(12)
    write = receipts.write
    whose = (await get_subscriber(world.database, world.chats[4])).id

    async def failing(session: Any, lease: Any, batch: Sequence[Receipt], **named: Any) -> bool:
        if any(one.subscriber_id == whose and one.message_id for one in batch):
            raise ValueError("a fault of ours")
        return await write(session, lease, batch, **named)

    monkeypatch.setattr(receipts, "write", failing)
    await world.finish(world.worker())
    world.assert_once()
    assert (await world.progress()).sent == 12
    assert [bool(one.exc_info) for one in caplog.records if one.levelno == logging.ERROR] == [True]


async def test_receipts_that_cannot_be_written_at_all_stop_the_sending(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody gets a message twice: the window fills, and the worker counts its unwritten receipts."""
    await world.open(30)

    full = asyncio.Event()

    async def failing(*_given: Any, **_named: Any) -> bool:
        if worker.unwritten == WINDOW - 1:
            full.set()
        raise ValueError("a fault of ours")

    monkeypatch.setattr(receipts, "write", failing)
    worker = world.worker()
    run = asyncio.create_task(worker.run())
    await asyncio.wait_for(full.wait(), 60)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
    assert len(world.telegram.got) == WINDOW
    assert [bool(one.exc_info) for one in caplog.records if one.levelno == logging.ERROR].count(True) == 1


@pytest.mark.parametrize(
    ("module", "verb"),
    [
        (leases, "is_anything_open"),
        (leases, "claim"),
        (leases, "is_workable"),
        (recipients, "due"),
        (leases, "close"),
    ],
    ids=["is_anything_open", "claim", "is_workable", "due", "close"],
)
async def test_the_worker_survives_a_database_that_fails_elsewhere(
    world: DeliveryWorld, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch, module: Any, verb: str
) -> None:
    """A Range that it could not read or close is claimed again when its lease has ended."""
    monkeypatch.setattr(working, "_RETRY_S", 0.0)
    await world.open(10)
    real = getattr(module, verb)

    async def failing(*_given: Any, **_named: Any) -> Any:
        monkeypatch.setattr(module, verb, real)
        raise DatabaseUnavailableError

    monkeypatch.setattr(module, verb, failing)
    worker = world.worker()

    async def finished() -> bool:
        elapsed.now += LEASE_S
        return await world.is_finished()

    async with world.at_work(worker):
        await worker.until(finished)
    assert getattr(module, verb) is real
    world.assert_once()


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("seed", range(6))
async def test_the_window_neither_grows_nor_shrinks(world: DeliveryWorld, seed: int) -> None:
    """After sends that fail in every way, before and after they took a permit, there are as many permits as
    before.
    """
    chance = random.Random(seed)  # no secret
    await world.open(80, size=20)
    left: dict[int, int] = dict.fromkeys(world.chats, 3)  # faults that each meets at the most

    class Faulty(Sender):
        async def send(
            self, recipient: Recipient, body: bytes, pending: PendingSend, may_send: MaySend
        ) -> SendResult | None:
            left[recipient.chat_id] -= 1
            fault = chance.choice("abcdef") if left[recipient.chat_id] >= 0 else ""
            if fault == "a":
                raise ZeroDivisionError("before it took a permit")
            if fault == "b":
                return None
            if fault == "c":
                await pending.take_permit()
                raise ZeroDivisionError("after it took a permit")
            if fault == "d":
                await pending.take_permit()
                return None
            if fault == "e":
                pending.set_aside = True
                return None
            return await super().send(recipient, body, pending, may_send)

    worker = world.worker(sender=Faulty(world.telegram, world.pacer, world.moved))
    most = 0

    async def watch() -> bool:
        nonlocal most
        most = max(most, worker._window._permits._value)
        world.clock.advance(seconds=1)
        return await world.state() in {BroadcastState.FINISHED, BroadcastState.PAUSED}

    async with world.at_work(worker):
        await worker.until(watch)
    assert most <= WINDOW
    assert worker._window._permits._value == WINDOW
    assert worker._window._begun._value == WINDOW + worker._limits.queue
    assert not worker._window._sends
