"""The migrations make the tables that the models describe, and lose no rows."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DefaultClause, String, delete, text

from bot.clock import utc_now
from storage import schema
from storage.appeals import appeals
from storage.database import Database
from storage.engine import fulltext
from storage.models import Appeal, Base, Subscriber
from storage.schema import SchemaState
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import AppealState
from tests.factories import add_subscribers, get_subscriber


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """These tests change the tables, so each has a database to itself."""
    return own_postgres_url


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": _differs_in_default,
            "include_name": _is_ours,
        },
    )
    return list(compare_metadata(context, Base.metadata))


def _differs_in_default(*found: object) -> bool:
    """Compare a stored default with the model's by their values: Alembic cannot for JSON and empty texts."""
    *_, stored, _column, wanted = found
    return _value(stored) != _value(wanted)


def _value(default: object) -> str | None:
    """Return '[]'::json, ('[]') and [] all as []; None for no default."""
    return None if default is None else str(default).partition("::")[0].strip("()'")


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the tables of the full-text index: no model describes FTS5's."""
    return kind != "table" or not (name or "").startswith(fulltext.TABLE)


async def test_the_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    """Alembic finds no difference between them."""
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


def test_a_new_row_and_an_old_one_get_the_same_default() -> None:
    """Where a model has a default for new rows and one for rows that are there, both are the same value."""
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    both = [one for one in columns if one.default is not None and one.server_default is not None]
    assert both
    for column in both:
        assert isinstance(column.server_default, DefaultClause)
        given = getattr(column.default, "arg", None)
        new = given(None) if callable(given) else getattr(given, "value", given)
        old = column.server_default.arg
        assert str(new).lower() == _value(getattr(old, "text", old)), column


async def test_every_migration_can_be_undone_and_done_again(database: Database) -> None:
    """Down to nothing and up again, the tables are the same."""
    await schema.migrate(database, "base")
    assert await schema.state(database) is SchemaState.EMPTY
    await schema.migrate(database)
    assert await schema.state(database) is SchemaState.CURRENT


async def test_no_function_of_ours_keeps_a_plan(postgres_url: str) -> None:
    """A plan for any words makes a search six times slower from its sixth call on. (Triggers have none.)"""
    database = Database(postgres_url)
    await schema.migrate(database)
    async with database.read() as session:
        found = await session.execute(
            text(
                "SELECT proname, proconfig FROM pg_proc JOIN pg_language ON pg_language.oid = prolang"
                " WHERE lanname = 'sql' AND pronamespace = current_schema()::regnamespace"
            )
        )
        settings = {one.proname: one.proconfig for one in found}
    await database.close()
    assert "matching_stories" in settings
    assert all("plan_cache_mode=force_custom_plan" in given for given in settings.values()), settings


async def test_appeals_of_before_the_lapse_are_reminded_of_first(database: Database) -> None:
    """An Appeal that was verified long before the tables knew of looks does not lapse at the upgrade."""
    now = utc_now()
    async with database.transaction() as session:
        old, new = [
            await appeals.add(
                session,
                organisation="Fund",
                url="https://example.org/help",
                state=AppealState.VERIFIED,
                proposed_at=at,
                verified_at=at,
            )
            for at in (now - timedelta(days=200), now - timedelta(days=20))
        ]
    await schema.migrate(database, "0016")
    await schema.migrate(database)
    async with database.read() as session:
        looked = [(await session.get_one(Appeal, one.id)).looked_at for one in (old, new)]
    assert looked[0] is not None
    assert timedelta(days=79) < now - looked[0] < timedelta(days=81)
    assert looked[1] == now - timedelta(days=20)


async def test_rows_that_refer_to_a_table_survive_its_migration(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite makes a new table where a column changes; afterwards foreign keys are checked again."""
    (chat,) = await add_subscribers(database, 1)
    subscriber = await get_subscriber(database, chat)
    async with database.transaction() as session:
        (topic,) = await topics.ensure(session, {"food": "Food"})
        await subscribers.set_topics(session, subscriber.id, [topic.id])

    def make_anew(connection: Connection, _revision: str) -> None:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("subscribers", recreate="auto") as table:
            table.alter_column("language", type_=String(9))

    monkeypatch.setattr(schema, "_move", make_anew)
    await schema.migrate(database)
    async with database.read() as session:
        assert await subscribers.topics_of(session, subscriber.id) == {topic.id}
    async with database.transaction() as session:
        await session.execute(delete(Subscriber).where(Subscriber.chat_id == chat))
    async with database.read() as session:
        assert await subscribers.topics_of(session, subscriber.id) == set()


def test_the_revisions_are_those_that_alembic_knows() -> None:
    """Their order too: what the start and the health page compare is read from the names of files."""
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert schema.revisions() == tuple(one.revision for one in reversed(list(scripts.walk_revisions())))
    assert schema.head() == scripts.get_current_head()


async def test_a_database_of_a_newer_version_is_recognised(database: Database) -> None:
    """A revision that we do not know is newer, not older."""
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    assert await schema.state(database) is SchemaState.NEWER


async def test_sqlite_is_set_up_to_be_safe(sqlite_url: str) -> None:
    """Foreign keys on, write-ahead log, short busy timeout (we wait ourselves), every commit on the disk."""
    database = Database(sqlite_url)
    async with database.engine.connect() as connection:
        found = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "journal_mode", "busy_timeout", "synchronous")
        ]
    await database.close()
    assert found == [1, "wal", 250, 2]


async def test_the_embedded_postgresql_is_a_real_one(postgres: str) -> None:
    """Tests that say PostgreSQL run on it."""
    connection = await asyncpg.connect(host=postgres, user="postgres", database="postgres")
    version = await connection.fetchval("SHOW server_version")
    await connection.close()
    assert int(version.split(".")[0]) >= 14
