"""`comeback backup` and `comeback restore` at a terminal."""

from pathlib import Path

import pytest

from tests.journeys.cli.results import BUS, Comeback, add_draft, done, entries, refused


def test_a_backup_brings_everything_back(
    comeback: Comeback, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was in one database is in the other, and both commands say what they did."""
    add_draft(sqlite_url)
    said = done(comeback("backup", "night.backup"))
    assert said.startswith("night.backup: ")
    assert "as private as .env" in said
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    said = done(comeback("restore", "night.backup"))
    assert "The file is whole: sqlite, tables 0" in said
    assert "Restored. Paused: 0. Scheduled and waiting: 0. Start the bot" in said
    assert len(entries(comeback("story", "list", "--json"))) == 1


def test_what_would_be_lost_is_not_replaced(comeback: Comeback, sqlite_url: str) -> None:
    """A file and a database with data each need --replace."""
    done(comeback("backup", "night.backup"))
    add_draft(sqlite_url)
    assert "--replace" in refused(comeback("backup", "night.backup"))
    restore = comeback("restore", "night.backup")
    assert restore.exit_code == 1
    assert "--replace" in restore.stderr
    assert len(entries(comeback("story", "list", "--json"))) == 1
    done(comeback("restore", "night.backup", "--replace"))
    assert entries(comeback("story", "list", "--json")) == []
    done(comeback("backup", "night.backup", "--replace"))


def test_a_dry_run_changes_nothing(comeback: Comeback, sqlite_url: str) -> None:
    """It proves the file, also while a bot runs; a file that is no backup is refused in one line."""
    done(comeback("backup", "night.backup", "--json"))
    add_draft(sqlite_url)
    [said] = entries(comeback("restore", "night.backup", "--dry-run", "--json"))
    assert (said["file"], said["database"]) == ("night.backup", "sqlite")
    assert len(entries(comeback("story", "list", "--json"))) == 1
    assert "is no backup of Comeback" in refused(comeback("restore", BUS, "--dry-run"))


def test_check_says_whether_there_is_a_backup(
    comeback: Comeback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder is a choice; a folder that cannot be, or whose newest backup is old, needs attention."""
    assert "ok     BACKUP_FOLDER is empty" in comeback("check").stdout
    monkeypatch.setenv("BACKUP_FOLDER", str(tmp_path / "nowhere" / "nights"))
    assert "WRONG  BACKUP_FOLDER: there is no folder" in comeback("check").stdout
    folder = tmp_path / "nights"
    monkeypatch.setenv("BACKUP_FOLDER", str(folder))
    assert "has no backup yet" in comeback("check").stdout
    folder.mkdir()
    (folder / "comeback-20200101T030000Z.backup").touch()
    assert "WRONG  BACKUP_FOLDER: the newest backup in" in comeback("check").stdout
