"""Runs the whole bot for as long as a test needs it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace

import pytest

from bot.clock import Clock, MovedClock
from bot.config import Role, Settings
from bot.editors.roles import Right
from bot.runtime.app import App, open_app
from bot.sandbox.world.world import World
from bot.telegram.transport import AiohttpRequest
from tests.waiting import comes_true, soon

RUNNING: list[App] = []
"""The bots that run in this process."""


@asynccontextmanager
async def running(
    settings: Settings,
    clock: Clock | None = None,
    request: AiohttpRequest | None = None,
    role: Role = Role.ALL,
) -> AsyncIterator[App]:
    """The bot as `comeback run` builds, starts and stops it; raises what its start or its end raises."""
    stopping, started = asyncio.Event(), asyncio.Event()
    async with open_app(settings, clock, request, role) as app:
        run = asyncio.create_task(app.run(stopping, started=started.set))
        up = asyncio.create_task(started.wait())
        await asyncio.wait({run, up}, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        RUNNING.append(app)
        try:
            if not run.done():
                yield app
        finally:
            RUNNING.remove(app)
            stopping.set()
            await run


def without_announcements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scheduler send editors no card in the middle of a test."""

    async def announce() -> None:
        pass

    monkeypatch.setattr("bot.runtime.duties.DraftCards", lambda *_given: SimpleNamespace(announce=announce))


async def first_turns(app: App) -> None:
    """Wait until each duty has had its first turn: while the clock stands still, no other follows."""
    scheduler = app.scheduler

    async def are_over() -> bool:
        begun = all(duty.name in scheduler._next for duty in scheduler._duties)
        return begun and all(task.done() for task in scheduler._slow.values()) and not scheduler._begun

    await comes_true(are_over)


async def without_duties(app: App, *names: str) -> None:
    """Leave out these duties, also of a tick that is in the middle of them, and wait for those under way.

    For a test that does one of them itself: the scheduler's own turn would come first, or come between.
    """
    scheduler, known = app.scheduler, {duty.name: duty for duty in app.scheduler._duties}
    for name in names:
        scheduler._next[name] = scheduler._clock() + known[name].every
    scheduler._duties = [duty for name, duty in known.items() if name not in names]
    under_way = [task for name, task in scheduler._slow.items() if name in names]
    if under_way:
        await asyncio.wait(under_way)

    async def are_over() -> bool:
        return scheduler._begun.keys().isdisjoint(names)

    await comes_true(are_over)


async def look_out(app: App) -> None:
    """Let the bot start and send what is due: while the clock stands still, its lookout has no other turn."""
    [lookout] = (duty for duty in app.scheduler._duties if duty.name == "start what is due")
    await lookout.run()


def follow_clock(app: App, world: World) -> None:
    """Give the bot the sandbox's time at once: by itself it notices a move within a second.

    What it does in that second bears the old time, and a push of then would be long overdue.
    """
    assert isinstance(app.clock, MovedClock)
    app.clock.offset = world.clock.offset


async def handled() -> None:
    """Wait until the bots of this process have done all that they were brought."""
    for app in RUNNING:
        await soon(app.inbox.idle())


async def letters_told() -> None:
    """Wait until the editors know of all that readers have written."""
    for app in RUNNING:

        async def all_told(app: App = app) -> bool:
            editors = await app.services.editors.with_right(Right.WRITE)
            return not await app.services.feedback.unannounced(editors)

        await comes_true(all_told)


@contextmanager
def watched(logger: str, words: str) -> Iterator[asyncio.Event]:
    """An event that is set once `logger` says something with these words in it."""
    said = asyncio.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                said.set()

    listener = Listener()
    logging.getLogger(logger).addHandler(listener)
    try:
        yield said
    finally:
        logging.getLogger(logger).removeHandler(listener)
