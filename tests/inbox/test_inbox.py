"""The inbox: each update handled once, those of one chat one after another, those of others meanwhile."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.inbox import inbox as module
from bot.inbox.inbox import KEPT_FOR, TRIES, FullError, Inbox, chat_of, haste_of
from bot.inbox.jobs import Job, JobRunner
from bot.inbox.priority import Priority, away
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.inbox import inbox as stored
from storage.inbox import receivers
from storage.models import InboxUpdate
from tests.factories import MovableClock

CHAT, OTHER = 5_000_000_001, -1_001_000_000_002
PATIENCE_S = 60


def message(update_id: int, chat_id: int = CHAT, text: str = "/help") -> dict[str, Any]:
    return {"update_id": update_id, "message": {"message_id": 1, "chat": {"id": chat_id}, "text": text}}


class Handler:
    """Notes what it is given; while it is held, what is of `CHAT` does not end."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.errors: list[Exception] = []
        self.leaves: Job | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.changed = asyncio.Condition()

    def hold(self) -> None:
        self.go_on.clear()

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Wait until that holds of what was begun and ended."""
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(predicate)

    async def _note(self, where: list[int], update_id: int) -> None:
        async with self.changed:
            where.append(update_id)
            self.changed.notify_all()

    async def __call__(self, update: dict[str, Any]) -> Job | None:
        await self._note(self.begun, update["update_id"])
        if chat_of(update) == CHAT:
            await self.go_on.wait()
        if self.errors:
            raise self.errors.pop()
        await self._note(self.ended, update["update_id"])
        return self.leaves


@asynccontextmanager
async def at_work(inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """The inbox at work; it is stopped as the bot stops it, unless the test has killed it."""
    task = asyncio.create_task(inbox.run())
    try:
        yield task
    finally:
        inbox.stop()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE_S)


async def kill(task: asyncio.Task[None]) -> None:
    """End it in the middle, so that it can tidy up nothing."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def written(inbox: Inbox) -> None:
    """Wait until all that the inbox knows is in the database."""
    while not inbox._ledger.is_blank:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def inbox(database: Database, clock: MovableClock, handler: Handler) -> Inbox:
    return Inbox(database, clock, handler)


@pytest.fixture
def shared(
    database: Database, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Inbox]:
    """One of several processes that share the database, each time; they look after one another quickly."""
    monkeypatch.setattr(module, "BEAT_S", 0.02)
    return lambda: Inbox(database, clock, handler, alone=False)


async def _rows(database: Database) -> list[InboxUpdate]:
    async with database.read() as session:
        return list(await session.scalars(select(InboxUpdate).order_by(InboxUpdate.id)))


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
        ({"update_id": 1, "message": {"chat": 5}}, 0),
        ({"update_id": 1, "message": {"chat": {"id": "x"}}}, 0),
        ({"update_id": 1, "message": {"chat": {"id": 2**63}}}, 0),
        ({"update_id": 1, "callback_query": {"message": "x", "from": {"id": CHAT}}}, CHAT),
        ({"update_id": 1}, 0),
    ],
)
def test_the_chat_that_an_update_belongs_to(update: dict[str, Any], chat: int) -> None:
    """The chat, else the person, else nobody's; a shape that nobody foresaw is nobody's too."""
    assert chat_of(update) == chat


@pytest.mark.parametrize(
    ("content", "haste"),
    [
        ('{"message": {"text": "/help"}}', Priority.AWAITED),
        ('{"message": {"text": "Thank you"}}', Priority.PROSE),
        ('{"message": {"photo": []}}', Priority.PROSE),
        ('{"callback_query": {}}', Priority.AWAITED),
        ('{"message": 7}', Priority.AWAITED),
    ],
)
def test_who_looks_at_the_screen_comes_first(content: str, haste: Priority) -> None:
    """Commands and taps before letters."""
    assert haste_of(content) is haste


async def test_it_is_confirmed_before_it_is_handled(
    inbox: Inbox, handler: Handler, database: Database
) -> None:
    """While a handler waits, `receive` has returned, and the update stands in the database."""
    handler.hold()
    async with at_work(inbox):
        await inbox.receive(message(1))
        await handler.until(lambda: handler.begun == [1])
        [row] = await _rows(database)
        assert (row.update_id, row.chat_id, row.content is None) == (1, CHAT, False)
        handler.go_on.set()
        await inbox.idle()
    assert handler.ended == [1]


async def test_nothing_of_it_is_kept_once_it_is_done(inbox: Inbox, database: Database) -> None:
    """Only its number is, and when it came."""
    async with at_work(inbox):
        await inbox.receive(message(1, text="zebrafish"))
        await inbox.idle()
    [row] = await _rows(database)
    assert (row.update_id, row.chat_id, row.content, row.errand, row.receiver_id) == (
        1,
        None,
        None,
        None,
        None,
    )


