"""One soak: sets everything up, lives through the week, and judges it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.config import load
from bot.runtime.build import open_services
from storage import schema
from storage.database import Database
from tests.load.soak import chats, databases, machine, plan, product, readers
from tests.load.soak.diary import Diary
from tests.load.soak.feeds import Feeds
from tests.load.soak.oracle import Oracle, Verdict
from tests.load.soak.people import EDITH, People
from tests.load.soak.processes import Process
from tests.load.soak.stories import FEEDS, LANGUAGES, topic_of
from tests.load.soak.telegram import TOKEN, Telegram
from tests.load.soak.watch import Watch
from tests.load.soak.week import RATE, House, Week

Say = Callable[[str], None]

_MEGABYTES = 64  # of the disk, beside what each reader takes
_BYTES_A_READER = 120_000


@dataclass(frozen=True, slots=True)
class Report:
    """The table of a soak, and how much was wrong."""

    text: str
    wrong: int


async def run(kind: str, folder: Path, number: int, days: int, seed: int, say: Say) -> Report:
    """Let so many readers live through so many days on this kind of database."""
    diary = Diary(readers=readers.crowd(number, seed))
    telegram = Telegram(diary)
    world = telegram.world
    first = plan.first_day(datetime.now(UTC))
    world.clock.move_to(datetime(first.year, first.month, first.day, tzinfo=UTC).isoformat())
    megabytes = _MEGABYTES + number * _BYTES_A_READER // 1_000_000
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        store = stack.enter_context(databases.opened(kind, folder, megabytes))
        feeds = await stack.enter_async_context(Feeds())
        await stack.enter_async_context(telegram.sandbox)
        product.fetch_from(feeds.port)
        database = Database(store.url)
        stack.push_async_callback(database.close)
        await schema.migrate(database)
        given = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": telegram.sandbox.url,
            "DATABASE_URL": store.url,
            "OWNER_IDS": str(EDITH),
            "SEND_RATE": str(RATE),
        }
        settings = load(
            bot_token=TOKEN, bot_api_url=telegram.sandbox.url, database_url=store.url,
            owner_ids=str(EDITH), send_rate=RATE, _env_file=None,
        )
        services = await stack.enter_async_context(open_services(settings, world.clock))
        for feed in range(FEEDS):
            await services.sources.add(
                feeds.address(feed), topic_names=[topic_of(feed)], language=LANGUAGES[feed % len(LANGUAGES)],
                actor="soak",
            )
        appeal = await services.appeals.propose(
            organisation="Example Relief", url="https://example.org/help", purpose="Food for the winter", actor="soak"
        )
        await services.appeals.verify(appeal.id, actor="soak")
        await readers.store(database, diary.readers, joined=world.clock())
        world.add_readers(number, first=readers.FIRST_CHAT)
        world.say(EDITH, EDITH, "/help")
        roles = ["all"] if kind == "sqlite" else ["web", "worker"]
        processes = [Process(role, folder, given, feeds.port) for role in roles]
        people = People(world, diary)
        house = House(telegram, feeds, store, database, Watch(database), processes, services, diary, people, say)
        week = Week(house, days, seed)
        week.appeal = appeal.id
        week.tell_first()
        for process in processes:
            process.start()
            stack.callback(process.kill)
        say(f"{kind}: {number} readers, {days} days")
        try:
            await week.run()
        except Exception as error:
            for process in processes:
                say(process.log.read_text()[-3000:])
            raise error
        ended = [await asyncio.to_thread(process.stop) for process in processes]
        chats.read(world, diary, people.opened)
        logs = [process.log for process in processes]
        secrets = [TOKEN]
        verdicts = Oracle(diary).verdicts()
        machine_verdicts = _machine(week, logs, secrets, [one.chat for one in diary.readers[:50]], ended)
        text = await _text(kind, number, days, time.monotonic() - began, verdicts + machine_verdicts, week, house, diary)
    return Report(text, sum(one.wrong for one in verdicts + machine_verdicts))


def _machine(week: Week, logs: list[Path], secrets: list[str], numbers: list[int], ended: list[int]) -> list[Verdict]:
    flat = Verdict("memory is flat (±5 %, day 2 to the last)")
    for role, growth in machine.memory_growth(week.memory).items():
        flat.check(right=machine.is_flat(growth), example=lambda role=role, growth=growth: f"{role}: {growth:+.1%}")  # type: ignore[misc]
    lost = Verdict("no task is lost")
    lines = machine.lost_tasks(logs)
    lost.check(right=not lines, example=lambda: lines[0][:200])
    leaks = machine.leaks(logs, secrets, numbers)
    private = Verdict("no secret and no words in the log")
    private.check(right=not leaks, example=lambda: leaks[0][:200])
    orderly = Verdict("it ends in order, and by itself only where it must")
    for code in ended:
        orderly.check(right=code == 0, example=lambda code=code: f"exit code {code}")  # type: ignore[misc]
    calm = Verdict("it always comes to rest")
    calm.checked = len(week.problems) + 1
    for problem in week.problems:
        calm.blame(1, problem)
    return [flat, lost, private, orderly, calm]


async def _text(
    kind: str, number: int, days: int, took: float, verdicts: list[Verdict], week: Week, house: House, diary: Diary
) -> str:
    lines = [f"{kind}, {number} readers, {days} days, {took / 60:.1f} minutes", ""]
    lines.append(f"{'promise':<52}{'checked':>12}{'wrong':>8}")
    for one in verdicts:
        lines.append(f"{one.promise:<52}{one.checked:>12,}{one.wrong:>8,}")
        lines += [f"    {example}" for example in one.examples]
    oracle = Oracle(diary)
    lines += ["", f"messages {len(diary.received):,}, repeats {oracle.repeats()}, unread pages {oracle.unseen():,}"]
    lines.append(f"accidents: {', '.join(one.kind for one in diary.accidents)}; floods {len(diary.floods)}")
    for role, memory in week.memory.items():
        lines.append(f"memory of {role}, MiB by day: {' '.join(f'{one:.0f}' for one in memory)}")
    sizes = await house.watch.bytes_of_tables()
    rows = await house.watch.rows()
    lines.append(f"database: {sum(sizes.values()) / 1e6:.1f} MB")
    for name, size in list(sizes.items())[:8]:
        each = size / max(1, rows.get(name, 0))
        lines.append(f"    {name:<24}{rows.get(name, 0):>12,} rows{size / 1e6:>9.1f} MB{each:>9.0f} bytes each")
    return "\n".join(lines)


_ = timedelta
