"""A Broadcast pauses itself after refusals in a row; a paid one goes on unpaid without Stars."""

import asyncio
from collections import Counter
from typing import Any

import orjson
import pytest

from bot.broadcasts.reasons import RefusalsInARow
from bot.delivery import broadcast_notes
from bot.delivery.outcome import Blocked, Outcome, PaymentRefused, Rejected
from bot.delivery.sender import Sender
from storage.broadcasts import broadcasts
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import BroadcastState
from tests.factories import add_subscribers, running_broadcast
from tests.fakes import WINDOW, DeliveryWorld, FakeTelegram, OpenPacer


async def test_refusals_in_a_row_pause_the_broadcast(world: DeliveryWorld) -> None:
    """After 25 refusals the Broadcast is paused, and the reason has Telegram's last words."""
    await world.open(120)
    world.telegram.outcomes = dict.fromkeys(world.chats, Rejected("can't parse entities"))
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until_left_after(world.paused)
    assert world.pauses == [RefusalsInARow(25, "can't parse entities")]
    assert 25 <= len(world.telegram.got) < 120
    assert await world.state() is BroadcastState.PAUSED


async def test_refusals_between_successes_pause_nothing(world: DeliveryWorld) -> None:
    """A message that arrives starts the count afresh, and so does a reader who blocked us."""
    await world.open(120)
    for position, chat in enumerate(world.chats):
        if position % 20 != 10:
            world.telegram.outcomes[chat] = Rejected("x")
        elif position % 40 == 10:
            world.telegram.outcomes[chat] = Blocked()
    await world.finish(world.worker())  # a send here never waits, so they land in order
    assert world.pauses == []
    world.assert_once()


async def test_another_broadcast_does_not_hide_refusals(world: DeliveryWorld) -> None:
    """Of two Broadcasts at once the refused one pauses itself, however well the other does."""
    await world.open(60)
    world.telegram.outcomes = dict.fromkeys(world.chats, Rejected("x"))
    await add_subscribers(world.database, 60, language="uk")
    await running_broadcast(world.database, languages=("uk",))
    async with world.at_work(world.worker()):
        await world.paused.wait()
    assert world.pauses == [RefusalsInARow(25, "x")]
    assert await world.state() is BroadcastState.PAUSED


async def refused_broadcast(world: DeliveryWorld, language: str) -> int:
    """Start a Broadcast to readers of this language whose message Telegram refuses. Return its id."""
    chats = await add_subscribers(world.database, 60, language=language)
    world.telegram.outcomes |= dict.fromkeys(chats, Rejected("x"))
    return await running_broadcast(world.database, languages=(language,))


async def test_a_slow_pause_delays_no_other_broadcast(world: DeliveryWorld) -> None:
    """While it is stored, another Broadcast pauses itself, and a third one finishes."""
    first, second = [await refused_broadcast(world, language) for language in ("uk", "pl")]
    world.chats = await add_subscribers(world.database, 40)
    world.broadcast_id = await running_broadcast(world.database, languages=("en",))
    asked, go_on = set[int](), asyncio.Event()

    async def pause(broadcast_id: int, _reason: RefusalsInARow) -> None:
        asked.add(broadcast_id)
        if asked == {first, second}:
            go_on.set()
        await go_on.wait()
        async with world.database.transaction() as session:
            await broadcasts.change(session, broadcast_id, state=BroadcastState.PAUSED)

    worker = world.worker()
    worker._notes._store_pause = pause
    await world.finish(worker)
    assert asked == {first, second}
    assert (await world.progress()).sent == 40
    async with world.database.read() as session:
        states = [(await broadcasts.get(session, one)) for one in (first, second)]
    assert [one and one.state for one in states] == [BroadcastState.PAUSED] * 2


async def test_a_pause_is_stored_however_long_the_database_is_away(
    world: DeliveryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile nothing more of the Broadcast is sent, and its Ranges are not claimed again."""
    monkeypatch.setattr(broadcast_notes, "_RETRY_S", 0.0)
    await world.open(120)
    world.telegram.outcomes = dict.fromkeys(world.chats, Rejected("x"))
    worker = world.worker()
    tries, sent_then = 0, 0
    store = worker._notes._store_pause

    async def pause(broadcast_id: int, reason: RefusalsInARow) -> None:
        nonlocal tries, sent_then
        tries += 1
        if tries == 2:
            await worker.left.wait()
            sent_then = len(world.telegram.got)
        if tries < 5:
            await worker.look()
            raise DatabaseUnavailableError("away")
        await store(broadcast_id, reason)

    worker._notes._store_pause = pause
    async with world.at_work(worker):
        await world.paused.wait()
    assert await world.state() is BroadcastState.PAUSED
    assert len(world.telegram.got) == sent_then < 120
    assert await world.attempts() == [1]


async def test_a_broadcast_that_paused_itself_goes_on_after_resume(world: DeliveryWorld) -> None:
    """Each reader who was not refused has the message once."""
    await world.open(120)
    refused = dict.fromkeys(world.chats, Rejected("x"))
    world.telegram.outcomes = dict(refused)
    worker = world.worker()
    async with world.at_work(worker):
        await worker.until_left_after(world.paused)
        world.telegram.outcomes.clear()
        await world.set_state(BroadcastState.RUNNING)
        worker.wake()
        await worker.until(world.is_finished)
    world.assert_once()
    assert await world.attempts() == [2]


async def test_a_paid_broadcast_goes_on_unpaid_where_telegram_takes_no_stars(world: DeliveryWorld) -> None:
    """Nobody fails, the reason is stored once, and later sends do not ask for Stars."""
    await world.open(30, size=10)
    async with world.database.transaction() as session:
        await broadcasts.change(session, world.broadcast_id, paid=True)
    stored: list[str] = []

    async def note(_broadcast_id: int, reason: str) -> None:
        stored.append(reason)

    class Thrifty(FakeTelegram):
        """Takes no Stars."""

        paid = 0

        async def send(self, chat_id: int, body: bytes) -> Outcome:
            if orjson.loads(body).get("allow_paid_broadcast"):
                self.paid += 1
                return PaymentRefused("Bad Request: BALANCE_TOO_LOW")
            return await super().send(chat_id, body)

    telegram = Thrifty()
    sender = Sender(telegram, world.pacer, world.moved, paid=OpenPacer())
    worker = world.worker(sender=sender)
    worker._notes._store_unpaid = note
    await world.finish(worker)
    assert Counter(telegram.chats) == Counter(world.chats)
    assert stored == ["Bad Request: BALANCE_TOO_LOW"]
    assert 1 <= telegram.paid <= WINDOW + worker._limits.queue
    progress = await world.progress()
    assert (progress.sent, progress.failed) == (30, 0)


async def test_a_paid_push_waits_for_its_own_pacer(world: DeliveryWorld) -> None:
    """Its messages may cost Stars and wait for the paid Pacer, and for the free one never."""
    await world.open(12, size=10)
    async with world.database.transaction() as session:
        await broadcasts.change(session, world.broadcast_id, paid=True)
    bodies: list[dict[str, Any]] = []

    class Rich(FakeTelegram):
        async def send(self, chat_id: int, body: bytes) -> Outcome:
            bodies.append(orjson.loads(body))
            return await super().send(chat_id, body)

    telegram = Rich()
    sender = Sender(telegram, OpenPacer(slots=0), world.moved, paid=OpenPacer())
    await world.finish(world.worker(sender=sender))
    assert all(body["allow_paid_broadcast"] for body in bodies)
    assert Counter(telegram.chats) == Counter(world.chats)
