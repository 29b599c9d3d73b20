"""Readers that look at the screen are answered first, and no wait for Telegram takes a permit."""

import asyncio
from typing import Any

import pytest

from bot.inbox import inbox as module
from bot.inbox.inbox import Inbox
from bot.inbox.jobs import Job, JobRunner
from bot.inbox.priority import without_permit
from bot.inbox.raw_update import chat_of
from storage.database import Database
from tests.factories import MovableClock
from tests.inbox.fakes import OTHER, PATIENCE_S, at_work, message


async def test_chats_that_wait_for_telegram_hold_up_no_other_chat(
    database: Database, clock: MovableClock
) -> None:
    """More chats wait than there are permits; only those that work hold one."""
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
        async with without_permit(), without_permit():
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


async def test_a_command_is_answered_before_letters_of_other_chats(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many letters are worked on and wait."""
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


async def test_the_job_of_a_letter_comes_before_the_next_letter(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader is thanked at once, not after all other letters were read."""
    monkeypatch.setattr(module, "BESIDE", 1)
    done: list[str] = []

    async def handle(update: dict[str, Any]) -> Job:
        done.append(f"letter {update['update_id']}")
        await asyncio.sleep(0)  # as for the database
        return Job("thank", {"number": update["update_id"]})

    async def run(content: dict[str, Any]) -> None:
        done.append(f"thanks {content['number']}")

    inbox = Inbox(database, clock, handle, {"thank": JobRunner(run, limit=9)})
    receiving = [
        asyncio.create_task(inbox.receive(message(number, number, text="Thank you")))
        for number in range(1, 6)
    ]
    await asyncio.sleep(0)  # all of them wait for it to begin
    async with at_work(inbox):
        await asyncio.gather(*receiving)
        await inbox.idle()
    assert done.index("thanks 1") < done.index("letter 4")
