"""The restore drill: a database with rows in every table is backed up while it is in use, and restored."""

import asyncio
import stat
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from storage import schema
from storage.backups.archive import PartWriter
from storage.database import Database
from storage.models import Base, ContentVersion, Thread, Topic
from storage.schema import SchemaState
from tests import waiting
from tests.factories import NOON
from tests.storage import every_row
from tests.storage.backups.conftest import address_of_another
from tests.storage.backups.restoring import LATER, REASON, backed_up, restored
from tests.storage.every_row import Rows

_EMPTY = ("receivers", "outages", "rates", "duties", "desk_sessions", "entry_links", "appeal_notices")
_SETTLED = {
    *("broadcasts", "inbox", "invitations", "letter_marks", "owner_notices", "pending_decisions", "ranges"),
    *("sources", "stories", "subscribers", "webhooks"),
}
_KEPT = {
    *("after_counts", "aftermaths", "appeal_checks", "appeals", "asked_hosts", "audit", "bodies", "cards"),
    *("canaries", "canary_alarms", "census_slices", "desk_launches", "events", "parcels"),
    *("clicks", "content_versions", "deliveries", "editors", "followings", "forgotten", "group_answers"),
    *("helped", "letters", "prompts", "reports", "search_entries", "search_words", "secrets"),
    *("source_entries", "source_topics", "story_bands", "story_topics", "subscriptions", "summaries"),
    *("threads", "topics"),
}
"""Tables whose rows send nothing by themselves, and let nobody in: a restore leaves them as they were."""

_CHANGED: dict[str, dict[str, Any]] = {
    "inbox": {"content": None, "chat_id": None, "errand": None, "receiver_id": None},
    "sources": {"first_polled_at": None, "etag": None, "modified": None},
    "ranges": {"worker": None},
}


def _settled(before: Rows) -> Rows:
    """Return the rows as `storage/backups/restored.py` says that a restore leaves them."""
    after = {name: [row | _CHANGED.get(name, {}) for row in rows] for name, rows in before.items()}
    after |= {name: [] for name in _EMPTY}
    after["invitations"] = [row for row in after["invitations"] if row["used_at"]]
    after["pending_decisions"] = [row for row in after["pending_decisions"] if row["acted_at"]]
    after["owner_notices"] = [row for row in after["owner_notices"] if row["news"] != "restored"]
    for old, new in zip(before["ranges"], after["ranges"], strict=True):
        new["attempt"] += old["worker"] is not None
    for row in after["letter_marks"]:
        row["letter_id"] = max(row["letter_id"], every_row.ROWS)
    for row in after["stories"]:
        row["announced_at"] = row["announced_at"] or (LATER if row["state"] == "draft" else None)
    after["webhooks"] = [
        row | ({"state": "paused"} if row["state"] == "active" else {}) for row in after["webhooks"]
    ]
    after["broadcasts"] = [row | _broadcast(row) for row in after["broadcasts"]]
    return after


def _broadcast(row: dict[str, Any]) -> dict[str, Any]:
    waits = {"reason": REASON, "untold": True}
    if row["kind"] == "digest" and row["state"] in {"running", "paused"}:
        return {"state": "cancelled", "reason": REASON, "finished_at": LATER}
    return {"running": {"state": "paused"} | waits, "scheduled": waits}.get(row["state"], {})


