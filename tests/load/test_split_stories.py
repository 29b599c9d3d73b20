"""Splitting labelled stories: the id alone decides, whatever folders they come from."""

from pathlib import Path

import pytest

from tests.load import split_stories
from tests.load.labelled import half_of


def _folder(parent: Path, name: str, identity: str) -> str:
    (parent / name / "en").mkdir(parents=True)
    (parent / name / "en" / "agency.txt").write_text(f"== {identity}\n# News\nA sentence.\n", "utf-8")
    return str(parent / name)


def test_several_folders_are_split_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories of two folders go to the halves of their ids; the same id twice ends the run."""
    monkeypatch.setattr(split_stories, "STORIES", tmp_path / "halves")
    folders = [_folder(tmp_path, "one", "en-a-1"), _folder(tmp_path, "two", "en-a-2")]
    monkeypatch.setattr("sys.argv", ["split", *folders])
    split_stories.main()
    for identity in ("en-a-1", "en-a-2"):
        assert identity in (tmp_path / "halves" / half_of(identity) / "en.txt").read_text("utf-8")
    monkeypatch.setattr("sys.argv", ["split", folders[0], _folder(tmp_path, "three", "en-a-1")])
    with pytest.raises(SystemExit, match="en-a-1"):
        split_stories.main()


def test_stories_that_are_there_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One can add stories without having those of before; a corrected story takes the place of its first."""
    monkeypatch.setattr(split_stories, "STORIES", tmp_path / "halves")
    for folder, identity in (("one", "en-a-1"), ("two", "en-a-2"), ("three", "en-a-1")):
        monkeypatch.setattr("sys.argv", ["split", _folder(tmp_path, folder, identity)])
        split_stories.main()
    halves = [(tmp_path / "halves" / half / "en.txt").read_text("utf-8") for half in ("check", "tune")]
    assert sorted("".join(halves).split("\n").count(f"== {one}") for one in ("en-a-1", "en-a-2")) == [1, 1]
