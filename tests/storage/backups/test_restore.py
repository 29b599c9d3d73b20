"""A restore is refused where it would harm, and is all or nothing."""

import asyncio
import errno
import os
import signal
import sqlite3
import struct
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import schema
from storage.backups import backups, sqlite
from storage.backups import restored as settling
from storage.backups.archive import PARTIAL, PartWriter
from storage.backups.errors import BackupRefusedError
from storage.database import Database
from tests.factories import NOON, add_subscribers
from tests.paths import REPOSITORY
from tests.storage import every_row
from tests.storage.backups.restoring import backed_up, restored
from tests.waiting import comes_true, soon


async def _subscribers(database: Database) -> int:
    async with database.engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM subscribers")) or 0


async def _filled(target: Database, people: int) -> None:
    """Make the tables of today in a database, with so many Subscribers."""
    await schema.migrate(target)
    if people:
        await add_subscribers(target, people)


@pytest.fixture
async def whole(database: Database, file: Path) -> Path:
    """A backup of three Subscribers."""
    await add_subscribers(database, 3)
    await backed_up(database, file)
    return file


async def test_data_is_replaced_only_on_demand(target: Database, whole: Path) -> None:
    """Without `replace` a database with rows stays as it is; with it, none of them is left."""
    await _filled(target, 5)
    with pytest.raises(BackupRefusedError, match="add --replace"):
        await restored(target, whole)
    assert await _subscribers(target) == 5
    await restored(target, whole, replace=True)
    assert await _subscribers(target) == 3


async def test_a_bot_that_was_only_started_has_no_data(target: Database, whole: Path) -> None:
    """What a bot notes by itself, such as when a duty ran, is nothing that a restore would harm."""
    await _filled(target, 0)
    await schema.prove_writable(target)
    await restored(target, whole)
    assert await _subscribers(target) == 3


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
async def test_a_changed_byte_is_found(target: Database, whole: Path, part: float) -> None:
    """A backup with one other byte in its rows or its manifest is refused before anything is changed."""
    with zipfile.ZipFile(whole) as zipped:
        largest = max(zipped.infolist()[:-1], key=lambda one: one.compress_size)
        manifest = zipped.getinfo("manifest.json")
    right = whole.read_bytes()
    await _filled(target, 1)
    for info in (largest, manifest):
        changed = bytearray(right)
        changed[_begin(right, info) + int(info.compress_size * part)] ^= 0x10
        whole.write_bytes(changed)
        with pytest.raises(BackupRefusedError, match="damaged"):
            await restored(target, whole, replace=True)
        assert await _subscribers(target) == 1


def _begin(archive: bytes, info: zipfile.ZipInfo) -> int:
    """Return where the contents of a part begin, behind its header."""
    name, extra = struct.unpack_from("<HH", archive, info.header_offset + 26)
    return info.header_offset + 30 + int(name) + int(extra)


async def test_half_a_file_and_another_file_are_refused(target: Database, whole: Path) -> None:
    """Also one that is no ZIP, and a ZIP that is no backup."""
    half = whole.with_name("half")
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    other = whole.with_name("other")
    other.write_text("A story, and no backup.")
    foreign = whole.with_name("foreign")
    with zipfile.ZipFile(foreign, "w") as zipped:
        zipped.writestr("story.txt", "A story.")
    for file in (half, other, foreign):
        with pytest.raises(BackupRefusedError, match="no backup of Comeback"):
            await backups.read(file)
        with pytest.raises(BackupRefusedError, match="no backup of Comeback"):
            await restored(target, file)


