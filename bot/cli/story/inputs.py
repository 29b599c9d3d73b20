"""Analyses the story files, folders and addresses that a command is given, in several processes."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import tasks
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.cli.story.input_files import beginning_of, content
from bot.cli.story.story_folders import is_folder, story_files
from bot.errors import InvalidInputError, UserError
from bot.stories.intake.analysis import TOO_SLOW, Analysis, analyse_file, analyse_page, checksum


@dataclass(frozen=True, slots=True)
class ExpandedInputs:
    """Files and addresses.

    inputs: all of them, with a folder's story files in place of the folder. in_folders: only those files.
    """

    inputs: Sequence[str]
    in_folders: Sequence[str]


def expand(given: Sequence[str]) -> ExpandedInputs:
    """Replace each folder among the files, folders and addresses by the story files in it."""
    inputs: list[str] = []
    in_folders: list[str] = []
    for name in given:
        is_path = bool(name) and not _is_address(name)  # Path("") would be the working folder
        files = [str(file) for file in story_files(Path(name))] if is_path and is_folder(name) else []
        in_folders += files
        inputs += files or [name]  # a folder without story files is refused later, as unreadable
    return ExpandedInputs(inputs, in_folders)


async def without_stored(inputs: Sequence[str], checksums: frozenset[str]) -> list[str]:
    """Return the inputs without the files that have one of these SHA-256 checksums."""
    return await asyncio.to_thread(lambda: [name for name in inputs if not _is_stored(name, checksums)])


def _is_stored(name: str, checksums: frozenset[str]) -> bool:
    try:
        return not _is_address(name) and checksum(beginning_of(Path(name))) in checksums
    except OSError:  # reported when the file is analysed
        return False


async def analyses(
    pool: ProcessPool,
    fetcher: Fetcher,
    inputs: Sequence[str],
    language: str | None = None,
    *,
    headless: bool = False,
) -> AsyncIterator[tuple[str, Analysis | UserError]]:
    """Yield each file or address with its analysis, or why it holds no story, in the order given.

    `language` overrides the detected one. With `headless`, files may lack a headline. Draws a progress bar.
    """
    started: deque[tuple[str, asyncio.Task[Analysis | UserError]]] = deque()
    waiting = iter(inputs)
    with progress_bar(len(inputs)) as progress:
        bar = progress.add_task("stories", total=len(inputs))
        try:
            while True:
                while len(started) < 2 * pool.workers and (name := next(waiting, None)) is not None:
                    analysis = _analyse(pool, fetcher, name, language, headless=headless)
                    started.append((name, tasks.start_awaited(analysis, name=name)))
                if not started:
                    return
                name, task = started.popleft()
                yield _printable(name), await task
                progress.advance(bar)
        finally:
            for _, task in started:
                task.cancel()


def _printable(name: str) -> str:
    """Return a name that can be printed; the name of a file may be bytes that are not text."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _is_address(name: str) -> bool:
    """Return whether this is to be fetched; anything else is the name of a file."""
    return "://" in name


async def _analyse(
    pool: ProcessPool, fetcher: Fetcher, name: str, language: str | None, *, headless: bool
) -> Analysis | UserError:
    try:
        if _is_address(name):
            fetched = await fetcher.fetch(name)
            return await pool.run(fetched.address, TOO_SLOW, analyse_page, fetched.page, language)
        if not name.strip():
            raise InvalidInputError(
                "{file} cannot be read: {reason}.",
                file=repr(name),
                reason="name a file, or the address of a page",
            )
        data = await content(Path(name))
        file_name = Path(name).name
        analyse = partial(analyse_file, headless=headless)
        return await pool.run(file_name, TOO_SLOW, analyse, data, file_name, language)
    except UserError as error:
        return error


def progress_bar(number: int) -> Progress:
    """Return a bar on standard error; it is hidden for a single item and outside a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = number <= 1 or not console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=hidden)
