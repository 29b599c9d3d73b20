"""No update is lost by a kill, a stop or a database that is away, and none is handled twice after them."""

import asyncio

import pytest

from bot.inbox import inbox as module
from bot.inbox.inbox import TRIES, FullError, Inbox
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.inbox import inbox as stored
from tests.factories import MovableClock
from tests.inbox.fakes import OTHER, PATIENCE_S, Handler, at_work, kill, message, rows_of, written


@pytest.mark.parametrize("remembered", [module.REMEMBERED, 0])
async def test_updates_that_a_kill_left_are_handled_after_the_restart(
    database: Database,
    clock: MovableClock,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
    remembered: int,
) -> None:
    """In order and once each, also without their contents in memory; those under way are begun again."""
    monkeypatch.setattr(module, "REMEMBERED", remembered)
    handler.hold()
    first = Inbox(database, clock, handler)
    async with at_work(first) as running:
        for number in range(1, 6):
            await first.receive(message(number))
        await first.receive(message(6, OTHER))
        await handler.until(lambda: 6 in handler.ended and 1 in handler.begun)
        await written(first)
        await kill(running)
    handler.go_on.set()
    second = Inbox(database, clock, handler)
    async with at_work(second):
        await handler.until(lambda: len(handler.ended) == 6)
        await second.receive(message(7))
        await second.idle()
    assert sorted(handler.begun) == [1, 1, 2, 3, 4, 5, 6, 7]
    assert handler.ended == [6, 1, 2, 3, 4, 5, 7]


async def test_a_stop_ends_updates_under_way_and_leaves_the_rest(
    inbox: Inbox, database: Database, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update that does not end in time is begun again after the start; new ones are refused."""
    monkeypatch.setattr(module, "_GRACE_S", 0.05)
    handler.hold()
    async with at_work(inbox) as running:
        await inbox.receive(message(1))
        await inbox.receive(message(2))
        await handler.until(lambda: handler.begun == [1])
        inbox.stop()
        with pytest.raises(FullError):
            await inbox.receive(message(3))
        await asyncio.wait_for(running, PATIENCE_S)
    handler.go_on.set()
    again = Inbox(database, clock, handler)
    async with at_work(again):
        await handler.until(lambda: handler.ended == [1, 2])


async def test_an_update_that_kills_the_process_is_given_up_after_some_tries(
    database: Database, clock: MovableClock, handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    """The update behind it is handled."""
    handler.hold()
    for life in range(TRIES + 1):
        inbox = Inbox(database, clock, handler)
        async with at_work(inbox) as running:
            if not life:
                await inbox.receive(message(1))
                await inbox.receive(message(2))
            await handler.until_begun(life + 1)
            await kill(running)
    handler.go_on.set()
    inbox = Inbox(database, clock, handler)
    async with at_work(inbox):
        await handler.until(lambda: handler.ended == [2])
        await inbox.idle()
    assert handler.begun == [1] * (TRIES + 1) + [2]
    assert "given up" in caplog.text


async def test_an_update_is_not_confirmed_while_the_database_is_away(
    inbox: Inbox, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram sends it again, and then it is handled."""
    monkeypatch.setattr("bot.inbox.journal._RETRY_S", 0.01)
    async with at_work(inbox):
        with monkeypatch.context() as trouble:
            trouble.setattr(stored, "add", _away)
            with pytest.raises(DatabaseUnavailableError):
                await inbox.receive(message(1))
        await inbox.receive(message(1))
        await inbox.idle()
    assert handler.ended == [1]


async def test_an_update_that_was_done_while_the_database_was_away_is_not_repeated(
    inbox: Inbox, handler: Handler, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """That it is done is written later."""
    monkeypatch.setattr("bot.inbox.journal._RETRY_S", 0.01)
    failed = asyncio.Event()

    async def failing(*_given: object, **_named: object) -> None:
        failed.set()
        raise DatabaseUnavailableError

    async with at_work(inbox):
        with monkeypatch.context() as trouble:
            trouble.setattr(stored, "finish", failing)
            await inbox.receive(message(1))
            await asyncio.wait_for(failed.wait(), PATIENCE_S)
        await inbox.receive(message(1))
        await inbox.idle()
    assert handler.begun == [1]
    assert [row.content for row in await rows_of(database)] == [None]


async def _away(*_given: object, **_named: object) -> None:
    raise DatabaseUnavailableError
