"""Expand and contract: from revision 0023 on, a migration breaks no process of the version before.

Old and new processes run side by side on PostgreSQL for the length of a push. So a migration may add tables,
columns that old rows and old programs need not know, and indexes that refuse nothing. It may not drop or
rename, ask old programs for more, or change rows that they read. To drop something takes two versions: the
first stops using it, the next one drops it, and is named below with the reason.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect

from storage import schema
from storage.database import Database

SINCE = "0023"
"""The revision from which on the rule holds; before it there was no release."""

ALLOWED: dict[str, dict[str, str]] = {}
"""By revision: each thing that it breaks, as `_broken` says it, and the reason why no old process minds."""

_CHANGES_ROWS = re.compile(
    r"\s*(UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?)\s+(?:ONLY\s+)?\"?(\w+)", re.IGNORECASE
)
_OF_ALEMBIC = ("alembic_version", "_alembic_tmp_")


@dataclass(frozen=True, slots=True)
class _Table:
    """What a program that writes to a table has to know: its columns, and what is refused."""

    columns: dict[str, tuple[str, bool, bool]]  # by name: type, may be null, has a default
    refuses: frozenset[str] = field(default_factory=frozenset)


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """These tests change the tables, so each has a database to itself."""
    return own_postgres_url


def _tables(connection: Connection) -> dict[str, _Table]:
    found = inspect(connection)
    return {name: _table(found, name) for name in found.get_table_names()}


def _table(found: Any, name: str) -> _Table:
    columns = {
        one["name"]: (str(one["type"]), bool(one["nullable"]), one["default"] is not None)
        for one in found.get_columns(name)
    }
    unique = [one["column_names"] for one in found.get_unique_constraints(name)]
    unique += [one["column_names"] for one in found.get_indexes(name) if one["unique"]]
    keys = [one["constrained_columns"] for one in found.get_foreign_keys(name)]
    checks = [one["sqltext"] for one in found.get_check_constraints(name)]
    return _Table(columns, frozenset(map(str, [*unique, *keys, *checks])))


def _broken(before: dict[str, _Table], after: dict[str, _Table], rewritten: set[str]) -> set[str]:
    """Return what a program that knows the tables of before can no longer do, or no longer find."""
    broken = {f"drops {name}" for name in before.keys() - after.keys()}
    broken |= {f"changes rows of {name}" for name in rewritten & before.keys()}
    for name in before.keys() & after.keys():
        broken |= {f"{what} {name}.{column}" for column, what in _of_columns(before[name], after[name])}
        broken |= {f"refuses rows of {name} by {one}" for one in _new_refusals(before[name], after[name])}
    return broken


def _of_columns(before: _Table, after: _Table) -> Iterator[tuple[str, str]]:
    for column, (kind, nullable, has_default) in after.columns.items():
        old_kind, was_nullable, had_default = before.columns.get(column, (kind, True, False))
        if (was_nullable and not nullable and not has_default) or (had_default and not has_default):
            yield column, "asks for"
        if old_kind != kind:
            yield column, "changes the type of"
    yield from ((column, "drops") for column in before.columns.keys() - after.columns.keys())


def _new_refusals(before: _Table, after: _Table) -> set[str]:
    """Return what is refused now; a foreign key of a column that is new refuses nothing of an old program."""
    new = set(after.columns) - set(before.columns)
    return {one for one in after.refuses - before.refuses if not any(f"'{name}'" in one for name in new)}


@contextmanager
def _watched(database: Database) -> Iterator[set[str]]:
    """Note the tables whose rows are changed."""
    changed: set[str] = set()

    def look(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found = _CHANGES_ROWS.match(statement)
        if found and not found[2].startswith(_OF_ALEMBIC):
            changed.add(found[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", look)
    yield changed
    event.remove(database.engine.sync_engine, "before_cursor_execute", look)


async def _breaks(database: Database, first: str, last: str) -> dict[str, set[str]]:
    """Return what each migration behind `first` breaks, up to `last`."""
    revisions = schema.revisions()
    await schema.migrate(database, first)
    found: dict[str, set[str]] = {}
    for revision in revisions[revisions.index(first) + 1 : revisions.index(last) + 1]:
        async with database.engine.connect() as connection:
            before = await connection.run_sync(_tables)
        with _watched(database) as rewritten:
            await schema.migrate(database, revision)
        async with database.engine.connect() as connection:
            found[revision] = _broken(before, await connection.run_sync(_tables), rewritten)
    return found


async def test_no_migration_breaks_a_process_of_before(database: Database) -> None:
    """Each one only adds; what it breaks otherwise stands in the list above, with the reason."""
    found = await _breaks(database, SINCE, schema.head())
    assert found
    assert {revision: sorted(broken) for revision, broken in found.items() if broken} == {
        revision: sorted(reasons) for revision, reasons in ALLOWED.items()
    }


async def test_what_breaks_is_found(database: Database) -> None:
    """Migrations from before the rule are an example of each: the look above is not blind."""
    found = await _breaks(database, "0004", "0017")
    assert "drops ranges.leased_until" in found["0005"]
    assert "drops broadcasts.progress_message_id" in found["0007"]
    assert "drops seen_updates" in found["0008"]
    assert "changes rows of broadcasts" in found["0009"]
    assert found["0014"] == set()  # it only adds


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("ALTER TABLE topics ADD COLUMN colour VARCHAR(8) NOT NULL", "asks for topics.colour"),
        ("ALTER TABLE topics ADD COLUMN colour VARCHAR(8)", None),
        ("ALTER TABLE topics RENAME COLUMN name TO title", "drops topics.name"),
        ("ALTER TABLE topics RENAME TO subjects", "drops topics"),
        ("ALTER TABLE stories ALTER COLUMN byline SET NOT NULL", "asks for stories.byline"),
        ("ALTER TABLE topics ALTER COLUMN name TYPE TEXT", "changes the type of topics.name"),
        ("CREATE UNIQUE INDEX one_name ON topics (name)", "refuses rows of topics by ['name']"),
        ("CREATE INDEX some_names ON topics (name)", None),
        ("CREATE TABLE colours (name VARCHAR(8) PRIMARY KEY)", None),
    ],
)
async def test_each_kind_of_break_is_found(own_postgres_url: str, change: str, broken: str | None) -> None:
    """A migration that did this would have to be named."""
    database = Database(own_postgres_url)
    async with database.engine.begin() as connection:
        before = await connection.run_sync(_tables)
        await connection.exec_driver_sql(change)
        found = _broken(before, await connection.run_sync(_tables), set())
    await database.close()
    assert (broken in found) if broken else (found == set())
