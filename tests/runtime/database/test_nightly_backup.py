"""The nightly backup: once a night, the newest files stay, and owners read once a night of a failure."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import Settings
from bot.runtime.database.nightly_backup import AGAIN_AFTER, NightlyBackup, kept, last_hour
from storage.backups import backups
from storage.backups.archive import PARTIAL, PartWriter
from storage.database import Database
from storage.editors import owner_notices
from storage.models import OwnerNotice
from storage.private_files import lock, private
from storage.words import OwnerNews
from tests.factories import MovableClock, add_subscribers


@pytest.fixture
def nightly_settings(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """A backup each night at three o'clock in Kyiv; three are kept."""
    address = database.engine.url.render_as_string(hide_password=False)
    given = {"backup_folder": str(tmp_path / "nights"), "backup_keep": 3, "database_url": address}
    return settings.model_copy(update=given | {"default_timezone": "Europe/Kyiv"})


@pytest.fixture
def nightly(database: Database, nightly_settings: Settings, clock: MovableClock) -> NightlyBackup:
    return NightlyBackup(database, nightly_settings, clock)


async def _notices(database: Database) -> list[OwnerNotice]:
    async with database.read() as session:
        return list(await owner_notices.untold(session))


def _full(*_given: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_one_backup_a_night(
    nightly: NightlyBackup, database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    """The first comes at once, the next after the hour has come, by whichever process looks first."""
    folder = tmp_path / "nights"
    await add_subscribers(database, 1)
    for _ in range(3):
        await nightly.run()
    assert [one.name for one in kept(folder)] == ["comeback-20261122T120000Z.backup"]
    clock.now = datetime(2026, 11, 23, 0, 59, tzinfo=UTC)  # 2:59 in Kyiv
    await nightly.run()
    assert len(kept(folder)) == 1
    clock.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    await nightly.run()
    await nightly.run()
    assert len(kept(folder)) == 2
    assert (await backups.read(kept(folder)[-1])).made_at == clock.now
    assert await _notices(database) == []


async def test_a_night_that_the_bot_slept_through_is_made_up_for(
    nightly: NightlyBackup, clock: MovableClock, tmp_path: Path
) -> None:
    """A bot that was off at the hour writes the backup when it runs again."""
    await nightly.run()
    clock.advance(days=3)
    await nightly.run()
    assert len(kept(tmp_path / "nights")) == 2


async def test_the_oldest_go_and_other_files_stay(
    nightly: NightlyBackup, clock: MovableClock, tmp_path: Path
) -> None:
    """Three are kept; what has another name is not ours, however old it is."""
    folder = tmp_path / "nights"
    folder.mkdir()
    others = ["comeback-before-update.backup", "comeback-20200101T000000Z.backup.old", "notes.txt"]
    for name in others:
        (folder / name).write_text("mine")
    for _ in range(5):
        await nightly.run()
        clock.advance(days=1)
    days = [one.name[len("comeback-202611") :][:2] for one in kept(folder)]
    assert days == ["24", "25", "26"]
    assert all((folder / name).read_text() == "mine" for name in others)


async def test_a_full_disk_is_told_to_owners_once_a_night(
    nightly: NightlyBackup,
    database: Database,
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is tried again each hour; nothing half is left, the old ones stay, and later it works."""
    folder = tmp_path / "nights"
    await nightly.run()
    clock.advance(days=1)
    with monkeypatch.context() as patched:
        patched.setattr(PartWriter, "write", _full)
        await nightly.run()
        [notice] = await _notices(database)
        assert notice.news is OwnerNews.BACKUP_FAILED
        assert "cannot be written: no space left on device" in notice.details["reason"]
        assert [one.name for one in folder.iterdir()] == [one.name for one in kept(folder)]
        async with database.transaction() as session:
            await owner_notices.drop(session, [notice.id])  # told
        clock.now += AGAIN_AFTER + timedelta(minutes=1)
        await nightly.run()
        assert await _notices(database) == []
        clock.advance(days=1)
        await nightly.run()
        assert len(await _notices(database)) == 1
    await nightly.run()
    assert len(kept(folder)) == 1  # within the hour
    clock.now += AGAIN_AFTER + timedelta(minutes=1)
    await nightly.run()
    assert len(kept(folder)) == 2


async def test_a_folder_without_a_place_is_told(
    database: Database, nightly_settings: Settings, clock: MovableClock, tmp_path: Path
) -> None:
    """A disk that is not there is not replaced by a folder of its name."""
    away = nightly_settings.model_copy(update={"backup_folder": str(tmp_path / "disk" / "nights")})
    await NightlyBackup(database, away, clock).run()
    [notice] = await _notices(database)
    assert "no such file or directory" in notice.details["reason"]
    assert not (tmp_path / "disk").exists()


async def test_what_a_killed_process_left_is_removed(nightly: NightlyBackup, tmp_path: Path) -> None:
    """But not what another process is writing, nor what is not ours."""
    folder = tmp_path / "nights"
    folder.mkdir()
    left = folder / f"comeback-20261120T010000Z.backup{PARTIAL}"
    copy = folder / f"comeback-20261120T010000Z.backup.copy{PARTIAL}"
    written, mine = folder / f"comeback-20261121T010000Z.backup{PARTIAL}", folder / f"mine{PARTIAL}"
    for file in (left, copy, written, mine):
        file.write_text("half")
    descriptor = private(str(written), os.O_RDWR)
    assert lock(descriptor)
    await nightly.run()
    os.close(descriptor)
    assert not left.exists()
    assert not copy.exists()
    assert written.exists()
    assert mine.exists()


def test_the_hour_is_that_of_the_zone(nightly_settings: Settings) -> None:
    """Three o'clock in Kyiv is one o'clock UTC in winter and midnight in summer."""
    winter = datetime(2026, 1, 10, 0, 30, tzinfo=UTC)
    assert last_hour(winter, nightly_settings) == datetime(2026, 1, 9, 1, tzinfo=UTC)
    summer = datetime(2026, 7, 10, 0, 30, tzinfo=UTC)
    assert last_hour(summer, nightly_settings) == datetime(2026, 7, 10, tzinfo=UTC)