async def test_a_repeat_is_handled_once(inbox: Inbox, shared: Callable[[], Inbox], handler: Handler) -> None:
    """Five times at once, later, and to another process."""
    elsewhere = shared()
    async with at_work(inbox), at_work(elsewhere):
        await asyncio.gather(*(inbox.receive(message(1)) for _ in range(5)))
        await inbox.idle()
        await inbox.receive(message(1))
        await elsewhere.receive(message(1))
        await asyncio.gather(inbox.idle(), elsewhere.idle())
    assert handler.begun == [1]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=2), timedelta(days=-2)])
async def test_no_jump_of_the_clock_makes_it_handled_twice(
    inbox: Inbox, handler: Handler, clock: MovableClock, jump: timedelta
) -> None:
    """Neither while it is handled nor afterwards, whatever is forgotten then."""
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
    """The next one begins when the one before has ended."""
    handler.hold()
    async with at_work(inbox):
        await asyncio.gather(*(inbox.receive(message(number)) for number in range(1, 6)))
        await handler.until(lambda: bool(handler.begun))
        assert handler.begun == [1]
        handler.go_on.set()
        await inbox.idle()
    assert handler.begun == handler.ended == [1, 2, 3, 4, 5]


async def test_another_chat_need_not_wait(inbox: Inbox, handler: Handler) -> None:
    """A slow chat with many updates holds up no other."""
    handler.hold()
    async with at_work(inbox):
        for number in range(1, 4 * module.WORKING):
            await inbox.receive(message(number))
        await inbox.receive(message(1000, OTHER))
        await handler.until(lambda: handler.ended == [1000])
        assert handler.begun == [1, 1000]
        handler.go_on.set()


async def test_many_chats_that_wait_for_telegram_hold_up_nobody(
    database: Database, clock: MovableClock
) -> None:
    """More of them than places to work in; only who works holds one."""
    working, most, go_on, answered = 0, 0, asyncio.Event(), asyncio.Event()

    async def handle(update: dict[str, Any]) -> None:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0)
        working -= 1
        if chat_of(update) == OTHER:
            answered.set()
            return
        async with away(), away():
            await go_on.wait()
        working += 1
        most = max(most, working)
        await asyncio.sleep(0)
        working -= 1

    inbox = Inbox(database, clock, handle)
    async with at_work(inbox):
        for number in range(1, 5 * module.WORKING):
            await inbox.receive(message(number, number))
        await inbox.receive(message(1000, OTHER))
        await asyncio.wait_for(answered.wait(), PATIENCE_S)
        go_on.set()
        await inbox.idle()
    assert most <= module.WORKING


