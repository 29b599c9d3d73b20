"""Story files and folders that a command is given: which are read, which are refused and why."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.story.input_files import open_file
from tests.journeys.cli.results import BUS, Comeback, done, entries, refused


def _bad_files(folder: Path) -> dict[str, str]:
    """Create story files that cannot be added; return by name a part of the sentence that says why."""
    made = {
        "empty.txt": b"",
        "blank.txt": b" \n\n\t\n",
        "picture.jpg": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20,
        "noise.txt": bytes(range(256)) * 40,
        "huge.txt": b"A headline\n\n" + b"A sentence that goes on. " * 220_000,
        "headline.txt": b"Only a headline",
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    (folder / "folder.txt").mkdir()
    return {
        "empty.txt": "is empty",
        "blank.txt": "is empty",
        "picture.jpg": "is a JPEG file",
        "noise.txt": "cannot be read as text",
        "huge.txt": "is larger than 5 MB",
        "headline.txt": "has a headline, but no story",
        "folder.txt": "it is a folder",
        "missing.txt": "no such file",
    }


def test_bad_story_files_get_one_sentence_each(comeback: Comeback, tmp_path: Path) -> None:
    """Each sentence names its file and the reason; a good file in an old encoding is added."""
    reasons = _bad_files(tmp_path)
    (tmp_path / "old.txt").write_bytes(Path(BUS).read_text("utf-8").encode("cp1251", "replace"))
    result = comeback("story", "add", *reasons, "old.txt", "--json")
    assert result.exit_code == 1
    complaints = result.stderr.splitlines()
    assert len(complaints) == len(reasons)
    for complaint, (name, reason) in zip(complaints, reasons.items(), strict=True):
        assert name in complaint
        assert reason in complaint
    [entry] = [json.loads(line) for line in result.stdout.splitlines()]
    assert entry["headline"].startswith("Шкільний автобус знову виїхав")
    assert "Traceback" not in result.output


def _folder(root: Path) -> Path:
    """Create three stories among files that are none: of tools, hidden ones, and a link that leads back."""
    folder = root / "stories"
    story = Path(BUS).read_bytes()
    for name in (
        ".venv/a.txt",
        ".git/a.md",
        "node_modules/b/README.md",
        "env/lib/licence.txt",
        ".hidden.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(story)
    (folder / "env" / "pyvenv.cfg").touch()
    for name in ("one.txt", "deep/er/two.md", "deep/three.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"{name} came\n\nA sentence about {name} that is whole.\n".encode())
    (folder / "deep" / "loop").symlink_to(folder)
    return folder


def test_a_folder_is_added_only_after_a_question(
    comeback: Comeback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question says how many files of each kind there are, without those that are no stories."""
    folder = _folder(tmp_path)
    asked = "Take in 3 files out of folders (2 .txt, 1 .md)?"
    for named in (folder, f"{folder}/deep/.."):
        assert refused(comeback("story", "add", named)).startswith(asked)
    monkeypatch.setattr("bot.cli.command.is_interactive", lambda: True)
    assert asked in comeback("story", "add", folder, answer="n\n").output
    assert entries(comeback("story", "list", "--json")) == []
    done(comeback("story", "add", folder, "--yes"))
    assert len(entries(comeback("story", "list", "--json"))) == 3


_YES = {"story add": ["--yes"]}


def test_an_empty_name_is_not_the_working_folder(comeback: Comeback, tmp_path: Path) -> None:
    """An empty name, from a variable that was not set, is refused."""
    _folder(tmp_path)
    for command in ("story add", "story preview", "summarize"):
        for name in ("", " "):
            assert "name a file" in refused(comeback(*command.split(), name, *_YES.get(command, ())))
    assert entries(comeback("story", "list", "--json")) == []


def test_a_folder_that_is_too_large(
    comeback: Comeback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with too many files is refused instead of searched."""
    monkeypatch.setattr("bot.cli.story.story_folders._MOST_ENTRIES", 4)
    assert "holds more than 4 files" in refused(comeback("story", "add", _folder(tmp_path), "--yes"))


@pytest.fixture
def odd_files(tmp_path: Path) -> Iterator[list[Path]]:
    """A pipe, a link to it, a socket, a device and a folder: reading some would block or never end."""
    pipe, link, bound, device = (tmp_path / name for name in ("pipe.txt", "link.txt", "s", "zero.txt"))
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    device.symlink_to("/dev/zero")
    with contextlib.chdir(tmp_path), socket.socket(socket.AF_UNIX) as listener:  # a socket's name is short
        listener.bind(bound.name)
        yield [pipe, link, bound, device, tmp_path]


@pytest.mark.parametrize(
    "command", ["story add", "story preview", "summarize", "source import", "subscribers import"]
)
def test_only_regular_files_are_read(comeback: Comeback, odd_files: list[Path], command: str) -> None:
    """Each command refuses them in one line that says what they are, and waits for none."""
    kinds = ("a pipe", "a pipe", "a socket", "a device", "a folder")
    for file, kind in zip(odd_files, kinds, strict=True):
        named = "empty" if kind == "a folder" and command.startswith("story") else file
        if named == "empty":
            Path("empty").mkdir()
        assert f"{named} cannot be read: it is {kind}" in refused(comeback(*command.split(), named))


def test_a_growing_file_is_read_to_its_end_at_opening(tmp_path: Path) -> None:
    """What is appended while a file is read is not read: else a growing log would be read for ever."""
    file = tmp_path / "grows.csv"
    file.write_bytes(b"0123456789")
    reader, size = open_file(file)
    with reader, file.open("ab") as writer:
        first = reader.read(4)
        writer.write(b"more")
        writer.flush()
        assert (size, first, reader.read()) == (10, b"0123", b"456789")
    assert open_file(Path("/proc/self/status"))[0].read() == b""


def test_a_file_name_that_is_not_text(comeback: Comeback, tmp_path: Path) -> None:
    """The name of a file may be any bytes; the output shows them escaped."""
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_bytes(Path(BUS).read_bytes())
    [entry] = entries(comeback("story", "add", name, "--json"))
    assert entry["file"] == "caf\\xe9.txt"
