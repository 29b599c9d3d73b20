"""Does a reader get an answer while others wait? `python -m tests.load.bench_inbox`.

The bot and the sandbox run as two processes on 127.0.0.1, at the free rate, by polling and by webhook (40
connections). At one moment a thousand readers write to the editors, an editor sends 50 links that take 20 s
each, and a group gives more commands than it may be answered in a minute. Meanwhile one reader after another
asks /help, four times a second. Then the letters are waited for. Stops by itself.
"""

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from sqlalchemy import func, select

from bot.articles.fetch.fetcher import Fetcher
from bot.config import load
from bot.errors import InvalidInputError
from bot.runtime.process import run
from bot.sandbox.server import Sandbox
from storage import schema
from storage.database import Database
from storage.models import Letter, LetterMark
from tests.chats import EDITH, NEIGHBOURS, TOM
from tests.load.counted import postgres

TOKEN = "42:bench-inbox-token"
BETWEEN_S = 0.25
PATIENCE_S = 180.0
LINK_S = 20.0
GROUP_COMMANDS = 40
ALONE = 20


def be_the_bot() -> None:
    """`comeback run`, for which every site takes 20 s and then has no story."""

    async def slow(_self: Fetcher, address: str) -> Any:
        await asyncio.sleep(LINK_S)
        raise InvalidInputError(f"There is no story at {address}.")

    Fetcher.fetch = slow  # type: ignore[method-assign,assignment]
    asyncio.run(run(load(_env_file=None)))


