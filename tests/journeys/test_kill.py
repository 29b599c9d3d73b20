"""kill -9 in the middle of a push: all readers get it, and few get it twice."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from math import ceil
from pathlib import Path

from sqlalchemy import func, select, update

from bot.broadcasts.pilots.pilot import SMALLEST_AUDIENCE
from bot.clock import utc_now
from bot.config import Settings, load
from bot.runtime.build import open_services
from bot.sandbox.server import Sandbox
from storage.broadcasts import pilots
from storage.database import Database
from storage.models import Broadcast, Delivery, Range, Subscriber
from storage.words import BroadcastState, DeliveryState
from tests.chats import ANNA, EDITH, Chats, to_the_next
from tests.factories import add_subscribers, analysis
from tests.paths import REPOSITORY
from tests.repeats import losses
from tests.waiting import LONG, soon

READERS = 500
RATE = 1000
WINDOW = ceil(RATE * 0.15)  # sends without a receipt at a kill, at most (bot/runtime/sending.py)
HEADLINE = "A push that is killed"
PILOT_MINUTES = 15


@asynccontextmanager
async def _process(
    telegram: Sandbox, database_url: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m bot run` as an operator does; kill it at the end if it still runs."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "BOT_TOKEN": telegram.token,
        "BOT_API_URL": telegram.url,
        "DATABASE_URL": database_url,
        "OWNER_IDS": "1009",
        "SEND_RATE": str(RATE),
    }
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment, cwd=folder, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _prepare(database_url: str, telegram: Sandbox) -> tuple[Settings, int]:
    """Make five hundred subscribers, and a published story that is to be pushed to them."""
    settings = load(database_url=database_url, bot_token=telegram.token, _env_file=None)
    database = Database(database_url)
    people = await add_subscribers(database, READERS)
    await database.close()
    telegram.world.add_readers(READERS, first=people[0])
    async with open_services(settings, telegram.world.clock) as services:
        added = await services.stories.add(analysis(HEADLINE), actor="test")
        await services.review.publish(added.story.id, actor="test", push=True)
    return settings, people[0]


async def _hold_two(database_url: str, telegram: Sandbox) -> tuple[Settings, int]:
    """Make five hundred subscribers for whom two stories were held until now."""
    settings, first = await _prepare(database_url, telegram)
    database = Database(database_url)
    async with open_services(settings, telegram.world.clock) as services:
        await services.stories.add(analysis("Another one"), actor="test")
        await services.review.publish(2, actor="test", push=True)
        await services.broadcasts.start_due()
    async with database.transaction() as session:
        for push, person in product(range(1, 3), range(1, READERS + 1)):
            held = {"broadcast_id": push, "subscriber_id": person, "settled_at": utc_now()}
            session.add(Delivery(state=DeliveryState.HELD, **held))
        await session.execute(update(Range).values(done=True))
        await session.execute(update(Broadcast).values(state=BroadcastState.FINISHED))
        await session.execute(update(Subscriber).values(due_at=utc_now()))
    await database.close()
    return settings, first


async def test_a_kill_in_the_middle_of_a_digest_loses_nothing(
    database_url: str, telegram: Sandbox, tmp_path: Path
) -> None:
    """Killed at the 120th message, started again: all have both stories, repeats stay in the window."""
    settings, first = await _hold_two(database_url, telegram)
    world, log = telegram.world, tmp_path / "log"
    people = range(first, first + READERS)

    def counts() -> Counter[int]:
        return Counter({person: len(world.messages(person)) for person in people})

    telegram.faults.set({"slow_ms": 50, "methods": ["sendMessage"]})
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: counts().total() >= 120, LONG)
        process.kill()
        await process.wait()
    assert 120 <= counts().total() < READERS
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: all(counts().values()), LONG)
        process.terminate()
        assert await soon(process.wait()) == 0
    assert counts().total() - READERS <= WINDOW * (1 + losses(log)), log.read_text()
    for person in people:
        assert all(HEADLINE in one["text"] and "Another one" in one["text"] for one in world.messages(person))
    database = Database(database_url)
    async with database.read() as session:
        states = Counter(await session.scalars(select(Delivery.state)))
        waiting = await session.scalar(select(func.count()).where(Subscriber.due_at.is_not(None)))
    await database.close()
    assert states == {DeliveryState.MERGED: 2 * READERS, DeliveryState.SENT: READERS}
    assert waiting == 0


async def test_a_kill_in_the_middle_of_a_push_misses_nobody(
    database_url: str, telegram: Sandbox, tmp_path: Path
) -> None:
    """Killed at the 120th message and started again: 500 of 500, repeats stay within the window."""
    settings, first = await _prepare(database_url, telegram)
    world, log = telegram.world, tmp_path / "log"

    def counts() -> Counter[int]:
        return Counter({person: len(world.messages(person)) for person in range(first, first + READERS)})

    telegram.faults.set({"slow_ms": 50, "methods": ["sendMessage"]})  # as long as Telegram itself takes
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: counts().total() >= 120, LONG)
        process.kill()
        await process.wait()
    assert 120 <= counts().total() < READERS
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: all(counts().values()), LONG)
        assert "/latest" in (await Chats(world).ask(ANNA, "/help"))["text"]
        process.terminate()
        assert await soon(process.wait()) == 0
    assert max(counts().values()) <= 2 + losses(log), log.read_text()
    assert counts().total() - READERS <= WINDOW * (1 + losses(log))
    async with open_services(settings) as services:
        [broadcast] = await services.broadcasts.listed()
        progress = (await services.broadcasts.status(broadcast.id)).progress
    assert broadcast.state in {BroadcastState.FINISHED, BroadcastState.RUNNING}
    assert (progress.sent, progress.failed, progress.blocked) == (READERS, 0, 0)
    assert "Traceback" not in log.read_text()


async def _prepare_pilot(database_url: str, telegram: Sandbox) -> tuple[Settings, range, frozenset[int]]:
    """Confirm a push with a pilot wave to as many as have one. Return all chats, and those in the wave."""
    settings = load(database_url=database_url, bot_token=telegram.token, owner_ids="1009", _env_file=None)
    database = Database(database_url)
    people = await add_subscribers(database, SMALLEST_AUDIENCE)
    telegram.world.add_readers(len(people), first=people[0])
    async with open_services(settings, telegram.world.clock) as services:
        story = (await services.stories.add(analysis(HEADLINE), actor="test")).story
        await services.review.publish(story.id, actor="test", push=False)
        number = await services.preparation.prepare(story.id, editor=EDITH)
        await services.preparation.choose_pilot(number, PILOT_MINUTES, actor="command line")
        story = await services.stories.inspect(story.id)
        await services.preparation.confirm(number, actor="command line", version=story.version, seen=0)
        await services.broadcasts.start_due()
        broadcast = (await services.broadcasts.status(number)).broadcast
    below = broadcast.pilot_below
    assert below is not None
    async with database.read() as session:
        rows = await session.execute(select(Subscriber.id, Subscriber.chat_id))
        first = frozenset(chat for one, chat in rows if pilots.mix(one, number) < below)
    await database.close()
    assert len(first) < len(people) / 2
    return settings, range(people[0], people[0] + len(people)), first


async def test_a_kill_in_a_pilot_wave_misses_nobody(
    database_url: str, telegram: Sandbox, tmp_path: Path
) -> None:
    """Killed in the wave and started again: the same readers are in it, and the others wait for its end.

    Killed again among the others: everybody gets it, and each kill repeats no more than its window.
    """
    settings, people, first = await _prepare_pilot(database_url, telegram)
    world, log = telegram.world, tmp_path / "log"

    def counts() -> Counter[int]:
        return Counter({person: len(world.messages(person)) for person in people})

    def reached() -> frozenset[int]:
        return frozenset(person for person, number in counts().items() if number)

    telegram.faults.set({"slow_ms": 50, "methods": ["sendMessage"]})
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: counts().total() >= len(first) // 3, LONG)
        process.kill()
        await process.wait()
    assert counts().total() < len(first)
    assert reached() < first
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: reached() == first, LONG)
        await until_pilot_waits(settings)
        assert reached() == first
        assert counts().total() - len(first) <= WINDOW * (1 + losses(log))
        to_the_next(world, 13)
        await world.until(lambda: len(reached()) > len(people) // 2, LONG)
        process.kill()
        await process.wait()
    assert len(reached()) < len(people)
    async with _process(telegram, settings.database_url, tmp_path) as process:
        await world.until(lambda: reached() == frozenset(people), LONG)
        await until_finished(settings)
        process.terminate()
        assert await soon(process.wait()) == 0
    assert max(counts().values()) <= 2 + losses(log), log.read_text()
    assert counts().total() - len(people) <= WINDOW * (2 + losses(log))
    assert "Traceback" not in log.read_text()


async def until_pilot_waits(settings: Settings) -> None:
    """Wait until the wave is sent, and the others wait for its judgement."""
    await _until(settings, lambda one: one.pilot_ends_at is not None)


async def until_finished(settings: Settings) -> None:
    """Wait until the push has ended."""
    await _until(settings, lambda one: one.state is BroadcastState.FINISHED)


async def _until(settings: Settings, is_so: Callable[[Broadcast], bool]) -> None:
    database = Database(settings.database_url)
    try:
        async with asyncio.timeout(LONG):
            while True:
                async with database.read() as session:
                    [found] = await session.scalars(select(Broadcast))
                if is_so(found):
                    return
                await asyncio.sleep(0.1)
    finally:
        await database.close()
