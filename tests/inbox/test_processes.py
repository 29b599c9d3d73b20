"""Several processes handle updates together: in order within a chat, and those of a dead one too."""

import asyncio
import math
from collections.abc import Callable

import pytest

from bot.inbox import inbox as module
from bot.inbox.inbox import Inbox
from storage.database import Database
from storage.inbox import receivers
from tests.factories import MovableClock
from tests.inbox.fakes import OTHER, Handler, SlowTakeOver, at_work, kill, message


async def test_updates_of_one_chat_keep_their_order_across_processes(
    shared: Callable[[], Inbox], handler: Handler
) -> None:
    """The second process waits until the first is done with the chat; other chats do not wait."""
    one, two = shared(), shared()
    handler.hold()
    async with at_work(one), at_work(two):
        await one.receive(message(1))
        await handler.until(lambda: handler.begun == [1])
        await two.receive(message(2))
        await two.receive(message(3, OTHER))
        await handler.until(lambda: 3 in handler.ended)
        await one.receive(message(4))
        assert handler.begun == [1, 3]
        handler.go_on.set()
        await asyncio.gather(one.idle(), two.idle())
    assert handler.begun == [1, 3, 2, 4]


async def test_updates_of_a_dead_process_are_taken_over(
    shared: Callable[[], Inbox], handler: Handler
) -> None:
    """By one of the others, in order, before its own; a living process keeps its updates."""
    handler.hold()
    first, rest = shared(), [shared() for _ in range(3)]
    async with at_work(first) as running:
        await first.receive(message(1))
        await first.receive(message(2))
        await handler.until(lambda: handler.begun == [1])
        await kill(running)
    async with at_work(rest[0]), at_work(rest[1]), at_work(rest[2]):
        await rest[0].receive(message(3))
        await handler.until(lambda: handler.begun == [1, 1])
        handler.go_on.set()
        await handler.until(lambda: len(handler.ended) == 3)
        await asyncio.gather(*(one.idle() for one in rest))
    assert (handler.begun, handler.ended) == ([1, 1, 2, 3], [1, 2, 3])


async def test_a_process_that_was_taken_for_dead_begins_none_of_its_updates(
    shared: Callable[[], Inbox], handler: Handler
) -> None:
    """It was frozen for long. It registers again, and handles what comes then."""
    handler.hold()
    frozen, other = shared(), shared()
    async with at_work(frozen):
        await frozen.receive(message(1, OTHER))
        await handler.until(lambda: handler.ended == [1])
        await frozen.receive(message(2))
        await frozen.receive(message(3))
        await handler.until(lambda: 2 in handler.begun)
        before = frozen.heartbeat.id
        async with frozen._database.transaction() as session:
            await receivers.leave(session, before)
        frozen.heartbeat._shown_at = -math.inf
        async with at_work(other):
            await other.receive(message(4))
            handler.go_on.set()
            await handler.until(lambda: {2, 3, 4} <= set(handler.ended))
            await asyncio.gather(frozen.idle(), other.idle())
        await frozen.receive(message(5))
        await frozen.idle()
    assert frozen.heartbeat.id != before
    assert handler.begun.count(3) == handler.begun.count(4) == handler.begun.count(5) == 1
    assert handler.begun.count(2) <= 2  # it was under way


async def test_a_process_begins_nothing_after_a_long_time_without_a_beat(
    shared: Callable[[], Inbox], handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others may take it for dead by then; it goes on after its next beat."""
    inbox, elapsed = shared(), [0.0]
    monkeypatch.setattr("bot.inbox.heartbeat.elapsed_clock", lambda: elapsed[0])
    monkeypatch.setattr(module, "BEAT_S", 1_000)
    async with at_work(inbox):
        await inbox.receive(message(1, OTHER))
        await inbox.idle()
        elapsed[0] += 8.5
        await inbox.receive(message(2, OTHER))
        assert handler.begun == [1]
        assert await inbox.heartbeat.beat()
        await inbox.idle()
    assert handler.begun == [1, 2]


async def test_the_oldest_process_leads(shared: Callable[[], Inbox]) -> None:
    """When it ends, the next one does."""
    one, two = shared(), shared()
    async with at_work(two):
        async with at_work(one):
            await asyncio.gather(one.receive(message(1)), two.receive(message(2)))
            await two.heartbeat.beat()
            leads = [one.heartbeat.leads(), two.heartbeat.leads()]
            assert sorted(leads) == [False, True]
        await two.heartbeat.beat()
        assert two.heartbeat.leads()


async def test_an_update_passes_none_that_its_own_process_just_took_over(
    database: Database, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between taking rows over and queueing them, the process looks whether the chat is free."""
    slow = SlowTakeOver(database, monkeypatch)
    dead, other = Inbox(database, clock, handler, alone=False), Inbox(slow, clock, handler, alone=False)
    handler.hold()
    async with at_work(dead) as running:
        await dead.receive(message(1))
        await dead.receive(message(2))
        await handler.until(lambda: handler.begun == [1])
        async with at_work(other):
            await other.receive(message(3))
            await kill(running)
            monkeypatch.setattr(module, "BEAT_S", 0.02)  # earlier, a slow one would count as dead
            await handler.until(lambda: len(handler.begun) == 2)
            handler.go_on.set()
            await other.idle()
    assert (slow.waited, handler.begun, handler.ended) == (True, [1, 1, 2, 3], [1, 2, 3])
