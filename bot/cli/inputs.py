"""Story files, folders and addresses, read by as many processes as there are, with a bar for many."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import tasks
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.cli.input_files import bytes_of, content
from bot.cli.story_folders import story_files
from bot.errors import InvalidInputError, UserError
from bot.stories.analysis import TOO_SLOW, Analysis, analyse_file, analyse_page, digest


@dataclass(frozen=True, slots=True)
class Expanded:
    """The places that were named, and in place of each folder the story files `within` it."""

    places: Sequence[str]
    within: Sequence[str]


def expanded(named: Sequence[str]) -> Expanded:
    """Look into the folders among these places."""
    places: list[str] = []
    within: list[str] = []
    for place in named:
        files = [str(file) for file in story_files(Path(place))] if _is_folder(place) else []
        within += files
        places += files or [place]  # a folder without any is refused as what cannot be read
    return Expanded(places, within)


def _is_folder(place: str) -> bool:
    return bool(place) and not _is_address(place) and os.path.isdir(place)  # noqa: PTH112  # Path("") is "."


async def without(places: Sequence[str], digests: frozenset[str]) -> list[str]:
    """The places but for the files with one of these SHA-256 sums."""
    return await asyncio.to_thread(lambda: [place for place in places if not _is_known(place, digests)])


def _is_known(place: str, digests: frozenset[str]) -> bool:
    try:
        return not _is_address(place) and digest(bytes_of(Path(place))) in digests
    except OSError:  # told when it is read
        return False


async def analyses(
    pool: ProcessPool,
    fetcher: Fetcher,
    places: Sequence[str],
    language: str | None = None,
    *,
    headless: bool = False,
) -> AsyncIterator[tuple[str, Analysis | UserError]]:
    """Each file or address with what it holds, or why it holds no story, in the order given.

    Files may lack a headline if `headless`.
    """
    under_way: deque[tuple[str, asyncio.Task[Analysis | UserError]]] = deque()
    waiting = iter(places)
    with progress_bar(len(places)) as shown:
        bar = shown.add_task("stories", total=len(places))
        try:
            while True:
                while len(under_way) < 2 * pool.workers and (place := next(waiting, None)) is not None:
                    analysis = _read(pool, fetcher, place, language, headless=headless)
                    under_way.append((place, tasks.start_awaited(analysis, name=place)))
                if not under_way:
                    return
                place, task = under_way.popleft()
                yield _printable(place), await task
                shown.advance(bar)
        finally:
            for _, task in under_way:
                task.cancel()


def _printable(place: str) -> str:
    """The place as it can be printed: a file's name may have bytes that are no text."""
    return os.fsencode(place).decode(errors="backslashreplace")


def _is_address(place: str) -> bool:
    """It is to be fetched; anything else is a file's name."""
    return "://" in place


def findings(analysis: Analysis) -> dict[str, Any]:
    """The plea and the way to help that were found, as JSON has them."""
    plea, way = analysis.plea, analysis.help
    return {
        "plea": {"text": plea.text, "speaker": plea.speaker} if plea else None,
        "help": {"sentence": way.sentence, "url": way.url, "organisation": way.organisation} if way else None,
    }


async def _read(
    pool: ProcessPool, fetcher: Fetcher, place: str, language: str | None, *, headless: bool
) -> Analysis | UserError:
    try:
        if _is_address(place):
            found = await fetcher.fetch(place)
            return await pool.run(found.address, TOO_SLOW, analyse_page, found.page, language)
        if not place.strip():
            raise InvalidInputError(
                "{file} cannot be read: {reason}.",
                file=repr(place),
                reason="name a file, or the address of a page",
            )
        data = await content(Path(place))
        name = Path(place).name
        read = partial(analyse_file, headless=headless)
        return await pool.run(name, TOO_SLOW, read, data, name, language)
    except UserError as error:
        return error


def progress_bar(number: int) -> Progress:
    """On standard error, and only where there is something to wait for and somebody who looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=number < 2 or not console.is_terminal)  # noqa: PLR2004  # more than one
