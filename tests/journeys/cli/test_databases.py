"""Databases that cannot be used are refused in one line; `comeback migrate` sets one up."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy

from tests.journeys.cli.results import Comeback, done, entries, refused


def _address(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.mark.parametrize("command", ["stats", "migrate", "story list"])
def test_a_database_that_cannot_be_opened(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """A missing folder, a file that is no database and a folder in its place are refused in one line."""
    no_database = tmp_path / "story.txt"
    no_database.write_text("This is a story, and no database at all. " * 100)
    (tmp_path / "folder.db").mkdir()
    for path in (tmp_path / "missing" / "comeback.db", no_database, tmp_path / "folder.db"):
        monkeypatch.setenv("DATABASE_URL", _address(path))
        assert refused(comeback(*command.split())).startswith("DATABASE_URL: the database cannot be")
    assert no_database.read_text().startswith("This is a story")


def test_a_read_only_database(comeback: Comeback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A database that cannot be written is refused in one line that says so, also for root."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///file:{tmp_path / 'comeback.db'}?mode=ro&uri=true")
    line = refused(comeback("appeal", "add", "--organisation", "X", "--url", "https://example.org"))
    assert line.startswith("DATABASE_URL: ")
    assert "readonly" in line


@pytest.mark.parametrize("command", ["stats", "migrate", "run", "backup x.backup"])
def test_a_newer_database_is_not_changed(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, sqlite_url: str, command: str
) -> None:
    """A database of a newer version is not changed; the line says what to do."""
    monkeypatch.setenv("BOT_TOKEN", "42:secret")
    engine = sqlalchemy.create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    assert "is of a newer version of Comeback" in refused(comeback(*command.split()))
    with engine.begin() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_sqlite_is_set_up_at_the_first_start(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On SQLite no command needs `migrate` before it."""
    monkeypatch.setenv("DATABASE_URL", _address(tmp_path / "new.db"))
    assert "0 subscribers" in done(comeback("stats"))
    assert done(comeback("migrate")) == "The tables are up to date.\n"


def test_postgresql_wants_migrate_first(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, postgres: str
) -> None:
    """An empty PostgreSQL database is refused until `comeback migrate`, which may run twice."""
    monkeypatch.setenv("BOT_TOKEN", "42:secret")
    name = f"empty_{os.getpid()}"
    with asyncio.Runner() as runner:
        runner.run(_create(postgres, name))
    monkeypatch.setenv("DATABASE_URL", f"postgresql+asyncpg://postgres@/{name}?host={postgres}")
    for command in ("run", "stats"):
        line = refused(comeback(command))
        assert line == "DATABASE_URL: the tables are not up to date. Run: comeback migrate"
    for _ in range(2):
        assert done(comeback("migrate")) == "The tables are up to date.\n"
    assert "0 subscribers" in done(comeback("stats"))


async def _create(host: str, name: str) -> None:
    """Create an empty database."""
    connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


def test_texts_that_postgresql_would_refuse(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, postgres_url: str, tmp_path: Path
) -> None:
    """Zero bytes and names that exceed a column are accepted and adapted."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    odd = tmp_path / "odd.txt"
    odd.write_bytes(b"A zero\0 in the headline\n\nA sentence with a zero\0 in it. Another one.")
    [entry] = entries(comeback("story", "add", odd, "--topic", "very " * 40, "--json"))
    [shown] = entries(comeback("story", "show", entry["id"], "--json"))
    assert "in the headline" in shown["headline"]
    assert shown["topics"][0].startswith("very-very")


def test_a_postgresql_that_is_not_there(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line has the driver's reason and not the password."""
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://me:secret@127.0.0.1:1/comeback")
    line = refused(comeback("stats"))
    assert line.startswith("DATABASE_URL: the database cannot be opened")
    assert "secret" not in line