class _Writer:
    """Writes two rows in each transaction: a moment's rows have both of them or neither."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.written = 0
        self._committed = threading.Condition()

    async def run(self) -> None:
        while True:
            number = self.written + 1
            async with self._database.transaction() as session:
                session.add(Topic(slug=f"during-{number}", name="one"))
                await session.flush()
                session.add(Thread(title=f"during-{number}", created_at=NOON))
            with self._committed:
                self.written = number
                self._committed.notify_all()

    def wait_for_another(self) -> None:
        """Return once a later transaction is committed; for the thread that writes the backup.

        One may be committed and not counted yet: then the backup has it, and it is not later.
        """
        with self._committed:
            seen = self.written + 1
            assert self._committed.wait_for(lambda: self.written > seen, waiting.PATIENCE)


async def test_what_is_restored_is_what_was_there(
    database: Database, target: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row by row: one moment of a database that was in use meanwhile, apart from what a restore settles."""
    await every_row.fill(database, schema.head())
    before = await every_row.read(database)
    writer, write = _Writer(database), PartWriter.write

    def write_slowly(self: PartWriter, piece: bytes) -> None:
        writer.wait_for_another()
        write(self, piece)

    monkeypatch.setattr(PartWriter, "write", write_slowly)
    writing = asyncio.create_task(writer.run())
    made = await backed_up(database, file)
    writing.cancel()
    await asyncio.wait({writing})

    await restored(target, file)
    after = await every_row.read(target)
    topics = [row["slug"] for row in after["topics"] if row["slug"].startswith("during")]
    threads = [row["title"] for row in after["threads"] if row["title"].startswith("during")]
    assert topics == threads == [f"during-{number}" for number in range(1, len(topics) + 1)]
    assert len(topics) < writer.written
    assert await schema.state(target) is SchemaState.CURRENT
    assert (made.revision, made.made_at) == (schema.head(), NOON)
    for name, rows in _settled(before).items():
        found = [row for row in after[name] if "during" not in f"{row.get('slug')}{row.get('title')}"]
        if name in {"audit", "owner_notices", "broadcasts"}:  # the restore adds one to each
            found = found[: len(rows)]
        assert found == rows, name
    [notice] = [row for row in after["owner_notices"] if row["news"] == "restored" and row["at"] == LATER]
    assert notice["details"] == {"made_at": NOON.isoformat()}
    noted = after["audit"][-1]
    assert (noted["actor"], noted["action"], noted["subject"]) == ("command line", "restore", "database")
    assert (noted["at"], noted["after"]) == (LATER, notice["details"])


def test_somebody_has_thought_of_every_table() -> None:
    """A new table is in one of the lists above: may its rows send something again, or let somebody in?

    If they may, `storage/backups/restored.py` settles them.
    """
    assert {*_EMPTY, *_SETTLED, *_KEPT} == set(Base.metadata.tables)
    assert len(_EMPTY) + len(_SETTLED) + len(_KEPT) == len(Base.metadata.tables)


async def test_a_server_process_of_the_same_number_is_in_no_way(
    postgres_url: str, empty_postgres_url: str, file: Path
) -> None:
    """Each connection to PostgreSQL has a row by its number, and numbers come again on another server."""
    source, target = Database(postgres_url), Database(empty_postgres_url)
    await schema.migrate(target)
    async with target.engine.connect() as connection:
        number = await connection.scalar(text("SELECT pg_backend_pid()"))
    async with source.engine.begin() as connection:
        values = {"writer": number, "version": 5}
        await connection.execute(insert(ContentVersion).values(values))
    await backed_up(source, file)
    await restored(target, file)
    async with target.engine.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) == number
        assert (await connection.scalar(text("SELECT sum(version) FROM content_versions")) or 0) >= 5
    await source.close()
    await target.close()


async def test_ids_go_on_where_they_were(database: Database, target: Database, file: Path) -> None:
    """A row that is added after a restore gets a number of its own."""
    await every_row.fill(database, schema.head())
    await backed_up(database, file)
    await restored(target, file)
    async with target.transaction() as session:
        thread = Thread(title="after", created_at=NOON)
        session.add(thread)
        await session.flush()
        assert thread.id == every_row.ROWS + 1


@pytest.fixture
def old_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of another database of the same kind, with the tables of today."""
    return address_of_another(database_url, request, tmp_path / "old.db", "own_postgres_url")


@pytest.fixture
async def old(old_url: str) -> AsyncIterator[Database]:
    """The same, opened, without tables."""
    opened = Database(old_url)
    await schema.migrate(opened, "base")
    yield opened
    await opened.close()


@pytest.mark.parametrize("revision", ["0001", "0011", "0022"])
async def test_an_old_backup_is_brought_up_to_date(
    old: Database, target: Database, file: Path, revision: str
) -> None:
    """A backup of older tables, as it is made before an update, becomes tables of today."""
    await schema.migrate(old, revision)
    await every_row.fill(old, revision)
    before = await every_row.read(old)
    made = await backed_up(old, file)
    assert made.revision == revision
    await restored(target, file)
    assert await schema.state(target) is SchemaState.CURRENT
    after = await every_row.read(target)
    for name in ("subscribers", "stories", "summaries", "deliveries", "appeals"):
        assert [row["state"] for row in after[name] if "state" in row] == [
            row["state"] for row in before[name] if "state" in row
        ]
        assert len(after[name]) == len(before[name]) == every_row.ROWS


async def test_the_file_is_private_and_one_that_others_can_read(database: Database, file: Path) -> None:
    """Only its owner may read it; any program that knows ZIP finds the manifest; nothing else is left."""
    await backed_up(database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as zipped:
        assert zipped.testzip() is None
        assert zipped.namelist()[-1] == "manifest.json"
    assert [one.name for one in file.parent.iterdir() if one.name.startswith(file.name)] == [file.name]
