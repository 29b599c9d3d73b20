"""What a pilot wave costs: its start, the pass through all ranges for few readers, its judgement, the CPU.

A push with a pilot wave and one without are sent in the same run, to the same readers, by one worker with a
Telegram that takes everything at once. "start": from the hour until the ranges are open. "claim": one lease,
in the wave and without one. CPU seconds are of this process; PostgreSQL's own come beside them.

    python -m tests.load.bench_pilot [--people 1200000] [--databases sqlite,postgresql] [--wave]
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bot.broadcasts.audiences import RANGE
from bot.config import Settings
from bot.delivery.selection import PushSelector
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker, WorkerLimits
from bot.runtime.build import open_services
from bot.services import Services
from storage import schema
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import leases
from storage.models import Broadcast
from storage.stories import stories
from storage.words import BroadcastKind, BroadcastState, Length, StoryState
from tests.factories import NOON, MovableClock, add_story
from tests.fakes import OpenPacer
from tests.load.bench_desk import database_url
from tests.load.bench_digests import Telegram
from tests.load.newsroom import Newsroom
from tests.load.newsroom_rows import SMALL

MINUTES = 15
_CLAIMS = 50


@dataclass(frozen=True)
class Cost:
    """Seconds, CPU seconds of this process, and messages."""

    seconds: float
    cpu: float
    sent: int


class Bench:
    """One worker, and the use cases that start and judge."""

    def __init__(self, database: Database, services: Services, clock: MovableClock) -> None:
        self._database = database
        self._services = services
        self._clock = clock
        self._telegram = Telegram()

    async def confirm(self, *, pilot: bool) -> int:
        """Confirm a push of a new story that begins now."""
        async with self._database.transaction() as session:
            values = {"state": StoryState.PUBLISHED, "released_at": NOON}
            story_id = await add_story(session, **values)
            await stories.set_summaries(session, story_id, dict.fromkeys(Length, "Somebody did something. "))
            push = await broadcasts.add(session, story_id=story_id, now=NOON)
            await broadcasts.change(
                session,
                push.id,
                pilot_minutes=MINUTES if pilot else None,
                state=BroadcastState.SCHEDULED,
                start_at=self._clock(),
            )
            return push.id

    async def start(self) -> float:
        """Return the seconds until what is due has begun."""
        return await _seconds(self._services.broadcasts.start_due)

    async def claim(self) -> float:
        """Return the milliseconds of claiming a Range and giving it back: the median."""

        async def one() -> None:
            async with self._database.transaction() as session:
                lease = await leases.claim(session, worker="bench")
                assert lease is not None
            async with self._database.transaction() as session:
                await leases.release(session, lease)

        return median([await _seconds(one) for _ in range(_CLAIMS)]) * 1000

    async def send(self, push_id: int, is_done: Callable[[Broadcast], bool]) -> Cost:
        """Send until the Broadcast is so."""
        worker = Worker(
            self._database,
            Sender(self._telegram, OpenPacer(10**9), _moved),
            self._clock,
            name="bench",
            selectors={BroadcastKind.PUSH: PushSelector(self._database, self._clock, "UTC")},
            pause=_pause,
            limits=WorkerLimits(window=500, slice=RANGE, idle_s=0.05),
        )
        before, cpu, began = self._telegram.taken, time.process_time(), time.perf_counter()
        run = asyncio.create_task(worker.run())
        while not is_done((await self._services.broadcasts.status(push_id)).broadcast):  # noqa: ASYNC110
            await asyncio.sleep(0.2)  # the database tells nobody
        worker.stop()
        await run
        taken = self._telegram.taken - before
        return Cost(time.perf_counter() - began, time.process_time() - cpu, taken)

    async def judge(self) -> float:
        """Let the time of the wave pass, and return the seconds of its judgement."""
        self._clock.advance(minutes=MINUTES)
        return await _seconds(self._services.pilots.judge_due)


async def _moved(_old: int, _new: int) -> None:
    """No chat moves here."""


async def _pause(_broadcast_id: int, _reason: object) -> None:
    """Nothing goes wrong here."""


async def _seconds(act: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


def _line(name: str, cost: Cost) -> str:
    rate = cost.sent / cost.seconds
    return f"  {name:<28}{cost.sent:>10,} messages{cost.seconds:>9.1f} s{cost.cpu:>9.1f} CPU-s{rate:>9,.0f}/s"


async def _without_wave(bench: Bench, clock: MovableClock) -> Cost:
    """Send a push without a wave, print what it costs, and return that."""
    push_id = await bench.confirm(pilot=False)
    print(f"  start without a wave {await bench.start():.2f} s, claim {await bench.claim():.1f} ms")
    whole = await bench.send(push_id, lambda one: one.state is BroadcastState.FINISHED)
    print(_line("the push without a wave", whole), flush=True)
    clock.advance(hours=1)
    return whole


async def _with_wave(bench: Bench, whole: Cost | None) -> None:
    """Send a wave and judge it; if there is a push to compare with, send to the others, too."""
    push_id = await bench.confirm(pilot=True)
    print(f"  start with a wave {await bench.start():.2f} s, claim {await bench.claim():.1f} ms", flush=True)
    first = await bench.send(push_id, lambda one: one.pilot_ends_at is not None)
    print(_line("the wave", first))
    print(f"  judge {await bench.judge():.2f} s, claim then {await bench.claim():.1f} ms", flush=True)
    if whole is None:
        return
    rest = await bench.send(push_id, lambda one: one.state is BroadcastState.FINISHED)
    print(_line("the others", rest))
    cpu, seconds = (first.cpu + rest.cpu) / whole.cpu, (first.seconds + rest.seconds) / whole.seconds
    print(f"  with the wave: {cpu:.2f} times the CPU, {seconds:.2f} times the seconds", flush=True)
    if first.sent + rest.sent != whole.sent:
        raise AssertionError("somebody was missed, or got it twice")


async def measure(url: str, people: int, *, only_wave: bool) -> None:
    """Print what both pushes cost; with `only_wave` what comes before the others get it."""
    database, clock = Database(url, patient=True), MovableClock()
    given = {name: one.default for name, one in Settings.model_fields.items()} | {"database_url": url}
    try:
        await schema.migrate(database)
        await Newsroom(database, SMALL, NOON).add_readers(people)
        async with open_services(Settings.model_construct(**given), clock) as services:
            bench = Bench(database, services, clock)
            whole = None if only_wave else await _without_wave(bench, clock)
            await _with_wave(bench, whole)
    finally:
        await database.close()


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_200_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--wave", action="store_true", help="only the wave and its judgement")
    options = parser.parse_args()
    for kind in options.databases.split(","):
        folder = Path(tempfile.mkdtemp(prefix="pilot"))
        try:
            async with database_url(kind, folder) as url:
                print(f"{kind}: {options.people:,} readers", flush=True)
                await measure(url, options.people, only_wave=options.wave)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
