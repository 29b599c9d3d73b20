"""Story files, read one after another by as many processes as there are, with a progress bar for many."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.errors import InvalidInputError, UserError
from bot.stories.article import LARGEST
from bot.stories.reading import Reading
from bot.stories.workshop import Workshop


async def readings(
    workshop: Workshop, files: Sequence[Path], language: str | None = None
) -> AsyncIterator[tuple[Path, Reading | UserError]]:
    """Each file with what it holds, or why it holds no story, in the order given."""
    under_way: deque[tuple[Path, asyncio.Task[Reading | UserError]]] = deque()
    waiting = iter(files)
    with _progress(len(files)) as progress:
        bar = progress.add_task("stories", total=len(files))
        while True:
            while len(under_way) < 2 * workshop.workers and (file := next(waiting, None)) is not None:
                under_way.append((file, asyncio.create_task(_read(workshop, file, language))))
            if not under_way:
                return
            file, task = under_way.popleft()
            yield file, await task
            progress.advance(bar)


async def content(file: Path) -> bytes:
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


async def _read(workshop: Workshop, file: Path, language: str | None) -> Reading | UserError:
    try:
        return await workshop.read_file(await content(file), file.name, language)
    except UserError as error:
        return error


def _progress(number: int) -> Progress:
    """On standard error, and only where there is something to wait for and somebody who looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=number < 2 or not console.is_terminal)  # noqa: PLR2004  # more than one
