"""Upgrades: from every revision, with rows in every table, nothing is lost on the way to the newest."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import schema
from storage.database import Database
from storage.schema import SchemaState
from tests.paths import REPOSITORY
from tests.storage import every_row
from tests.storage.every_row import ROWS, Rows
from tests.waiting import soon

REVISIONS = schema.revisions()

DROPPED_TABLES = {"seen_updates": "0008"}
DROPPED_COLUMNS = {
    ("stories", "source"): "0002",
    ("ranges", "leased_until"): "0005",
    ("broadcasts", "progress_message_id"): "0007",
}
CHANGED: dict[tuple[str, str], tuple[str, Callable[[object], object]]] = {
    ("broadcasts", "state"): ("0009", lambda word: "preparing" if word == "draft" else word),
}
"""The columns that a migration removes or rewrites, with its revision; the tests below check each."""


@pytest.fixture
def postgres_url(empty_postgres_url: str) -> str:
    """Each test makes the tables of an old revision in a database of its own."""
    return empty_postgres_url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The same in a file of its own."""
    return f"sqlite:///{tmp_path / 'comeback.db'}"


async def _at(database: Database, revision: str) -> Rows:
    """Make the tables of a revision as it made them, fill them, and return the rows."""
    await schema.migrate(database, revision)
    await every_row.fill(database, revision)
    rows = await every_row.read(database)
    assert all(len(some) >= ROWS for name, some in rows.items() if name != "story_index")
    return rows


def _lost(before: Rows, after: Rows, revision: str) -> list[str]:
    """Return what is not there any more, or not the same, apart from what migrations say they change."""
    lost = []
    for table, rows in before.items():
        if DROPPED_TABLES.get(table, "") > revision:
            continue
        kept = {_key(one, rows[0]): one for one in after.get(table, [])}
        lost += [
            f"{table}.{column} {value!r} → {kept.get(_key(row, rows[0]), {}).get(column)!r}"
            for row in rows
            for column, value in row.items()
            if DROPPED_COLUMNS.get((table, column), "") <= revision
            and kept.get(_key(row, rows[0]), {}).get(column, "nothing")
            != _expected(table, column, value, revision)
        ]
    return lost


def _key(row: dict[str, object], first: dict[str, object]) -> object:
    """Return what a row is found by: its number, or else all that tells the rows of its table apart."""
    if "id" in first:
        return row["id"]
    keys = [name for name in first if name.endswith("_id") or name in _KEYS]
    return tuple(str(row.get(name)) for name in keys)


_KEYS = ("slug", "hash", "checksum", "name", "length", "word", "host", "day", "kind", "key", "band", "worker")


def _expected(table: str, column: str, value: object, revision: str) -> object:
    since, change = CHANGED.get((table, column), ("", lambda same: same))
    return change(value) if revision < since else value


@pytest.mark.parametrize("revision", REVISIONS[:-1])
async def test_nothing_is_lost_from_any_revision(database: Database, revision: str) -> None:
    """Every value of every row is there at the newest revision, but for what the lists above name."""
    before = await _at(database, revision)
    await schema.migrate(database)
    assert await schema.state(database) is SchemaState.CURRENT
    assert _lost(before, await every_row.read(database), revision) == []


async def test_a_lost_row_or_value_would_be_found(database: Database) -> None:
    """The comparison above is not blind: a row that is deleted, and a value that is changed, are named."""
    before = await _at(database, REVISIONS[-2])
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM clicks WHERE appeal_id = 2"))
        await connection.execute(text("UPDATE stories SET headline = 'another' WHERE id = 3"))
    found = _lost(before, await every_row.read(database), REVISIONS[-2])
    assert {one.split(" ")[0] for one in found} >= {"clicks.appeal_id", "stories.headline"}


async def test_updates_that_were_done_stay_known(database: Database) -> None:
    """Revision 0008 moves the numbers of handled updates into the inbox, and leaves the rest to Telegram."""
    before = await _at(database, "0007")
    await schema.migrate(database)
    after = await every_row.read(database)
    done = {one["update_id"]: one["claimed_at"] for one in before["seen_updates"] if one["done"]}
    assert done
    assert {one["update_id"]: one["seen_at"] for one in after["inbox"]} == done
    assert all(one["content"] is None for one in after["inbox"])


async def test_progress_messages_become_cards(database: Database) -> None:
    """Revision 0007 keeps the message that shows an editor the progress."""
    await schema.migrate(database, "0006")
    await every_row.fill(database, "0006")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE broadcasts SET started_by = 2 WHERE id = 2"))
        await connection.execute(text("UPDATE subscribers SET chat_id = 2 WHERE id = 2"))
    before = await every_row.read(database)
    await schema.migrate(database)
    [card] = [one for one in (await every_row.read(database))["cards"] if one["broadcast_id"] == 2]
    assert card["subscriber_id"] == 2
    assert card["message_id"] == before["broadcasts"][1]["progress_message_id"]
    assert card["is_open"] is True


async def test_stories_bodies_and_appeals_of_before_get_their_columns(database: Database) -> None:
    """Old stories count as announced (0002), bodies go to all (0004), a verification was a look (0017)."""
    before = await _at(database, "0001")
    await schema.migrate(database)
    after = await every_row.read(database)
    added = [one["added_at"] for one in before["stories"]]
    assert [one["announced_at"] for one in after["stories"]] == added
    assert {(one["told_in"], one["appeal"]) for one in after["bodies"]} == {("", True)}
    looked = [one["looked_at"] for one in after["appeals"]]
    verified = [one["verified_at"] for one in before["appeals"]]
    assert [one is None for one in looked] == [one is None for one in verified]
    assert all(one is None or (isinstance(one, datetime) and one <= datetime.now(UTC)) for one in looked)


_KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import event
from storage import schema
from storage.database import Database

async def main(url, steps):
    database, done = Database(url), 0

    def count(*_given):
        nonlocal done
        done += 1
        if done > steps:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    await schema.migrate(database)
    await database.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
_STEPS = (5, 40, 90)


async def test_a_migration_that_is_killed_goes_on(database: Database, database_url: str) -> None:
    """Killed after more and more statements, from the first revision on: the next one brings all rows up."""
    before = await _at(database, "0001")
    for steps in _STEPS:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _KILLED, database_url, str(steps)),
            env={"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]},
        )
        assert await soon(process.wait()) == -signal.SIGKILL
        assert await schema.state(database) is not SchemaState.CURRENT
    await schema.migrate(database)
    assert await schema.state(database) is SchemaState.CURRENT
    assert _lost(before, await every_row.read(database), "0001") == []
