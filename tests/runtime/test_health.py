"""Health: a new start is asked for only where it mends something, and work only while it can be done."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.runtime.health import Health


class Bot:
    """A bot whose parts say what the test wants; it is its own database watch."""

    def __init__(self) -> None:
        self.failing: list[str] = []
        self.ended: list[str] = []
        self.hanging: list[str] = []
        self.trouble: str | None = None  # of the database
        self.is_outage = False
        self.worker = SimpleNamespace(unwritten=0)
        parts: Any = SimpleNamespace(failing=lambda: self.failing, ended=lambda: self.ended)
        duties: Any = SimpleNamespace(failing=list, hanging=lambda: self.hanging)
        worker: Any = self.worker
        watch: Any = self
        self.health = Health(parts, duties, worker, watch, lambda: self.is_outage)

    @property
    def is_away(self) -> bool:
        return self.trouble is not None

    async def is_healthy(self) -> bool:
        return self.trouble is None

    async def problem(self) -> str | None:
        return self.trouble


@pytest.fixture
def bot() -> Bot:
    return Bot()


async def test_it_is_ready_from_its_start_to_its_end(bot: Bot) -> None:
    """And only while the database answers with the right tables."""
    stopping = asyncio.Event()
    assert await bot.health.unready() == ["starting"]
    bot.health.started(stopping)
    assert await bot.health.unready() == []
    bot.trouble = "the tables are not those of this version"
    assert await bot.health.unready() == ["the tables are not those of this version"]
    bot.trouble = None
    stopping.set()
    assert await bot.health.unready() == ["stopping"]


async def test_an_outage_is_no_reason_to_end_it(bot: Bot) -> None:
    """Of Telegram or of the database; a duty that hangs then waits for the database."""
    bot.health.started(asyncio.Event())
    bot.is_outage = True
    assert (bot.health.dead(), await bot.health.unready()) == ([], [])
    assert bot.health.troubles() == ["Telegram does not answer"]
    bot.hanging = ["poll sources"]
    bot.trouble = "the database does not answer"
    assert bot.health.dead() == []
    assert await bot.health.unready() == ["the database does not answer"]


async def test_a_part_that_rests_after_a_fault_is_named_but_does_not_end_it(bot: Bot) -> None:
    """The supervisor starts it again; what cannot be written again is for people."""
    bot.failing, bot.worker.unwritten = ["worker"], 2
    assert await bot.health.failing() == ["worker", "receipts"]
    assert bot.health.dead() == []


async def test_what_does_not_come_back_by_itself_ends_it(bot: Bot) -> None:
    """A part that has ended, a duty that hangs."""
    bot.ended, bot.hanging = ["inbox"], ["prune receipts"]
    assert bot.health.dead() == ["inbox has ended", "prune receipts hangs"]
