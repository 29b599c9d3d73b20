"""A database that is away is distinguished from a wrong statement, by codes and never by English words."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from asyncpg import exceptions
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.database import Database
from storage.engine import postgresql, sqlite
from storage.engine.unavailable import (
    DatabaseLostError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
    DatabaseUnwritableError,
    unavailable,
)
from tests.waiting import comes_true

_TOPIC = "INSERT INTO topics (slug, name) VALUES ('a', 'A')"


async def _do(database: Database, *statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await session.execute(text(statement))


def _on(statement: str, given: tuple[Any, ...], begun: asyncio.Event) -> None:
    if statement in given:
        begun.set()


def _file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM nothing_of_this_name",
        "SELECT no_such_column FROM topics",
        "SELEC 1",
        "INSERT INTO topics (slug, name) VALUES ('a', NULL)",
        "INSERT INTO audit (id) VALUES ('x', 'y', 'z')",
    ],
)
async def test_a_wrong_statement_is_not_an_outage(database: Database, statement: str) -> None:
    """It raises SQLAlchemy's own error, which no retry catches."""
    with pytest.raises(DBAPIError):
        await _do(database, statement)


async def test_a_row_that_violates_a_constraint_is_not_an_outage(database: Database) -> None:
    """The same topic twice."""
    with pytest.raises(IntegrityError):
        await _do(database, _TOPIC, _TOPIC)


async def test_a_wrong_value_is_not_an_outage(on_postgres: Database) -> None:
    """A division by zero, a text that is too long, a text for a number."""
    for statement in ("SELECT 1 / 0", "SELECT 'x'::int", "UPDATE topics SET slug = repeat('x', 99)"):
        with pytest.raises(DBAPIError):
            await _do(on_postgres, _TOPIC, statement)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, DatabaseUnavailableError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseUnavailableError),
        (sqlite3.SQLITE_LOCKED, DatabaseUnavailableError),
        (sqlite3.SQLITE_CANTOPEN, DatabaseUnavailableError),
        (sqlite3.SQLITE_FULL, DatabaseUnwritableError),
        (sqlite3.SQLITE_IOERR_FSYNC, DatabaseUnwritableError),
        (sqlite3.SQLITE_READONLY_DBMOVED, DatabaseUnwritableError),
        (sqlite3.SQLITE_NOTADB, DatabaseRefusedError),
        (sqlite3.SQLITE_CORRUPT_INDEX, DatabaseRefusedError),
        (sqlite3.SQLITE_ERROR, None),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
        (sqlite3.SQLITE_MISMATCH, None),
        (sqlite3.SQLITE_MISUSE, None),
        (sqlite3.SQLITE_RANGE, None),
        (sqlite3.SQLITE_TOOBIG, None),
    ],
)
def test_sqlite_errors_are_classified_by_code(code: int, kind: type[DatabaseUnavailableError] | None) -> None:
    """Extended codes by their primary code."""
    error = sqlite3.OperationalError("words that say nothing")
    error.sqlite_errorcode = code
    assert type(unavailable(error)) is (kind or type(None))


@pytest.mark.parametrize(
    ("error", "is_away"),
    [
        (exceptions.ConnectionDoesNotExistError, True),
        (exceptions.TooManyConnectionsError, True),
        (exceptions.DiskFullError, True),
        (exceptions.AdminShutdownError, True),
        (exceptions.CannotConnectNowError, True),
        (exceptions.PostgresIOError, True),
        (exceptions.SerializationError, True),
        (exceptions.DeadlockDetectedError, True),
        (exceptions.LockNotAvailableError, True),
        (exceptions.QueryCanceledError, True),
        (exceptions.ReadOnlySQLTransactionError, True),
        (exceptions.UndefinedTableError, False),
        (exceptions.UndefinedColumnError, False),
        (exceptions.PostgresSyntaxError, False),
        (exceptions.UniqueViolationError, False),
        (exceptions.NumericValueOutOfRangeError, False),
        (exceptions.InsufficientPrivilegeError, False),
        (exceptions.InFailedSQLTransactionError, False),
        (exceptions.InvalidPasswordError, False),
    ],
)
def test_postgresql_errors_are_classified_by_code(error: type[Exception], is_away: bool) -> None:
    """By the class of the code where the whole class means the same."""
    assert (unavailable(error("words that say nothing")) is not None) is is_away


