"""Updates: each handled once, those of one chat one after another, those of others meanwhile."""

import asyncio
from typing import Any

import pytest

from bot.updates import ABANDONED_AFTER, KEPT_FOR, InHandError, Updates, chat_of
from storage import updates as stored
from storage.database import Database
from tests.factories import MovableClock

CHAT, OTHER = 5_000_000_001, -1_001_000_000_002


def message(update_id: int, chat_id: int = CHAT) -> dict[str, Any]:
    return {"update_id": update_id, "message": {"message_id": 1, "chat": {"id": chat_id}}}


class Handler:
    """Notes what it is given; while `held` it does not end."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.errors: list[Exception] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.entered = asyncio.Event()

    def hold(self) -> None:
        self.go_on.clear()

    async def __call__(self, update: dict[str, Any]) -> None:
        self.begun.append(update["update_id"])
        self.entered.set()
        await self.go_on.wait()
        if self.errors:
            raise self.errors.pop()
        self.ended.append(update["update_id"])


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def updates(database: Database, clock: MovableClock, handler: Handler) -> Updates:
    return Updates(database, clock, handler)


@pytest.fixture
def elsewhere(database: Database, clock: MovableClock, handler: Handler) -> Updates:
    """The same in another process: it shares the database only."""
    return Updates(database, clock, handler)


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        (message(1), CHAT),
        ({"update_id": 1, "channel_post": {"chat": {"id": OTHER}}}, OTHER),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": OTHER}, "from": {"id": CHAT}}}, OTHER),
        (
            {
                "update_id": 1,
                "callback_query": {"from": {"id": CHAT}, "message": {"chat": {"id": OTHER}}, "data": "x"},
            },
            OTHER,
        ),
        ({"update_id": 1, "callback_query": {"from": {"id": CHAT}, "inline_message_id": "x"}}, CHAT),
        ({"update_id": 1, "inline_query": {"from": {"id": CHAT}, "query": ""}}, CHAT),
        ({"update_id": 1, "poll": {"id": "5"}}, 0),
        ({"update_id": 1}, 0),
    ],
)
def test_the_chat_that_an_update_belongs_to(update: dict[str, Any], chat: int) -> None:
    """The chat, else the person, else nobody's."""
    assert chat_of(update) == chat


async def test_a_repeat_is_handled_once(updates: Updates, elsewhere: Updates, handler: Handler) -> None:
    """Also when it comes to another process, and long after."""
    await updates.receive(message(1))
    await updates.receive(message(1))
    await elsewhere.receive(message(1))
    assert handler.ended == [1]


async def test_duplicates_at_once_are_handled_once(updates: Updates, handler: Handler) -> None:
    """In one process the second waits for the first, and then knows that it is done."""
    await asyncio.gather(*(updates.receive(message(1)) for _ in range(5)))
    assert handler.begun == [1]


async def test_what_another_process_handles_is_not_begun(
    updates: Updates, elsewhere: Updates, handler: Handler
) -> None:
    """Telegram is to ask again, and is told that it is done once it is."""
    handler.hold()
    first = asyncio.create_task(updates.receive(message(1)))
    await handler.entered.wait()
    with pytest.raises(InHandError):
        await elsewhere.receive(message(1))
    handler.go_on.set()
    await first
    await elsewhere.receive(message(1))
    assert handler.begun == [1]


async def test_many_processes_at_once_begin_it_once(
    database: Database, clock: MovableClock, handler: Handler
) -> None:
    """Of eight that are handed the same update in one moment, one handles it."""
    processes = [Updates(database, clock, handler) for _ in range(8)]
    results = await asyncio.gather(
        *(process.receive(message(1)) for process in processes), return_exceptions=True
    )
    assert handler.begun == [1]
    assert {type(result) for result in results} <= {type(None), InHandError}


async def test_updates_of_one_chat_keep_their_order(updates: Updates, handler: Handler) -> None:
    """The next one begins when the one before has ended."""
    handler.hold()
    running = [asyncio.create_task(updates.receive(message(number))) for number in range(1, 6)]
    await handler.entered.wait()
    assert handler.begun == [1]
    handler.go_on.set()
    await asyncio.gather(*running)
    assert handler.begun == handler.ended == [1, 2, 3, 4, 5]


async def test_another_chat_need_not_wait(updates: Updates, handler: Handler) -> None:
    """A slow answer in one chat holds up no other."""
    handler.hold()
    slow = asyncio.create_task(updates.receive(message(1)))
    await handler.entered.wait()
    handler.entered.clear()
    quick = asyncio.create_task(updates.receive(message(2, OTHER)))
    await handler.entered.wait()
    assert handler.begun == [1, 2]
    handler.go_on.set()
    await asyncio.gather(slow, quick)


async def test_no_line_is_kept_for_a_chat_that_is_done(updates: Updates, handler: Handler) -> None:
    """A million chats leave nothing behind in memory, failures neither."""
    handler.errors.append(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        await updates.receive(message(1))
    await asyncio.gather(*(updates.receive(message(number, number)) for number in range(2, 8)))
    assert not updates._lines


async def test_what_failed_is_tried_again(updates: Updates, handler: Handler) -> None:
    """The error reaches whoever handed it over; the next time it is handled."""
    handler.errors.append(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        await updates.receive(message(1))
    await updates.receive(message(1))
    await updates.receive(message(1))
    assert handler.begun == [1, 1]
    assert handler.ended == [1]


async def test_what_was_handled_and_not_noted_is_only_noted(
    updates: Updates, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was away when it was done: the next time is at once, and nobody is answered twice."""

    async def away(*_given: object, **_named: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as trouble:
        trouble.setattr(stored, "finish", away)
        with pytest.raises(ConnectionResetError):
            await updates.receive(message(1))
    await updates.receive(message(1))
    await updates.receive(message(1))
    assert handler.begun == [1]
    assert not updates._handled


async def test_what_was_cancelled_is_tried_again(updates: Updates, handler: Handler) -> None:
    """A stop in the middle of an answer forgets that it was begun."""
    handler.hold()
    running = asyncio.create_task(updates.receive(message(1)))
    await handler.entered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    handler.go_on.set()
    await updates.receive(message(1))
    assert handler.ended == [1]


async def test_what_a_dead_process_left_is_taken_over(
    updates: Updates, database: Database, clock: MovableClock, handler: Handler
) -> None:
    """Not while it may still be alive, and then once."""
    async with database.sessions.begin() as session:
        assert await stored.claim(session, 1, now=clock(), abandoned_after=ABANDONED_AFTER)
    clock.now += ABANDONED_AFTER / 2
    with pytest.raises(InHandError):
        await updates.receive(message(1))
    clock.now += ABANDONED_AFTER / 2
    await asyncio.gather(*(updates.receive(message(1)) for _ in range(3)))
    assert handler.ended == [1]


async def test_old_updates_are_forgotten(updates: Updates, clock: MovableClock, handler: Handler) -> None:
    """Once Telegram no longer repeats them, and no sooner."""
    await updates.receive(message(1))
    clock.now += KEPT_FOR
    await updates.prune()
    await updates.receive(message(1))
    assert handler.ended == [1]
    clock.advance(seconds=1)
    await updates.prune()
    await updates.receive(message(1))
    assert handler.ended == [1, 1]
