"""Runs `comeback …` inside the test, on a fresh database, against a site of the test's own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.articles.fetch.fetcher import FetchLimits
from bot.cli.main import app
from tests.journeys.cli.results import Comeback
from tests.sites import Site, opened
from tests.waiting import PATIENCE


@pytest.fixture
def comeback(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comeback:
    """`comeback …` in a folder of its own, on a fresh database, with nothing else in its environment."""
    for name in ("BOT_TOKEN", "BOT_API_URL", "OWNER_IDS", "WEBHOOK_URL", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)  # it would remove pytest's own handlers
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def run(*arguments: object, answer: str | None = None) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments], input=answer)

    return run


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site in a thread of its own, which the command line may fetch."""
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    site = loop.run_until_complete(stack.enter_async_context(opened(Site())))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    for module in ("bot.runtime.build", "bot.cli.story.story", "bot.cli.story.summarize"):
        monkeypatch.setattr(f"{module}.fetcher_of", lambda _settings: site.fetcher(FetchLimits()))
    yield site
    asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