async def test_a_postgresql_that_ends_connections_is_unavailable(on_postgres: Database) -> None:
    """It ends our connection, a statement takes too long, it is a standby: all are outages."""
    for statements in (
        ("SELECT pg_terminate_backend(pg_backend_pid())",),
        ("SET LOCAL statement_timeout = 1", "SELECT pg_sleep(5)"),
        ("SET LOCAL transaction_read_only = on", _TOPIC),
    ):
        with pytest.raises(DatabaseUnavailableError):
            await _do(on_postgres, *statements)
    await _do(on_postgres, _TOPIC)  # the next one goes through: no broken connection is handed out again


async def _end_idle_connections(database: Database) -> None:
    """Let the server end all connections but the one that asks."""
    found = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    count, end = f"SELECT count(*) {found}", f"SELECT pg_terminate_backend(pid) {found}"
    other = Database(database.engine.url.render_as_string(hide_password=False))
    async with other.read() as session:
        await session.execute(text(end))
        async with asyncio.timeout(60):
            while await session.scalar(text(count)):  # noqa: ASYNC110  # the server tells nobody
                await asyncio.sleep(0.01)
    await other.close()


async def test_an_idle_connection_that_the_server_ended_is_replaced(
    on_postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked next is answered over a new connection, as if nothing had happened."""
    monkeypatch.setattr(postgresql, "_TRUSTED_S", 0.0)
    async with on_postgres.read() as session:
        before = await session.scalar(text("SELECT pg_backend_pid()"))
    await _end_idle_connections(on_postgres)
    async with on_postgres.read() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) != before


async def test_a_connection_that_the_server_ended_just_now_is_replaced(on_postgres: Database) -> None:
    """The driver has seen that it is closed: that takes no test."""
    async with on_postgres.read() as session:
        driver = (await (await session.connection()).get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    await _end_idle_connections(on_postgres)

    async def is_closed() -> bool:
        return bool(driver.is_closed())

    await comes_true(is_closed)
    async with on_postgres.read() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_reads_have_a_transaction_where_statements_are_not_kept(postgres_url: str) -> None:
    """Behind a pooler, a statement is prepared and executed on one connection to the server only in one."""
    found = []
    for options in ("", "&prepared_statement_cache_size=0"):
        database = Database(postgres_url + options)
        async with database.read() as session:
            began = [await session.scalar(text("SELECT now()")) for _ in range(2)]  # of the transaction
        found.append(began[0] == began[1])
        await database.close()
    assert found == [False, True]


async def test_a_connection_that_was_just_used_is_not_tested(
    on_postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read makes no test before it, and no transaction around it: both would be trips to the server."""
    async with on_postgres.read() as session:
        await session.execute(text("SELECT 1"))
    for trip in ("fetchrow", "transaction"):  # what SQLAlchemy tests and begins with
        monkeypatch.delattr(asyncpg.Connection, trip)
    async with on_postgres.read() as session:
        assert await session.scalar(text("SELECT 2")) == 2


async def test_a_deadlock_is_an_outage_for_one_transaction(on_postgres: Database) -> None:
    """The other one goes on."""
    await _do(on_postgres, _TOPIC, "INSERT INTO topics (slug, name) VALUES ('b', 'B')")
    both = asyncio.Barrier(2)

    async def rename(first: str, second: str) -> None:
        async with on_postgres.transaction() as session:
            await session.execute(text("UPDATE topics SET name = 'x' WHERE slug = :slug"), {"slug": first})
            await both.wait()
            await session.execute(text("UPDATE topics SET name = 'y' WHERE slug = :slug"), {"slug": second})

    results = await asyncio.gather(rename("a", "b"), rename("b", "a"), return_exceptions=True)
    assert [type(one) for one in results if one is not None] == [DatabaseUnavailableError]


async def test_an_unknown_database_name_is_refused(postgres: str) -> None:
    """The error says that waiting is of no use."""
    database = Database(f"postgresql://postgres@/nothing?host={postgres}")
    with pytest.raises(DatabaseRefusedError, match="nothing"):
        await _do(database, "SELECT 1")
    await database.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Waiting would not change it."""
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    database = Database(f"sqlite:///{tmp_path}/broken.db")
    with pytest.raises(DatabaseRefusedError):
        await _do(database, "SELECT 1 FROM topics")
    await database.close()


def test_a_connection_that_cannot_be_set_up_is_closed(tmp_path: Path) -> None:
    """Nothing else could close it, as long as the error with its traceback lives."""
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database") as refused:
        sqlite.SQLiteConnection(tmp_path / "broken.db")
    frames = [frame for frame, _ in traceback.walk_tb(refused.tb) if frame.f_code.co_name == "__init__"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        frames[0].f_locals["self"].execute("SELECT 1")


async def test_a_lock_that_another_process_keeps_is_waited_for(
    on_sqlite: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the database is unavailable. A task that is cancelled meanwhile ends within a second."""
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_S", 0.6)
    other = sqlite3.connect(_file_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailableError, match="locked"):
        await _do(on_sqlite, _TOPIC)
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_S", 300)
    begun = threading.Event()
    patiently = sqlite._Call.patiently

    def noted(*given: Any) -> Any:
        begun.set()
        return patiently(*given)

    monkeypatch.setattr(sqlite._Call, "patiently", noted)
    waiting = asyncio.create_task(_do(on_sqlite, _TOPIC))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=30)
    assert waiting.cancelled()
    other.execute("ROLLBACK")
    other.close()
    await asyncio.wait_for(_do(on_sqlite, _TOPIC), 10)