@asynccontextmanager
async def started(
    sandbox: Sandbox, database_url: str, *, by_webhook: bool
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot, once it has taken to its work."""
    environment = os.environ | {
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": sandbox.url,
        "DATABASE_URL": database_url,
        "OWNER_IDS": str(EDITH),
        "LOG_LEVEL": "ERROR",
    }
    if by_webhook:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment |= {
            "WEBHOOK_URL": f"http://127.0.0.1:{port}",
            "HTTP_PORT": str(port),
            "WEBHOOK_SECRET": "bench",
        }
    command = [sys.executable, "-m", "tests.load.bench_inbox", "--bot"]
    bot = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        await sandbox.world.ask(EDITH, "/start", patience=60)
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


async def answer_s(sandbox: Sandbox, reader: int) -> float:
    """Seconds until /help is answered; `PATIENCE_S` where it is not."""
    began = time.perf_counter()
    try:
        await sandbox.world.ask(reader, "/help", patience=PATIENCE_S)
    except TimeoutError:
        return PATIENCE_S
    return time.perf_counter() - began


async def ask(sandbox: Sandbox, readers: Sequence[int]) -> list[float]:
    """One reader after another asks, whether the one before was answered or not."""
    asking = []
    for reader in readers:
        asking.append(asyncio.create_task(answer_s(sandbox, reader)))
        await asyncio.sleep(BETWEEN_S)
    return await asyncio.gather(*asking)


async def taken_s(sandbox: Sandbox) -> float:
    """Seconds until the bot has taken all that waits now."""
    began, last = time.perf_counter(), sandbox.world.updates.after(0)[-1:]
    while last and last[0] in sandbox.world.updates.after(last[0].id - 1):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.05)
    return time.perf_counter() - began


async def send_letter(sandbox: Sandbox, writer: int) -> None:
    """Tap the button that sends what somebody wrote to the editors."""
    [*_, found] = [entry.message for entry in sandbox.world.history(writer) if entry.from_bot]
    await sandbox.world.tap(writer, found, "Send to the editors")


def told(sandbox: Sandbox, chat: int, count: Callable[[str], int]) -> int:
    """What the bot's messages in a chat add up to."""
    return sum(
        count(str(entry.message.get("text", ""))) for entry in sandbox.world.history(chat) if entry.from_bot
    )


async def letters_told(database_url: str) -> tuple[int, int]:
    """How many letters are kept, and how many of them the editor knows of."""
    database = Database(database_url)
    async with database.read() as session:
        kept = await session.scalar(select(func.count()).select_from(Letter)) or 0
        mark = select(func.coalesce(func.max(LetterMark.letter_id), 0)).scalar_subquery()
        known = await session.scalar(select(func.count()).select_from(Letter).where(Letter.id <= mark)) or 0
    await database.close()
    return kept, known


def show(name: str, waits: list[float]) -> None:
    cuts = quantiles(waits, n=100)
    print(
        f"  {name:<16} {len(waits):>4} answers   p50 {median(waits):7.3f} s   p95 {cuts[94]:7.3f} s   "
        f"max {max(waits):7.3f} s",
        flush=True,
    )


async def bench(database_url: str, given: argparse.Namespace, *, by_webhook: bool) -> None:
    async with Sandbox(TOKEN) as sandbox:
        world = sandbox.world
        readers = world.add_readers(given.letters + given.asks + ALONE)
        writers, askers, first = (
            readers[: given.letters],
            readers[given.letters : given.letters + given.asks],
            readers[given.letters + given.asks :],
        )
        async with started(sandbox, database_url, by_webhook=by_webhook) as bot:
            show("alone", await ask(sandbox, first))
            process = psutil.Process(bot.pid)
            began, busy = time.perf_counter(), sum(process.cpu_times()[:2])
            for place, writer in enumerate(writers):
                world.say(writer, writer, f"Thank you, {place}")
            for place in range(given.links):
                world.say(EDITH, EDITH, f"https://example.org/{place}")
            for _ in range(GROUP_COMMANDS if given.group else 0):
                world.say(TOM, NEIGHBOURS, f"/help@{world.bot.username}")
            taking = asyncio.create_task(taken_s(sandbox))
            show("behind the others", await ask(sandbox, askers))
            print(f"  what came at once was taken after {await taking:.1f} s")
            taps = list[asyncio.Task[None]]()
            answered, sending, kept, known = Counter[int](), set[int](), 0, 0
            while time.perf_counter() - began < given.wait:
                answered |= Counter(
                    {
                        one: told(sandbox, one, lambda text: text.startswith("I found no stories"))
                        for one in writers
                    }
                )
                for writer in {one for one in writers if answered[one]} - sending:
                    sending.add(writer)
                    taps.append(asyncio.create_task(send_letter(sandbox, writer)))
                kept, known = await letters_told(database_url)
                if len(sending) == len(writers) and known >= given.letters:
                    break
                await asyncio.sleep(0.5)
            await asyncio.gather(*taps)
            took = time.perf_counter() - began
            messages = sum(1 for entry in world.history(EDITH) if entry.from_bot)
            reached = sum(1 for one in writers if answered[one])
            print(
                f"  after {took:.0f} s: {reached} of {given.letters} readers "
                f"answered ({answered.total()} messages), {kept} letters kept and {known} told in "
                f"{messages} messages to the editor; {sum(process.cpu_times()[:2]) - busy:.1f} CPU-s, "
                f"{process.memory_info().rss / 2**20:.0f} MiB",
                flush=True,
            )


async def main(given: argparse.Namespace) -> None:
    for by_webhook in (way == "webhook" for way in given.ways):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{'webhook' if by_webhook else 'polling'}, {given.database}", flush=True)
            if given.database == "sqlite":
                await bench(f"sqlite:///{folder}/bench.db", given, by_webhook=by_webhook)
            else:
                with postgres(Path(folder)) as url:
                    await migrated(url)
                    await bench(url, given, by_webhook=by_webhook)


async def migrated(url: str) -> None:
    database = Database(url)
    await schema.migrate(database)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--links", type=int, default=50)
    parser.add_argument("--asks", type=int, default=120)
    parser.add_argument("--group", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--wait", type=float, default=240, help="seconds at most for the letters")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--ways", nargs="+", choices=("polling", "webhook"), default=["polling", "webhook"])
    parser.add_argument("--bot", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bot:
        be_the_bot()
    else:
        asyncio.run(main(arguments))
