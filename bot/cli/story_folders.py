"""Folders of stories that a command is given: which story files are in them and below them."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.cli.command import complain, refuse

_STORY_FILES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".xhtml"})
_OF_TOOLS = frozenset({"node_modules", "__pycache__", "site-packages"})
_MOST_ENTRIES = 100_000  # a second or two; a newsroom's archive fits, the whole disk does not


def story_files(folder: Path) -> list[Path]:
    """The story files in this folder and below it, by name.

    Hidden files and folders, folders that tools fill, and links to folders are left out: nobody wrote stories
    there, and a link may lead back. Ends the command where there is too much to look through.
    """
    found: list[Path] = []
    for seen, entry in enumerate(_entries(folder)):
        if seen == _MOST_ENTRIES:
            refuse(f"{folder} holds more than {_MOST_ENTRIES:,} files: name the folder that has the stories.")
        if Path(entry.name).suffix.lower() in _STORY_FILES and not os.path.isdir(entry):  # noqa: PTH112  # a DirEntry's own raises for a link to itself
            found.append(Path(entry.path))
    return sorted(found)


def kinds(files: Sequence[str]) -> str:
    """How many there are of each kind, the most first: 12 .md, 3 .txt."""
    counted = Counter(Path(file).suffix.lower() for file in files)
    return ", ".join(f"{number} {suffix}" for suffix, number in counted.most_common())


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that is in the folder and below it, a folder before what it holds; no recursion, however deep."""
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
