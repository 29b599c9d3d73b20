"""The inbox: each update is handled once, in order within its chat, and side by side with others."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.inbox import inbox as module
from bot.inbox.inbox import KEPT_FOR, FullError, Inbox
from storage.database import Database
from storage.inbox import inbox as stored
from tests.factories import MovableClock
from tests.inbox.fakes import CHAT, OTHER, Handler, at_work, message, rows_of


async def test_an_update_is_confirmed_before_it_is_handled(
    inbox: Inbox, handler: Handler, database: Database
) -> None:
    """While a handler waits, `receive` has returned, and the update is in the database."""
    handler.hold()
    async with at_work(inbox):
        await inbox.receive(message(1))
        await handler.until(lambda: handler.begun == [1])
        [row] = await rows_of(database)
        assert (row.update_id, row.chat_id, row.content is None) == (1, CHAT, False)
        handler.go_on.set()
        await inbox.idle()
    assert handler.ended == [1]


async def test_only_the_number_of_an_update_stays_when_it_is_done(inbox: Inbox, database: Database) -> None:
    """The row has its number and when it came, and nothing else."""
    async with at_work(inbox):
        await inbox.receive(message(1, text="zebrafish"))
        await inbox.idle()
    [row] = await rows_of(database)
    assert (row.update_id, row.chat_id, row.content, row.job, row.receiver_id) == (
        1,
        None,
        None,
        None,
        None,
    )


async def test_an_update_that_comes_again_is_handled_once(
    inbox: Inbox, shared: Callable[[], Inbox], handler: Handler
) -> None:
    """It comes five times at once, then later, then to another process."""
    elsewhere = shared()
    async with at_work(inbox), at_work(elsewhere):
        await asyncio.gather(*(inbox.receive(message(1)) for _ in range(5)))
        await inbox.idle()
        await inbox.receive(message(1))
        await elsewhere.receive(message(1))
        await asyncio.gather(inbox.idle(), elsewhere.idle())
    assert handler.begun == [1]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=2), timedelta(days=-2)])
async def test_no_jump_of_the_clock_makes_an_update_handled_twice(
    inbox: Inbox, handler: Handler, clock: MovableClock, jump: timedelta
) -> None:
    """Neither while it is handled nor afterwards, although old numbers are pruned."""
    handler.hold()
    async with at_work(inbox):
        await inbox.receive(message(1))
        await handler.until(lambda: handler.begun == [1])
        clock.now += jump
        await inbox.prune()
        await inbox.receive(message(1))
        handler.go_on.set()
        await inbox.idle()
        await inbox.prune()
        await inbox.receive(message(1))
        await inbox.idle()
    assert handler.begun == [1]


async def test_updates_of_one_chat_keep_their_order(inbox: Inbox, handler: Handler) -> None:
    """The next update of a chat begins when the one before has ended."""
    handler.hold()
    async with at_work(inbox):
        await asyncio.gather(*(inbox.receive(message(number)) for number in range(1, 6)))
        await handler.until(lambda: bool(handler.begun))
        assert handler.begun == [1]
        handler.go_on.set()
        await inbox.idle()
    assert handler.begun == handler.ended == [1, 2, 3, 4, 5]


async def test_a_slow_chat_holds_up_no_other_chat(inbox: Inbox, handler: Handler) -> None:
    """One chat waits with many updates; another chat is answered."""
    handler.hold()
    async with at_work(inbox):
        for number in range(1, 4 * module.WORKING):
            await inbox.receive(message(number))
        await inbox.receive(message(1000, OTHER))
        await handler.until(lambda: handler.ended == [1000])
        assert handler.begun == [1, 1000]
        handler.go_on.set()


async def test_nothing_stays_in_memory_of_a_chat_that_is_done(inbox: Inbox, handler: Handler) -> None:
    """No queue, no counter; also after a handler has failed."""
    handler.errors.append(ValueError("broken"))
    async with at_work(inbox):
        for number in range(1, 8):
            await inbox.receive(message(number, number))
        await inbox.idle()
    assert (inbox._updates._queues, inbox.waiting, inbox._remembered) == ({}, 0, 0)


async def test_an_update_whose_handler_fails_is_logged_and_done(
    inbox: Inbox, handler: Handler, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The chat's next update is handled, and the log holds no text of a reader."""
    handler.errors.append(ValueError("broken"))
    async with at_work(inbox):
        await inbox.receive(message(1, text="zebrafish"))
        await inbox.receive(message(2))
        await inbox.idle()
    assert (handler.begun, handler.ended) == ([1, 2], [2])
    assert {row.content for row in await rows_of(database)} == {None}
    assert "an update was not handled" in caplog.text
    assert "zebrafish" not in caplog.text


async def test_too_many_updates_are_left_to_telegram(
    inbox: Inbox, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inbox refuses them; Telegram sends them again when there is room."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    handler.hold()
    async with at_work(inbox):
        for number in range(1, 4):
            await inbox.receive(message(number))
        with pytest.raises(FullError):
            await inbox.receive(message(4))
        handler.go_on.set()
        await inbox.idle()
        await inbox.receive(message(4))
        await inbox.idle()
    assert handler.ended == [1, 2, 3, 4]


async def test_a_number_that_no_database_could_hold_is_refused(inbox: Inbox) -> None:
    """It is refused before it could fail the transaction of other updates."""
    async with at_work(inbox):
        for number in (2**63, -1):
            with pytest.raises(ValueError, match="64 bits"):
                await inbox.receive(message(number))


async def test_old_numbers_are_forgotten(
    inbox: Inbox, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """After two days, but never the newest ones, nor updates that wait."""
    monkeypatch.setattr(stored, "_LEAST_KEPT", 2)
    async with at_work(inbox):
        for number in range(1, 6):
            await inbox.receive(message(number))
        await inbox.idle()
        await inbox.prune()
        assert len(await rows_of(database)) == 5
        clock.now += KEPT_FOR + timedelta(seconds=1)
        await inbox.prune()
        assert [row.update_id for row in await rows_of(database)] == [4, 5]
