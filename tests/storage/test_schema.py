"""The tables and their migrations."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from storage import schema
from storage.database import Database
from storage.models import Base
from storage.schema import SchemaState


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """These tests change the tables, so each has a database to itself."""
    return own_postgres_url


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    """What Alembic made and what the models say differ in nothing."""
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_every_migration_can_be_walked_down_and_up(database: Database) -> None:
    """Down to nothing and up again ends at the same tables."""
    await schema.migrate(database, "base")
    assert await schema.state(database) is SchemaState.EMPTY
    await schema.migrate(database)
    assert await schema.state(database) is SchemaState.CURRENT


async def test_a_database_of_a_newer_version_is_told_apart(database: Database) -> None:
    """A revision that we do not know is newer than we are, not older."""
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    assert await schema.state(database) is SchemaState.NEWER


async def test_sqlite_is_set_up_to_be_safe(sqlite_url: str) -> None:
    """Foreign keys on, write-ahead log, a busy timeout, every commit on the disk."""
    database = Database(sqlite_url)
    async with database.engine.connect() as connection:
        found = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "journal_mode", "busy_timeout", "synchronous")
        ]
    await database.close()
    assert found == [1, "wal", 30_000, 2]


async def test_the_embedded_postgresql_is_a_real_one(postgres: str) -> None:
    """The tests that say PostgreSQL mean it."""
    connection = await asyncpg.connect(host=postgres, user="postgres", database="postgres")
    version = await connection.fetchval("SHOW server_version")
    await connection.close()
    assert int(version.split(".")[0]) >= 14
