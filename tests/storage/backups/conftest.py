"""A database to back up, and an empty one of the same kind to restore it into."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database


def address_of_another(database_url: str, request: pytest.FixtureRequest, file: Path, postgres: str) -> str:
    """Return the address of another database of the same kind: a new SQLite file, or that of a fixture."""
    return (
        f"sqlite:///{file}" if database_url.startswith("sqlite") else str(request.getfixturevalue(postgres))
    )


@pytest.fixture
def target_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the same kind."""
    return address_of_another(database_url, request, tmp_path / "target.db", "empty_postgres_url")


@pytest.fixture
async def target(target_url: str) -> AsyncIterator[Database]:
    """An empty database of the same kind as `database`."""
    opened = Database(target_url)
    yield opened
    await opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test puts its backup."""
    return tmp_path / "night.backup"
