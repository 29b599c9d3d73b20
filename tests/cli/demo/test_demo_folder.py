"""The folder in which `comeback demo` stores its data."""

from pathlib import Path

from bot.cli.demo import demo


def test_a_fresh_start_removes_only_the_demos_own(tmp_path: Path) -> None:
    """--fresh deletes the demo's own files and no others in the folder."""
    for name in ("comeback.db", "comeback.db-wal", "sandbox.json", "letter.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "sandbox.files").mkdir()
    demo._prepare(tmp_path, fresh=False)
    assert len(list(tmp_path.iterdir())) == 5
    demo._prepare(tmp_path, fresh=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_half_a_past_is_removed(tmp_path: Path) -> None:
    """A demo that was killed while it was filled begins afresh, once."""
    for name in ("comeback.db", "sandbox.json", "unfinished"):
        (tmp_path / name).write_text("x")
    demo._prepare(tmp_path, fresh=False)
    assert list(tmp_path.iterdir()) == []