async def test_the_statement_of_a_cancelled_task_is_broken_off(on_sqlite: Database) -> None:
    """Even one that would run for hours: the next writer gets the lock at once."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    begun = asyncio.Event()
    event.listen(
        on_sqlite.engine.sync_engine, "before_cursor_execute", lambda *given: _on(endless, given, begun)
    )
    working = asyncio.create_task(_do(on_sqlite, _TOPIC, endless))
    await begun.wait()
    working.cancel()
    await asyncio.wait({working}, timeout=30)
    assert working.cancelled()
    await asyncio.wait_for(_do(on_sqlite, _TOPIC), 10)


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
async def test_nothing_is_written_into_a_deleted_file(
    on_sqlite: Database, sqlite_url: str, replaced: bool
) -> None:
    """Open connections could still write, and a new one would create a new file."""
    await _do(on_sqlite, _TOPIC)
    file = _file_of(sqlite_url)
    kept = file.read_bytes()
    file.rename(file.with_suffix(".away"))
    if replaced:
        file.write_bytes(kept)
    with pytest.raises(DatabaseLostError, match=r"deleted or replaced"):
        await _do(on_sqlite, "DELETE FROM topics")
    await on_sqlite.engine.dispose()
    with pytest.raises(DatabaseLostError):
        await _do(on_sqlite, "DELETE FROM topics")
    assert file.exists() is replaced
    file.with_suffix(".away").replace(file)
    await _do(on_sqlite, "DELETE FROM topics")  # it is back, and it is the same


_FILL = """
import asyncio, os, resource, sys
from storage import schema
from storage.database import Database
from storage.engine.unavailable import DatabaseUnwritableError

async def main(path):
    database = Database(f"sqlite:///{path}")
    await schema.prove_writable(database)
    size = os.stat(path + "-wal").st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        for _ in range(3):
            await schema.prove_writable(database)
    except DatabaseUnwritableError:
        print("noticed")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await schema.prove_writable(database)
    print("goes on")
    await database.close()

asyncio.run(main(sys.argv[1]))
"""


def test_a_full_disk_is_noticed(sqlite_url: str) -> None:
    """A file that may not grow fails the proof that rows can be written, until it may grow again."""
    given = [sys.executable, "-c", _FILL, str(_file_of(sqlite_url))]
    done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=120)  # our own
    assert done.stdout.split("\n")[:2] == ["noticed", "goes on"], done.stderr


async def test_a_server_without_free_connections_is_unavailable(postgres: str, on_postgres: Database) -> None:
    """Others have taken all that it allows."""
    taken = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            taken.append(await asyncpg.connect(host=postgres, user="postgres", database="postgres"))
    with pytest.raises(DatabaseUnavailableError):
        await _do(on_postgres, "SELECT 1")
    for connection in taken:
        await connection.close()