async def test_a_command_overtakes_letters(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of other chats: however many letters are worked on and wait, who looks at the screen is answered."""
    monkeypatch.setattr(module, "WORKING", 1)
    begun, go_on, answered = list[int](), asyncio.Event(), asyncio.Event()

    async def handle(update: dict[str, Any]) -> None:
        begun.append(update["update_id"])
        if update["message"]["text"] == "/help":
            answered.set()
        else:
            await go_on.wait()

    inbox = Inbox(database, clock, handle)
    async with at_work(inbox):
        for number in range(1, 30):
            await inbox.receive(message(number, number, text="Thank you"))
        await inbox.receive(message(30, 30))
        await asyncio.wait_for(answered.wait(), PATIENCE_S)
        assert begun == [*range(1, module.BESIDE + 1), 30]
        go_on.set()
        await inbox.idle()
    assert sorted(begun) == list(range(1, 31))


async def test_what_is_left_of_a_letter_comes_before_the_next_letter(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader is thanked at once, not after all the others have been read."""
    monkeypatch.setattr(module, "BESIDE", 1)
    done: list[str] = []

    async def handle(update: dict[str, Any]) -> Job:
        done.append(f"letter {update['update_id']}")
        await asyncio.sleep(0)  # as for the database
        return Job("thank", {"number": update["update_id"]})

    async def run(content: dict[str, Any]) -> None:
        done.append(f"thanks {content['number']}")

    inbox = Inbox(database, clock, handle, {"thank": JobRunner(run, places=9)})
    receiving = [
        asyncio.create_task(inbox.receive(message(number, number, text="Thank you")))
        for number in range(1, 6)
    ]
    await asyncio.sleep(0)  # all of them wait for it to begin
    async with at_work(inbox):
        await asyncio.gather(*receiving)
        await inbox.idle()
    assert done.index("thanks 1") < done.index("letter 4")


async def test_no_line_is_kept_for_a_chat_that_is_done(inbox: Inbox, handler: Handler) -> None:
    """A million chats leave nothing behind in memory, failures neither."""
    handler.errors.append(ValueError("broken"))
    async with at_work(inbox):
        for number in range(1, 8):
            await inbox.receive(message(number, number))
        await inbox.idle()
    assert (inbox._updates._lines, inbox.waiting, inbox._remembered) == ({}, 0, 0)


async def test_a_fault_is_logged_and_done_with(
    inbox: Inbox, handler: Handler, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Trying again would meet it again; the chat's next update is handled, and no word reaches the log."""
    handler.errors.append(ValueError("broken"))
    async with at_work(inbox):
        await inbox.receive(message(1, text="zebrafish"))
        await inbox.receive(message(2))
        await inbox.idle()
    assert (handler.begun, handler.ended) == ([1, 2], [2])
    assert {row.content for row in await _rows(database)} == {None}
    assert "an update was not handled" in caplog.text
    assert "zebrafish" not in caplog.text


@pytest.mark.parametrize("remembered", [module.REMEMBERED, 0])
async def test_what_a_kill_left_is_handled_after_the_restart(
    database: Database,
    clock: MovableClock,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
    remembered: int,
) -> None:
    """In order, each once; also where nothing was in memory. What was under way is begun again."""
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


async def test_a_stop_ends_what_is_under_way_and_leaves_the_rest(
    inbox: Inbox, database: Database, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not end in a moment is begun again after the start; none is taken in meanwhile."""
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


async def test_what_kills_the_process_is_given_up_at_last(
    database: Database, clock: MovableClock, handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    """It is begun once and then as often as that; what waits behind it is handled."""
    handler.hold()
    for life in range(TRIES + 1):
        inbox = Inbox(database, clock, handler)
        async with at_work(inbox) as running:
            if not life:
                await inbox.receive(message(1))
                await inbox.receive(message(2))
            await handler.until(lambda: len(handler.begun) == life + 1)  # noqa: B023  # it is waited for here
            await kill(running)
    handler.go_on.set()
    inbox = Inbox(database, clock, handler)
    async with at_work(inbox):
        await handler.until(lambda: handler.ended == [2])
        await inbox.idle()
    assert handler.begun == [1] * (TRIES + 1) + [2]
    assert "given up" in caplog.text


async def test_too_many_are_left_to_telegram(
    inbox: Inbox, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps them, and brings them once there is room."""
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


async def test_a_number_that_no_database_could_keep(inbox: Inbox) -> None:
    """It is refused before it could spoil the transaction of the others."""
    async with at_work(inbox):
        for number in (2**63, -1):
            with pytest.raises(ValueError, match="64 bits"):
                await inbox.receive(message(number))


async def test_the_database_is_away_when_it_comes(
    inbox: Inbox, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram is not told that we have it; when it is brought again it is handled."""
    monkeypatch.setattr("bot.inbox.journal._AGAIN_S", 0.01)
    async with at_work(inbox):
        with monkeypatch.context() as trouble:
            trouble.setattr(stored, "add", _away)
            with pytest.raises(DatabaseUnavailableError):
                await inbox.receive(message(1))
        await inbox.receive(message(1))
        await inbox.idle()
    assert handler.ended == [1]


async def test_what_is_done_and_not_noted_is_noted_later(
    inbox: Inbox, handler: Handler, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """The database was away at that moment: nobody is answered twice."""
    monkeypatch.setattr("bot.inbox.journal._AGAIN_S", 0.01)
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
    assert [row.content for row in await _rows(database)] == [None]


async def _away(*_given: object, **_named: object) -> None:
    raise DatabaseUnavailableError


async def test_what_may_take_long_holds_up_not_even_its_own_chat(
    database: Database, clock: MovableClock, handler: Handler
) -> None:
    """The handler leaves an errand; at most so many of one chat and of all are run at once.

    They wait for something that is not ours, and hold no place meanwhile.
    """
    running: list[int] = []
    most, go_on = 0, asyncio.Event()

    async def run(errand: dict[str, Any]) -> None:
        nonlocal most
        running.append(errand["number"])
        most = max(most, len(running))
        async with away():
            await go_on.wait()
        running.remove(errand["number"])

    inbox = Inbox(database, clock, handler, {"slow": JobRunner(run, places=3, width=2)})
    async with at_work(inbox):
        for number in range(1, 7):
            handler.leaves = Job("slow", {"number": number})
            await inbox.receive(message(number, 100 + number // 4))
            await handler.until(lambda: len(handler.ended) == number)  # noqa: B023
        handler.leaves = None
        await inbox.receive(message(7, 100))
        await handler.until(lambda: 7 in handler.ended)
        assert sorted(running) == [1, 2, 4]
        go_on.set()
        await inbox.idle()
    assert (running, most) == ([], 3)


async def test_an_errand_survives_a_kill(database: Database, clock: MovableClock, handler: Handler) -> None:
    """The update is not handled again; what is left of it is done, with what it says."""
    done: list[dict[str, Any]] = []
    go_on = asyncio.Event()
    begun = asyncio.Event()

    async def run(errand: dict[str, Any]) -> None:
        begun.set()
        await go_on.wait()
        done.append(errand)

    handler.leaves = Job("slow", {"number": 7})
    first = Inbox(database, clock, handler, {"slow": JobRunner(run, places=1)})
    async with at_work(first) as running:
        await first.receive(message(1))
        await asyncio.wait_for(begun.wait(), PATIENCE_S)
        await written(first)
        await kill(running)
    go_on.set()
    second = Inbox(database, clock, handler, {"slow": JobRunner(run, places=1)})
    async with at_work(second):
        await second.idle()
    assert (handler.begun, done) == ([1], [{"number": 7}])
    [row] = await _rows(database)
    assert (row.content, row.errand) == (None, None)


async def test_an_errand_that_nobody_knows_is_dropped(
    database: Database, clock: MovableClock, inbox: Inbox, handler: Handler
) -> None:
    """A newer version has left it; it must not wait for ever."""
    handler.leaves = Job("newer", {})
    async with at_work(inbox):
        await inbox.receive(message(1))
        await inbox.idle()
    assert [row.content for row in await _rows(database)] == [None]


async def test_old_numbers_are_forgotten(
    inbox: Inbox, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """After two days, but the latest of all never; nor what still waits."""
    monkeypatch.setattr(stored, "_LEAST_KEPT", 2)
    async with at_work(inbox):
        for number in range(1, 6):
            await inbox.receive(message(number))
        await inbox.idle()
        await inbox.prune()
        assert len(await _rows(database)) == 5
        clock.now += KEPT_FOR + timedelta(seconds=1)
        await inbox.prune()
        assert [row.update_id for row in await _rows(database)] == [4, 5]


async def test_a_chat_s_order_holds_across_processes(shared: Callable[[], Inbox], handler: Handler) -> None:
    """What comes to another process waits until the first is through with the chat; other chats do not."""
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


async def test_what_a_dead_process_left_is_taken_over(shared: Callable[[], Inbox], handler: Handler) -> None:
    """By one of the others, in its order, before what came to them; who lives keeps what it has."""
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


async def test_who_was_taken_for_gone_begins_nothing_of_it(
    shared: Callable[[], Inbox], handler: Handler
) -> None:
    """It was frozen for long; what it had is another's, and it registers again and takes what comes."""
    handler.hold()
    frozen, other = shared(), shared()
    async with at_work(frozen):
        await frozen.receive(message(1, OTHER))
        await handler.until(lambda: handler.ended == [1])
        await frozen.receive(message(2))
        await frozen.receive(message(3))
        await handler.until(lambda: 2 in handler.begun)
        before = frozen.presence.id
        async with frozen._database.transaction() as session:
            await receivers.leave(session, before)
        frozen.presence._shown_at = -math.inf
        async with at_work(other):
            await other.receive(message(4))
            handler.go_on.set()
            await handler.until(lambda: {2, 3, 4} <= set(handler.ended))
            await asyncio.gather(frozen.idle(), other.idle())
        await frozen.receive(message(5))
        await frozen.idle()
    assert frozen.presence.id != before
    assert handler.begun.count(3) == handler.begun.count(4) == handler.begun.count(5) == 1
    assert handler.begun.count(2) <= 2  # it was under way


async def test_long_without_a_sign_of_life_it_begins_nothing(
    shared: Callable[[], Inbox], handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others may take us for gone by then; it goes on once it has shown that we live."""
    inbox, elapsed = shared(), [0.0]
    monkeypatch.setattr("bot.inbox.heartbeat.elapsed_clock", lambda: elapsed[0])
    monkeypatch.setattr(module, "BEAT_S", 1_000)
    async with at_work(inbox):
        await inbox.receive(message(1, OTHER))
        await inbox.idle()
        elapsed[0] += 8.5
        await inbox.receive(message(2, OTHER))
        assert handler.begun == [1]
        assert await inbox.presence.beat()
        await inbox.idle()
    assert handler.begun == [1, 2]


async def test_the_oldest_leads(shared: Callable[[], Inbox]) -> None:
    """One of those that live, and the next when it has ended."""
    one, two = shared(), shared()
    async with at_work(two):
        async with at_work(one):
            await asyncio.gather(one.receive(message(1)), two.receive(message(2)))
            leads = [await one.presence.leads(), await two.presence.leads()]
            assert sorted(leads) == [False, True]
        assert await two.presence.leads()
