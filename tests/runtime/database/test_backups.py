"""Backups with the settings of a process: what stops a restore, and that every error is one sentence."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.broadcasts.reasons import RESTORED
from bot.config import Settings
from bot.errors import BackupError, ConfigError
from bot.runtime.database import backups
from bot.runtime.database.database import alone_on_file
from storage.database import Database
from storage.models import Broadcast, OwnerNotice
from storage.words import BroadcastState, OwnerNews
from tests.factories import NOON, add_subscribers, running_broadcast


@pytest.fixture
async def whole(settings: Settings, tmp_path: Path) -> Path:
    """A backup with a push under way."""
    database = Database(settings.database_url)
    await add_subscribers(database, 2)
    await running_broadcast(database)
    await database.close()
    file = tmp_path / "night.backup"
    await backups.make(settings, file, now=NOON)
    return file


async def test_a_restore_is_refused_while_a_bot_runs(settings: Settings, whole: Path) -> None:
    """On SQLite the lock of the file tells; a backup needs no lock."""
    with alone_on_file(settings):
        with pytest.raises(ConfigError, match=r"another Comeback runs on .* already"):
            await backups.restore(settings, whole, now=NOON, replace=True)
        await backups.make(settings, whole, now=NOON, replace=True)


async def test_no_bot_starts_during_a_restore(
    settings: Settings, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is held until all is done."""
    refused: list[bool] = []

    async def look(*_given: object, **_named: object) -> None:
        try:
            with alone_on_file(settings):
                refused.append(False)
        except ConfigError:
            refused.append(True)
        await asyncio.sleep(0)

    monkeypatch.setattr("bot.runtime.database.backups.backups.restore", look)
    await backups.restore(settings, whole, now=NOON, replace=True)
    assert refused == [True]


async def test_editors_and_owners_are_to_be_told(settings: Settings, whole: Path) -> None:
    """The push is paused, editors read the reason, and owners read of the restore."""
    settled = await backups.restore(settings, whole, now=NOON, replace=True)
    assert settled.paused == 1
    database = Database(settings.database_url)
    async with database.read() as session:
        [broadcast] = await session.scalars(select(Broadcast))
        [notice] = await session.scalars(select(OwnerNotice))
    await database.close()
    assert (broadcast.state, broadcast.reason, broadcast.untold) == (BroadcastState.PAUSED, RESTORED, True)
    assert notice.news is OwnerNews.RESTORED


async def test_every_error_is_one_sentence(settings: Settings, whole: Path, tmp_path: Path) -> None:
    """No folder, no file, a file that is there, data that is there, no database."""
    nowhere = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"})
    with pytest.raises(BackupError, match=r"cannot be written: no such file or directory\."):
        await backups.make(settings, tmp_path / "nowhere" / "x.backup", now=NOON)
    with pytest.raises(BackupError, match=r"cannot be read: no such file or directory\."):
        await backups.restore(settings, tmp_path / "nothing", now=NOON)
    with pytest.raises(BackupError, match=r"is there already: .* --replace\."):
        await backups.make(settings, whole, now=NOON)
    with pytest.raises(BackupError, match=r"has data, .* --replace\."):
        await backups.restore(settings, whole, now=NOON)
    with pytest.raises(BackupError, match="nothing to back up"):
        await backups.make(nowhere, tmp_path / "y.backup", now=NOON)
    assert not (tmp_path / "x.db").exists()
    await backups.restore(nowhere, whole, now=NOON)
    assert (await backups.describe(whole)).made_at == NOON
