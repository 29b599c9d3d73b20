"""One SQLite file has one bot; a PostgreSQL has as many as one likes."""

import stat
from pathlib import Path

import pytest

from bot.config import Settings
from bot.errors import ConfigError
from bot.runtime.database.database import alone_on_file


def _lock_of(settings: Settings) -> Path:
    return Path(settings.database_url.partition(":///")[2] + "-lock")


def test_a_second_bot_on_one_file_is_refused(settings: Settings) -> None:
    """In one sentence, and only while the first one runs; the lock file is for its owner."""
    refused = pytest.raises(ConfigError, match=r"another Comeback runs on .* already")
    with alone_on_file(settings):
        assert stat.S_IMODE(_lock_of(settings).stat().st_mode) == 0o600
        with refused, alone_on_file(settings):
            pass
    with alone_on_file(settings):
        assert _lock_of(settings).exists()


def test_many_bots_may_run_on_postgresql(settings: Settings, postgres_url: str) -> None:
    """Nothing is locked."""
    many = settings.model_copy(update={"database_url": postgres_url})
    with alone_on_file(many), alone_on_file(many):
        assert not _lock_of(settings).exists()


def test_what_cannot_be_locked_is_left_to_sqlite(settings: Settings) -> None:
    """As where a folder has the name of the lock file."""
    _lock_of(settings).mkdir()
    with alone_on_file(settings), alone_on_file(settings):
        assert _lock_of(settings).is_dir()
