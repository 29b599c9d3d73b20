"""Finds the story files in folders that a command is given."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.cli.command import complain, refuse

_STORY_FILES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".xhtml"})
_OF_TOOLS = frozenset({"node_modules", "__pycache__", "site-packages"})
_MOST_ENTRIES = 100_000  # a second or two; a newsroom's archive fits, the whole disk does not


def is_folder(path: str | os.DirEntry[str]) -> bool:
    """Return whether this is a folder or a link to one; False for anything that cannot be examined."""
    return os.path.isdir(path)  # noqa: PTH112  # Path and DirEntry raise for a link to itself or a long name


def story_files(folder: Path) -> list[Path]:
    """Return the story files in this folder and its subfolders, by name.

    Hidden files and folders and folders that tools fill are left out, because nobody writes stories there;
    so are links to folders, because a link may lead back. Ends the command if there are too many files.
    """
    found: list[Path] = []
    for seen, entry in enumerate(_entries(folder)):
        if seen == _MOST_ENTRIES:
            refuse(f"{folder} holds more than {_MOST_ENTRIES:,} files: name the folder that has the stories.")
        if Path(entry.name).suffix.lower() in _STORY_FILES and not is_folder(entry):
            found.append(Path(entry.path))
    return sorted(found)


def kinds(files: Sequence[str]) -> str:
    """Return how many files of each kind there are, the most first: "12 .md, 3 .txt"."""
    counted = Counter(Path(file).suffix.lower() for file in files)
    return ", ".join(f"{number} {suffix}" for suffix, number in counted.most_common())


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield everything in the folder and its subfolders, without recursion, so that any depth works."""
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listed:
                entries = list(listed)
        except OSError as error:
            complain(f"{error.filename} cannot be read: {(error.strerror or 'unknown').lower()}.")
            continue
        if any(entry.name == "pyvenv.cfg" for entry in entries):  # a Python environment
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _OF_TOOLS:
                continue
            yield entry
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
