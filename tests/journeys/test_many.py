"""Many processes on one PostgreSQL: two answer readers, three push, and they are killed in turn."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from math import ceil
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.config import load
from bot.runtime.build import open_services
from bot.sandbox.server import Sandbox
from bot.sandbox.world.history import Message
from storage.database import Database
from storage.models import Delivery
from storage.words import BroadcastState, DeliveryState
from tests.chats import ANNA, EDITH, OLENA, Chats
from tests.factories import add_subscribers, analysis
from tests.paths import REPOSITORY
from tests.repeats import losses
from tests.waiting import LONG, soon

READERS = 600
RATE = 100
WINDOW = ceil(RATE * 0.15)  # sends of a worker without a receipt at a kill, at most (bot/runtime/sending.py)
HEADLINE = "A push by many"
DRAFT = "A draft that waits"
SECRET = "a-secret-of-the-tests"


@asynccontextmanager
async def _balanced(ports: list[int]) -> AsyncIterator[int]:
    """Yield the port of a load balancer, which uses several web processes in turn and skips dead ones."""
    talks: set[asyncio.Task[None]] = set()
    turn = 0

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        for _ in ports:
            turn += 1
            with suppress(ConnectionError):
                there = await asyncio.open_connection("127.0.0.1", ports[turn % len(ports)])
                await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
                return
        writer.close()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    async with await asyncio.start_server(welcome, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class Fleet:
    """The processes, as operators start them."""

    def __init__(self, telegram: Sandbox, database_url: str, webhook: int, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "BOT_TOKEN": telegram.token,
            "BOT_API_URL": telegram.url,
            "DATABASE_URL": database_url,
            "OWNER_IDS": str(EDITH),
            "SEND_RATE": str(RATE),
            "WEBHOOK_URL": f"http://127.0.0.1:{webhook}",
            "WEBHOOK_SECRET": SECRET,
        }

    @asynccontextmanager
    async def process(self, role: str, port: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run `comeback run --role …`; kill it at the end if it still runs."""
        environment = self._environment | {"HTTP_PORT": str(port)}
        with (self._folder / "log").open("ab") as log:
            started = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", "--role", role),
                env=environment,
                cwd=self._folder,
                stderr=log,
            )
        try:
            yield started
        finally:
            if started.returncode is None:
                started.kill()
                await started.wait()


@pytest.fixture
def ports(unused_tcp_port_factory: object) -> list[int]:
    """The ports of the two web processes."""
    return [unused_tcp_port_factory(), unused_tcp_port_factory()]  # type: ignore[operator]  # the plugin's


async def test_processes_that_are_killed_in_turn_miss_nobody(
    postgres_url: str, telegram: Sandbox, ports: list[int], tmp_path: Path
) -> None:
    """Two workers and a web process die: all get the push, readers are answered, the draft's card comes."""
    settings = load(database_url=postgres_url, bot_token=telegram.token, _env_file=None)
    database = Database(postgres_url)
    people = await add_subscribers(database, READERS)
    world = telegram.world
    world.add_readers(READERS, first=people[0])
    telegram.faults.set({"slow_ms": 75, "methods": ["sendMessage"]})
    chats = Chats(world)

    def counts() -> Counter[int]:
        return Counter({person: len(world.messages(person)) for person in people})

    def reached(number: int) -> bool:
        return counts().total() >= number

    def cards() -> list[Message]:
        return [one for one in chats.said(EDITH) if DRAFT in one["text"]]

    async with AsyncExitStack() as stack:
        webhook = await stack.enter_async_context(_balanced(ports))
        fleet = Fleet(telegram, postgres_url, webhook, tmp_path)
        webs = [await stack.enter_async_context(fleet.process("web", port)) for port in ports]
        workers = [await stack.enter_async_context(fleet.process("worker")) for _ in range(3)]
        await chats.say(EDITH, "/start")
        await chats.say(ANNA, "/start")
        async with open_services(settings, telegram.world.clock) as services:
            added = await services.stories.add(analysis(HEADLINE), actor="test")
            await services.review.publish(added.story.id, actor="test", push=True)
            await services.stories.add(analysis(DRAFT), actor="test")
        await world.until(lambda: counts().total() >= 100, LONG)
        for dying, then in ((workers[0], 200), (webs[0], 300), (workers[1], READERS)):
            dying.kill()
            await dying.wait()
            assert "/latest" in (await chats.ask(OLENA, "/help"))["text"]
            await world.until(partial(reached, then), LONG)
        await world.until(lambda: all(counts().values()), LONG)
        await world.until(lambda: cards() != [], LONG)
        for survivor in (webs[1], workers[2]):
            survivor.terminate()
            assert await soon(survivor.wait()) == 0

    assert counts().total() - READERS <= WINDOW * (2 + losses(tmp_path / "log"))
    async with database.read() as session:
        states = Counter(await session.scalars(select(Delivery.state)))
    async with open_services(settings) as services:
        [broadcast] = await services.broadcasts.listed()
    await database.close()
    assert states[DeliveryState.SENT] == READERS + 2  # Anna and Edith too
    assert broadcast.state in {BroadcastState.FINISHED, BroadcastState.RUNNING}
    assert len(cards()) in {1, 2}  # two where a process was killed after it had sent the card
    assert "Traceback" not in (tmp_path / "log").read_text()
