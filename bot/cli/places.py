"""Story files and addresses, read by as many processes as there are, with a progress bar for many."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.errors import InvalidInputError, UserError
from bot.stories.article import LARGEST
from bot.stories.fetcher import Fetcher
from bot.stories.reading import Page, Reading
from bot.stories.workshop import Workshop


async def readings(
    workshop: Workshop, fetcher: Fetcher, places: Sequence[str], language: str | None = None
) -> AsyncIterator[tuple[str, Reading | UserError]]:
    """Each file or address with what it holds, or why it holds no story, in the order given."""
    under_way: deque[tuple[str, asyncio.Task[Reading | UserError]]] = deque()
    waiting = iter(places)
    with _progress(len(places)) as progress:
        bar = progress.add_task("stories", total=len(places))
        while True:
            while len(under_way) < 2 * workshop.workers and (place := next(waiting, None)) is not None:
                under_way.append((place, asyncio.create_task(_read(workshop, fetcher, place, language))))
            if not under_way:
                return
            place, task = under_way.popleft()
            yield place, await task
            progress.advance(bar)


def _is_address(place: str) -> bool:
    """It is to be fetched; anything else is a file's name."""
    return "://" in place


def findings(reading: Reading) -> dict[str, Any]:
    """The plea and the way to help that were found, as JSON has them."""
    plea, way = reading.plea, reading.help
    return {
        "plea": {"text": plea.text, "speaker": plea.speaker} if plea else None,
        "help": {"sentence": way.sentence, "url": way.url, "organisation": way.organisation} if way else None,
    }


async def _content(file: Path) -> bytes:
    """The file's bytes; of one that is too large, just enough to see that.

    InvalidInputError where it cannot be read.
    """
    try:
        return await asyncio.to_thread(_bytes_of, file)
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise InvalidInputError("{file} cannot be read: {reason}.", file=file, reason=reason) from error


def _bytes_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


async def _read(
    workshop: Workshop, fetcher: Fetcher, place: str, language: str | None
) -> Reading | UserError:
    try:
        if _is_address(place):
            found = await fetcher.fetch(place)
            return await workshop.read_page(Page(found.body, found.address, found.charset), language)
        return await workshop.read_file(await _content(Path(place)), Path(place).name, language)
    except UserError as error:
        return error


def _progress(number: int) -> Progress:
    """On standard error, and only where there is something to wait for and somebody who looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=number < 2 or not console.is_terminal)  # noqa: PLR2004  # more than one
