"""One soak: sets everything up, lives through the week, and judges it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.config import load
from bot.runtime.build import open_services
from bot.sandbox.world.people import WorldError
from bot.services import Services
from storage import schema
from storage.database import Database
from tests.factories import published
from tests.load.soak import chats, databases, plan, product, readers, report
from tests.load.soak.accidents import RATE
from tests.load.soak.diary import Diary
from tests.load.soak.feeds import Feeds
from tests.load.soak.house import House
from tests.load.soak.oracle import Oracle
from tests.load.soak.people import EDITH, People, SilentError
from tests.load.soak.processes import SECRET, Process
from tests.load.soak.stories import FEEDS, LANGUAGES, topic_of
from tests.load.soak.telegram import TOKEN, Telegram
from tests.load.soak.watch import Watch
from tests.load.soak.week import Week

_ROLES = {"sqlite": ["all"], "postgresql": ["web", "worker"]}
_MEGABYTES, _BYTES_A_READER = 96, 120_000  # of the disk on which an SQLite file lies
_ACTOR = "soak"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The size of a soak. `database`: sqlite or postgresql. `seed`: of the readers, and of what they do.

    `minutes`: no day begins that would end later. `moments`: of each day, only the first so many.
    """

    database: str
    readers: int
    days: int = 7
    seed: int = 1
    minutes: float | None = None
    moments: int | None = None

    @property
    def megabytes(self) -> int:
        """How much room an SQLite file gets."""
        return _MEGABYTES + self.readers * _BYTES_A_READER // 1_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """What a soak came to: its table, how much is wrong, and the diary from which that follows."""

    text: str
    wrong: int
    diary: Diary


async def run(wanted: Wanted, folder: Path, say: Callable[[str], None]) -> Judged:
    """Let the readers live through the days, and judge what they got."""
    began = time.monotonic()
    diary = Diary(readers=readers.crowd(wanted.readers, wanted.seed))
    async with AsyncExitStack() as stack:
        store = stack.enter_context(databases.opened(wanted.database, folder, wanted.megabytes))
        feeds = await stack.enter_async_context(Feeds())
        telegram = await _telegram(stack, diary)
        product.fetch_from(feeds.port)
        database = Database(store.url)
        stack.push_async_callback(database.close)
        await schema.migrate(database)
        given = {
            "bot_token": TOKEN,
            "bot_api_url": telegram.sandbox.url,
            "database_url": store.url,
            "owner_ids": str(EDITH),
            "send_rate": str(RATE),
        }
        settings = load(**given, _env_file=None)
        services = await stack.enter_async_context(open_services(settings, telegram.world.clock))
        appeal = await _set_up(services, feeds)
        await readers.store(database, diary.readers, joined=telegram.world.clock())
        environment = {name.upper(): value for name, value in given.items()}
        processes = [Process(role, folder, environment, feeds.port) for role in _ROLES[wanted.database]]
        people, watch = People(telegram.world, diary), Watch(database)
        house = House(telegram, feeds, store, database, watch, processes, services, diary, people, say)
        week = Week(house, days=wanted.days, seed=wanted.seed, appeal=appeal, moments=wanted.moments)
        for process in processes:
            process.start()
            stack.callback(process.kill)
        say(f"{wanted.database}: {wanted.readers:,} readers, {wanted.days} days")
        try:
            await week.run(wanted.minutes)
        except (
            TimeoutError,
            RuntimeError,
            SilentError,
            WorldError,
        ) as error:  # what happened is judged all the same
            house.problems.append(f"the week broke off: {type(error).__name__}: {error}")
        codes = [await asyncio.to_thread(process.stop) for process in processes]
        chats.read(telegram.world, diary, people.opened)
        oracle = Oracle(diary)
        logs = [process.log for process in processes]
        verdicts = oracle.verdicts()
        verdicts += report.verdicts_on_machine(week, house, logs, secrets=[TOKEN, SECRET], codes=codes)
        took = (time.monotonic() - began) / 60
        lines = [f"{wanted.database}, {wanted.readers:,} readers, {week.lived} days in {took:.1f} minutes"]
        lines += report.table(verdicts)
        lines += await report.figures(oracle, week, house)
    return Judged("\n".join(lines), sum(one.wrong for one in verdicts), diary)


async def _telegram(stack: AsyncExitStack, diary: Diary) -> Telegram:
    telegram = Telegram(diary)
    first = plan.first_day(datetime.now(UTC))
    telegram.world.clock.move_to(f"{first.isoformat()}T00:00:00+00:00")
    await stack.enter_async_context(telegram.sandbox)
    telegram.world.add_readers(len(diary.readers), first=readers.FIRST_CHAT)
    telegram.world.say(EDITH, EDITH, "/help")
    return telegram


async def _set_up(services: Services, feeds: Feeds) -> int:
    """Add the feeds, a story in each language from before the week, and a verified appeal; its number.

    Without those stories, the first push would go to readers of all languages: theirs would have none yet.
    """
    for language in LANGUAGES:
        await published(services, f"Before the week, in {language}", language=language)
    for feed in range(FEEDS):
        await services.sources.add(
            feeds.address(feed),
            topic_names=[topic_of(feed)],
            language=LANGUAGES[feed % len(LANGUAGES)],
            actor=_ACTOR,
        )
    appeal = await services.appeals.propose(
        organisation="Example Relief", url="https://example.org/help", purpose="Food", actor=_ACTOR
    )
    await services.appeals.verify(appeal.id, actor=_ACTOR)
    return appeal.id
