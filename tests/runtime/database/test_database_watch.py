"""The database watch: an outage is two lines in the log, and a database that is lost ends the run."""

import asyncio
import logging

import pytest

from bot.errors import ConfigError
from bot.runtime.database import database_watch as module
from bot.runtime.database.database_watch import DatabaseWatch
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
    """A database watch whose writes fail with `error`, if it is set, at the time `now`."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: DatabaseUnavailableError | None = None
        self.now = 0.0
        self.writes = 0
        self.state = SchemaState.CURRENT
        self.watch = DatabaseWatch(database, lambda: self.now)
        self._translator = database._translator
        monkeypatch.setattr(schema, "prove_writable", self._write)
        monkeypatch.setattr(schema, "state", self._look_at_tables)

    async def look(self, *, after: float = 1.0) -> None:
        self.now += after
        await self.watch._look()
        self.watch._raise_if_lost()

    def another_part_fails(self, error: DatabaseUnavailableError) -> None:
        self._translator.notice(error)

    async def _write(self, _database: Database) -> None:
        self.writes += 1
        if self.error is not None:
            self.another_part_fails(self.error)
            raise self.error

    async def _look_at_tables(self, _database: Database) -> SchemaState:
        return self.state


@pytest.fixture
async def trouble(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """A watch over a database whose answers the test sets."""
    return Trouble(Database(sqlite_url), monkeypatch)


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == module.__name__]


async def test_an_outage_is_two_lines_in_the_log(trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """When it begins and when a row could be written, without tracebacks, however many parts fail."""
    trouble.error = DatabaseUnavailableError("connection refused")
    for _ in range(9):
        await trouble.look()
        trouble.another_part_fails(trouble.error)
    trouble.error = None
    await trouble.look()
    assert _lines(caplog) == ["the database does not answer", "the database answers again"]
    began, ended = (vars(record) for record in caplog.records)
    assert began["reason"] == "connection refused"
    assert (ended["after_s"], ended["failures"]) == (9.0, 18)
    assert not any(record.exc_info for record in caplog.records)


async def test_a_long_outage_is_logged_once_a_minute(
    trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    """Each line says how often it failed and for how long."""
    trouble.error = DatabaseUnavailableError("connection refused")
    for _ in range(150):
        await trouble.look()
    assert _lines(caplog) == ["the database does not answer"] + ["the database still does not answer"] * 2
    assert vars(caplog.records[1])["for_s"] == 60
    assert vars(caplog.records[1])["failures"] == 61


async def test_an_outage_lasts_while_any_part_fails(
    trouble: Trouble, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small write may succeed on a disk that is full for larger ones: that does not end the outage."""

    async def write_while_another_fails(_database: Database) -> None:
        trouble.another_part_fails(DatabaseUnavailableError("full"))

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(schema, "prove_writable", write_while_another_fails)
    await trouble.look()
    await trouble.look()
    assert _lines(caplog) == ["the database does not answer"]


async def test_a_disk_that_is_full_for_larger_rows_ends_the_run(
    trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    """The small row of the watch fits in each second, those of another part never: that is one outage."""
    trouble.another_part_fails(DatabaseUnwritableError("disk is full"))
    for _ in range(9):
        await trouble.look()
        trouble.another_part_fails(DatabaseUnwritableError("disk is full"))
    await trouble.look()
    trouble.another_part_fails(DatabaseUnwritableError("disk is full"))
    with pytest.raises(ConfigError, match="disk is full"):
        await trouble.look()
    assert _lines(caplog) == ["the database does not answer"]


async def test_room_on_a_disk_ends_the_outage_after_some_calm_seconds(
    trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    """The run goes on where somebody made room in time."""
    trouble.another_part_fails(DatabaseUnwritableError("disk is full"))
    for _ in range(20):
        await trouble.look()
    assert _lines(caplog) == ["the database does not answer", "the database answers again"]
    assert vars(caplog.records[1])["after_s"] == 6.0


async def test_a_lost_file_ends_the_run_at_once(trouble: Trouble) -> None:
    """One sentence names the setting. The part that notices it first wakes the watch."""
    run = asyncio.create_task(trouble.watch.run())
    await asyncio.sleep(0)
    trouble.error = DatabaseLostError("comeback.db was deleted or replaced")
    trouble.another_part_fails(trouble.error)
    with pytest.raises(ConfigError, match=r"^DATABASE_URL: .*\(comeback.db was deleted or replaced\)$"):
        await asyncio.wait_for(run, 60)


@pytest.mark.parametrize("kind", [DatabaseUnwritableError, DatabaseRefusedError])
async def test_a_full_disk_or_a_refusal_ends_the_run_after_ten_seconds(
    trouble: Trouble, kind: type[DatabaseUnavailableError]
) -> None:
    """A shorter one does not."""
    trouble.error = kind("disk is full")
    for _ in range(10):
        await trouble.look()
    trouble.error = None
    for _ in range(6):
        await trouble.look()
    trouble.error = kind("disk is full")
    for _ in range(10):
        await trouble.look()
    with pytest.raises(ConfigError, match="disk is full"):
        await trouble.look()


async def test_a_database_that_is_away_does_not_end_the_run(trouble: Trouble) -> None:
    """It may be away for a night."""
    trouble.error = DatabaseUnavailableError("connection refused")
    for _ in range(100):
        await trouble.look(after=600)
    assert not await trouble.watch.is_healthy()


async def test_health_writes_a_row_at_most_once_a_second(trouble: Trouble) -> None:
    """Visits within a second share a write; the database is not healthy while a write fails."""
    trouble.now = 100
    assert await trouble.watch.is_healthy()
    assert await trouble.watch.is_healthy()
    assert trouble.writes == 1
    trouble.now += 2
    trouble.error = DatabaseUnavailableError("connection refused")
    assert not await trouble.watch.is_healthy()
    trouble.now += 2
    trouble.error = None
    assert await trouble.watch.is_healthy()
    assert trouble.writes == 3


async def test_a_database_that_hangs_is_not_healthy(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page answers in time all the same."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)

    async def hang(_database: Database) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(schema, "prove_writable", hang)
    assert not await trouble.watch.is_healthy()
    assert _lines(caplog) == ["the database does not answer"]


async def test_a_process_stays_healthy_while_newer_ones_take_over(trouble: Trouble) -> None:
    """Newer tables have all that an old process needs; older ones than its own do not."""
    for state, is_healthy in (
        (SchemaState.NEWER, True),
        (SchemaState.BEHIND, False),
        (SchemaState.EMPTY, False),
    ):
        trouble.state = state
        assert await trouble.watch.is_healthy() is is_healthy
