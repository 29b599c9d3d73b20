"""What an editor hands over to be taken in: an address, a text, a file. Read here, within a bounded time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from yarl import URL

from bot import tasks
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.errors import InvalidInputError, UserError
from bot.i18n import mark
from bot.stories.analysis import TOO_SLOW, Analysis, analyse_file, analyse_page

_PATIENCE_S = 20.0  # a person waits for it, though nobody else does


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A text or a file; the name stands in what is said about it."""

    data: bytes
    name: str


Submission = str | SubmittedFile
"""An address, or a text."""


async def read_all(
    materials: Sequence[Submission], fetcher: Fetcher, pool: ProcessPool, *, patience: float = _PATIENCE_S
) -> list[Analysis | UserError]:
    """What each holds, or why it holds no story, in the order given; all are read at the same time."""
    return await tasks.all_of(_read(one, fetcher, pool, patience) for one in materials)


async def _read(
    material: Submission, fetcher: Fetcher, pool: ProcessPool, patience: float
) -> Analysis | UserError:
    try:
        async with asyncio.timeout(patience):
            if isinstance(material, SubmittedFile):
                return await pool.run(material.name, TOO_SLOW, analyse_file, material.data, material.name)
            found = await fetcher.fetch(material)
            return await pool.run(found.address, TOO_SLOW, analyse_page, found.page)
    except UserError as error:
        return error
    except TimeoutError:
        return InvalidInputError(
            mark("{name} takes too long just now: paste the story's text instead, or try again later."),
            name=material.name if isinstance(material, SubmittedFile) else URL(material).host,
        )
