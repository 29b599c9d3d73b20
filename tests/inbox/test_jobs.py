"""Jobs: what is left of an update is done outside of its chat's queue, also after a kill."""

import asyncio
from typing import Any

from bot.inbox.inbox import Inbox
from bot.inbox.jobs import Job, JobRunner
from bot.inbox.priority import without_permit
from storage.database import Database
from tests.factories import MovableClock
from tests.inbox.fakes import PATIENCE_S, Handler, at_work, kill, message, rows_of, written


async def test_a_job_holds_up_not_even_its_own_chat(
    database: Database, clock: MovableClock, handler: Handler
) -> None:
    """So many of one chat and of all run at once, and hold no permit while they wait for another site."""
    running: list[int] = []
    most, go_on = 0, asyncio.Event()

    async def run(job: dict[str, Any]) -> None:
        nonlocal most
        running.append(job["number"])
        most = max(most, len(running))
        async with without_permit():
            await go_on.wait()
        running.remove(job["number"])

    inbox = Inbox(database, clock, handler, {"slow": JobRunner(run, limit=3, chat_limit=2)})
    async with at_work(inbox):
        for number in range(1, 7):
            handler.leaves = Job("slow", {"number": number})
            await inbox.receive(message(number, 100 + number // 4))
            await handler.until_ended(number)
        handler.leaves = None
        await inbox.receive(message(7, 100))
        await handler.until(lambda: 7 in handler.ended)
        assert sorted(running) == [1, 2, 4]
        go_on.set()
        await inbox.idle()
    assert (running, most) == ([], 3)


async def test_a_job_survives_a_kill(database: Database, clock: MovableClock, handler: Handler) -> None:
    """The update is not handled again; its job is done, with its content."""
    done: list[dict[str, Any]] = []
    go_on = asyncio.Event()
    begun = asyncio.Event()

    async def run(job: dict[str, Any]) -> None:
        begun.set()
        await go_on.wait()
        done.append(job)

    handler.leaves = Job("slow", {"number": 7})
    first = Inbox(database, clock, handler, {"slow": JobRunner(run, limit=1)})
    async with at_work(first) as running:
        await first.receive(message(1))
        await asyncio.wait_for(begun.wait(), PATIENCE_S)
        await written(first)
        await kill(running)
    go_on.set()
    second = Inbox(database, clock, handler, {"slow": JobRunner(run, limit=1)})
    async with at_work(second):
        await second.idle()
    assert (handler.begun, done) == ([1], [{"number": 7}])
    [row] = await rows_of(database)
    assert (row.content, row.job) == (None, None)


async def test_a_job_of_an_unknown_kind_is_dropped(
    database: Database, clock: MovableClock, inbox: Inbox, handler: Handler
) -> None:
    """A newer version has left it; it must not wait for ever."""
    handler.leaves = Job("newer", {})
    async with at_work(inbox):
        await inbox.receive(message(1))
        await inbox.idle()
    assert [row.content for row in await rows_of(database)] == [None]