async def test_a_newer_backup_is_refused(
    target: Database, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that does not know the tables of a backup says so in one line."""
    monkeypatch.setattr(schema, "revisions", lambda: ("0001", "0002"))
    with pytest.raises(BackupRefusedError, match="newer version of Comeback"):
        await restored(target, whole)


async def test_a_backup_goes_back_into_its_own_kind_of_database(
    sqlite_url: str, postgres_url: str, file: Path
) -> None:
    """PostgreSQL does not take a backup of SQLite, and the other way round."""
    first, second = Database(sqlite_url), Database(postgres_url)
    for source, other, name in ((first, second, "SQLite"), (second, first, "PostgreSQL")):
        await backed_up(source, file)
        with pytest.raises(BackupRefusedError, match=f"a backup of {name}"):
            await restored(other, file)
        file.unlink()
    await first.close()
    await second.close()


async def test_nothing_is_backed_up_where_nothing_is(target: Database, file: Path) -> None:
    """A database without tables is refused, and no file is made, also no empty database."""
    with pytest.raises(BackupRefusedError, match="nothing to back up"):
        await backed_up(target, file)
    assert not file.exists()
    assert target.file is None or not target.file.exists()


async def test_a_newer_database_is_neither_backed_up_nor_replaced(target: Database, whole: Path) -> None:
    """Its tables are not those that this program knows."""
    await _filled(target, 0)
    async with target.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BackupRefusedError, match="newer version"):
        await restored(target, whole, replace=True)
    with pytest.raises(BackupRefusedError, match="newer version"):
        await backed_up(target, whole.with_name("another"))


async def test_a_file_that_is_there_stays(database: Database, whole: Path) -> None:
    """A backup replaces another one only on demand."""
    before = whole.read_bytes()
    with pytest.raises(BackupRefusedError, match="is there already"):
        await backed_up(database, whole)
    assert whole.read_bytes() == before
    await backups.back_up(database, whole, program="1.2.3", now=NOON, replace=True)


async def test_a_restore_that_fails_at_its_end_changes_nothing(
    target: Database, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row is as it was, and the next try works."""
    await schema.migrate(target)
    await every_row.fill(target, schema.head())
    before = await every_row.read(target)

    async def fail(*_given: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr(settling, "_hold_scheduled", fail)
        with pytest.raises(RuntimeError, match="in the middle"):
            await restored(target, whole, replace=True)
    assert await every_row.read(target) == before
    await restored(target, whole, replace=True)
    assert await _subscribers(target) == 3


async def test_a_restore_waits_for_no_process_that_is_at_work(database: Database, whole: Path) -> None:
    """On PostgreSQL every connection of another process counts: it would go on with what it remembers.

    On SQLite the lock of the file tells (tests/runtime/database/test_backups.py).
    """
    if database.is_sqlite:
        return
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with pytest.raises(BackupRefusedError, match=r"another connection|other connections"):
        await restored(other, whole, replace=True)
    assert await _subscribers(database) == 3
    await database.engine.dispose()  # the process has ended
    await restored(other, whole, replace=True)
    await other.close()


async def test_a_full_disk_leaves_no_half_file(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is raised as it came, nothing is left, and the next backup works."""
    await add_subscribers(database, 3)

    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(PartWriter, "write", full)
        with pytest.raises(OSError, match="No space left"):
            await backed_up(database, file)
    assert list(file.parent.glob(f"{file.name}*")) == []
    await backed_up(database, file)
    assert (await backups.read(file)).parts


async def test_a_disk_that_has_no_room_for_the_copy_is_full(
    sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's copy beside the file fails as any write there would: it is not the database that is full."""
    connect = sqlite._connect

    def small(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        if path.name.startswith(file.name):
            connection.execute("PRAGMA max_page_count = 10")
        return connection

    monkeypatch.setattr(sqlite, "_connect", small)
    database = Database(sqlite_url)
    with pytest.raises(OSError, match="No space left"):
        await backed_up(database, file)
    await database.close()
    assert list(file.parent.glob(f"{file.name}*")) == []


async def test_a_backup_that_is_cancelled_leaves_nothing(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the bot stops during the night: the work ends with the piece under way."""
    await add_subscribers(database, 3)
    begun, loop, write = asyncio.Event(), asyncio.get_running_loop(), PartWriter.write
    cancelled = asyncio.Event()

    def write_late(self: PartWriter, piece: bytes) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(cancelled.wait(), loop).result(60)
        write(self, piece)

    monkeypatch.setattr(PartWriter, "write", write_late)
    backing_up = asyncio.create_task(backed_up(database, file))
    await soon(begun.wait())
    assert _left(file)
    backing_up.cancel()
    await asyncio.wait({backing_up})
    cancelled.set()
    assert backing_up.cancelled()

    async def is_gone() -> bool:
        return not _left(file)

    await comes_true(is_gone)


def _left(file: Path) -> list[Path]:
    """Return the backup and what is beside it while it is written."""
    return list(file.parent.glob(f"{file.name}*"))


_KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from storage.backups import sqlite
steps = int(sys.argv[3])
connect = sqlite._connect
class Slow(sqlite3.Connection):
    def backup(self, target, **_given):
        def look(_status, remaining, total):
            if total - remaining >= steps:
                os.kill(os.getpid(), signal.SIGKILL)
        super().backup(target, pages=1, progress=look)
sqlite._connect = lambda file: sqlite3.connect(file, isolation_level=None, factory=Slow)
sqlite.replace(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("pages", [1, 40, 90])
async def test_a_kill_in_the_middle_leaves_the_old_rows(
    tmp_path: Path, sqlite_template: Path, pages: int
) -> None:
    """A process that is killed while it replaces the SQLite file leaves what was there, page by page."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    for file, name in ((old, "old"), (new, "new")):
        file.write_bytes(sqlite_template.read_bytes())
        with sqlite3.connect(file) as connection:
            connection.execute("INSERT INTO topics (slug, name) VALUES (?, ?)", (name, name))
        connection.close()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _KILLED, str(old), str(new), str(pages)), env={"PYTHONPATH": str(REPOSITORY)}
    )
    assert await soon(process.wait()) == -signal.SIGKILL
    with sqlite3.connect(old) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT slug FROM topics").fetchall() == [("old",)]
    connection.close()


async def test_what_a_killed_backup_left_is_in_nobodys_way(database: Database, file: Path) -> None:
    """The next one writes over the half file; one that is still being written is left alone."""
    await add_subscribers(database, 1)
    partial = file.with_name(file.name + PARTIAL)
    partial.write_bytes(b"half" * 1_000_000)
    await backed_up(database, file)
    assert (await backups.read(file)).program == "1.2.3"
    assert not partial.exists()
