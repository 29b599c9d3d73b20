"""The watch: an outage is two lines whoever meets it, and a database that is lost ends the run with one."""

import asyncio
import logging

import pytest

from bot.errors import ConfigError
from bot.runtime import database_watch as module
from bot.runtime.database_watch import DatabaseWatch
from storage import schema
from storage.database import Database
from storage.engine.unavailable import (
    DatabaseLostError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
    DatabaseUnwritableError,
)
from storage.schema import SchemaState


class Trouble:
    """Stands for the database: `error` is what a write meets now, `now` the time."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: DatabaseUnavailableError | None = None
        self.now = 0.0
        self.writes = 0
        self.watch = DatabaseWatch(database, lambda: self.now)
        self._translator = database._translator
        monkeypatch.setattr(schema, "prove_writable", self._write)
        monkeypatch.setattr(schema, "state", self._state)

    async def look(self, *, after: float = 1.0) -> None:
        self.now += after
        await self.watch._look()
        self.watch._raise_if_lost()

    def somebody_fails(self, error: DatabaseUnavailableError) -> None:
        self._translator.notice(error)

    async def _write(self, _database: Database) -> None:
        self.writes += 1
        if self.error is not None:
            self.somebody_fails(self.error)
            raise self.error

    async def _state(self, _database: Database) -> SchemaState:
        return SchemaState.CURRENT


@pytest.fixture
async def trouble(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """A watch over a database whose answers the test decides on."""
    return Trouble(Database(sqlite_url), monkeypatch)


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == module.__name__]


async def test_an_outage_is_two_lines(trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """However many fail in it: when it begins, and when a row could be written again; no traceback."""
    trouble.error = DatabaseUnavailableError("connection refused")
    for _ in range(9):
        await trouble.look()
        trouble.somebody_fails(trouble.error)
    trouble.error = None
    await trouble.look()
    assert _lines(caplog) == ["the database does not answer", "the database answers again"]
    began, ended = (vars(record) for record in caplog.records)
    assert began["reason"] == "connection refused"
    assert (ended["after_s"], ended["failures"]) == (9.0, 18)
    assert not any(record.exc_info for record in caplog.records)


async def test_a_long_outage_is_a_line_a_minute(trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """With how often it failed, and for how long."""
    trouble.error = DatabaseUnavailableError("connection refused")
    for _ in range(150):
        await trouble.look()
    assert _lines(caplog) == ["the database does not answer"] + ["the database still does not answer"] * 2
    assert vars(caplog.records[1])["for_s"] == 60
    assert vars(caplog.records[1])["failures"] == 61


async def test_an_outage_lasts_while_anybody_fails(
    trouble: Trouble, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small write may go through on a disk that is full for larger ones: that is no end."""

    async def write_while_another_fails(_database: Database) -> None:
        trouble.somebody_fails(DatabaseUnavailableError("full"))

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(schema, "prove_writable", write_while_another_fails)
    await trouble.look()
    await trouble.look()
    assert _lines(caplog) == ["the database does not answer"]


async def test_a_file_that_is_lost_ends_the_run_at_once(trouble: Trouble) -> None:
    """With one sentence that names the setting; whoever meets it first wakes the watch."""
    run = asyncio.create_task(trouble.watch.run())
    await asyncio.sleep(0)
    trouble.error = DatabaseLostError("comeback.db was deleted or replaced")
    trouble.somebody_fails(trouble.error)
    with pytest.raises(ConfigError, match=r"^DATABASE_URL: .*\(comeback.db was deleted or replaced\)$"):
        await asyncio.wait_for(run, 60)


@pytest.mark.parametrize("kind", [DatabaseUnwritableError, DatabaseRefusedError])
async def test_what_lasts_ends_the_run(trouble: Trouble, kind: type[DatabaseUnavailableError]) -> None:
    """A full disk or a changed password for ten seconds; for less, it was nothing."""
    trouble.error = kind("disk is full")
    for _ in range(10):
        await trouble.look()
    trouble.error = None
    await trouble.look()
    trouble.error = kind("disk is full")
    for _ in range(10):
        await trouble.look()
    with pytest.raises(ConfigError, match="disk is full"):
        await trouble.look()


async def test_a_database_that_is_only_away_ends_nothing(trouble: Trouble) -> None:
    """A night without it is waited for."""
    trouble.error = DatabaseUnavailableError("connection refused")
    for _ in range(100):
        await trouble.look(after=600)
    assert not await trouble.watch.is_healthy()


async def test_health_writes_and_is_asked_often(trouble: Trouble) -> None:
    """Visits within a second share a write; while a write fails it is not healthy."""
    trouble.now = 100
    assert await trouble.watch.is_healthy()
    assert await trouble.watch.is_healthy()
    assert trouble.writes == 1
    trouble.now += 2
    trouble.error = DatabaseUnwritableError("full")
    assert not await trouble.watch.is_healthy()
    trouble.now += 2
    trouble.error = None
    assert await trouble.watch.is_healthy()
    assert trouble.writes == 3


async def test_a_database_that_hangs_is_not_healthy(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page answers within a time that its visitor has."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)

    async def hang(_database: Database) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(schema, "prove_writable", hang)
    assert not await trouble.watch.is_healthy()
    assert _lines(caplog) == ["the database does not answer"]
