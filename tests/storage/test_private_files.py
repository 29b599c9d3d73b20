"""Files are private to their owner, on a machine whose usual mask lets all users read them."""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.config import load
from bot.runtime.build import open_services
from storage.private_files import is_open_to_others, lock, make_private
from tests.factories import analysis


@pytest.fixture(autouse=True)
def loose() -> Iterator[None]:
    """The mask that most machines have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def modes(files: Sequence[Path]) -> list[int]:
    return [mode(file) for file in files]


def loosen(files: Sequence[Path]) -> None:
    """Let all users read these files."""
    for file in files:
        file.chmod(0o644)


async def test_a_new_database_is_private_to_its_owner(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file, and those that SQLite keeps beside it; nothing is logged."""
    file = tmp_path / "comeback.db"
    async with open_services(load(database_url=f"sqlite:///{file}")) as services:
        await services.stories.add(analysis(), actor="test")
        found = {one.name: mode(one) for one in tmp_path.iterdir()}
    assert found == dict.fromkeys(("comeback.db", "comeback.db-wal", "comeback.db-shm"), 0o600)
    assert "others could read" not in caplog.text


async def test_a_database_that_others_could_read_is_made_private(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also what a killed bot left beside it; it is logged once."""
    file = tmp_path / "comeback.db"
    settings = load(database_url=f"sqlite:///{file}")
    async with open_services(settings) as services:
        await services.stories.add(analysis(), actor="test")
        files = [tmp_path / f"comeback.db{suffix}" for suffix in ("", "-wal", "-shm")]
        loosen(files)
        async with open_services(settings):
            assert modes(files) == [0o600] * 3
    logged = [record for record in caplog.records if "others could read" in record.getMessage()]
    assert {record.levelno for record in logged} == {logging.WARNING}
    assert sorted(vars(record)["file"] for record in logged) == sorted(map(str, files))
    caplog.clear()
    async with open_services(settings):
        assert "others could read" not in caplog.text


def test_files_of_others_keep_their_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another owner's file, a folder, a pipe. No pipe is waited for."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o644)
    (tmp_path / "theirs").touch()
    for name in ("folder", "pipe"):
        assert make_private(tmp_path / name) == []
    assert make_private(tmp_path / "no" / "such" / "folder.db") == []
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert make_private(tmp_path / "theirs") == []
    assert mode(tmp_path / "theirs") == 0o644


@pytest.mark.parametrize(
    ("given", "owner", "expected"),
    [
        (0o600, True, False),
        (0o640, True, True),
        (0o644, True, True),
        (0o640, False, False),
        (0o644, False, True),
    ],
)
def test_a_file_that_others_can_read_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: int, owner: bool, expected: bool
) -> None:
    """The group of another owner's file does not count: through it we may read the file ourselves."""
    file = tmp_path / ".env"
    file.touch(given)
    file.chmod(given)
    if not owner:
        monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert is_open_to_others(file) is expected
    assert not is_open_to_others(tmp_path / "none")


def test_a_lock_has_one_holder_until_its_file_is_closed(tmp_path: Path) -> None:
    """The next one gets it then."""
    with (tmp_path / "lock").open("w") as waiting:
        with (tmp_path / "lock").open("w") as holding:
            assert lock(holding.fileno())
            assert not lock(waiting.fileno())
        assert lock(waiting.fileno())
