"""One of the two databases, for what only that one does."""

from collections.abc import AsyncIterator

import pytest

from storage.database import Database


@pytest.fixture
async def on_postgres(postgres_url: str) -> AsyncIterator[Database]:
    """PostgreSQL alone."""
    opened = Database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """SQLite alone."""
    opened = Database(sqlite_url)
    yield opened
    await opened.close()
