"""A database to back up, and an empty one of the same kind to restore it into."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database


@pytest.fixture
def target_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the same kind."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'target.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


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
