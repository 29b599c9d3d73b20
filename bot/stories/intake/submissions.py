"""Submissions: what an editor sends in the chat to be added (address, text or file), and its analysis."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from yarl import URL

from bot import tasks
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.errors import InvalidInputError, UserError
from bot.i18n import mark
from bot.stories.intake.analysis import TOO_SLOW, Analysis, analyse_file, analyse_page

_PATIENCE_S = 20.0  # the editor waits for it; no other chat does


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A text or a file; error sentences mention its name."""

    data: bytes
    name: str


Submission = str | SubmittedFile
"""The address of a page, or a text or file."""


async def analyse_all(
    submissions: Sequence[Submission], fetcher: Fetcher, pool: ProcessPool, *, patience: float = _PATIENCE_S
) -> list[Analysis | UserError]:
    """Analyse all at the same time; return the analysis or the error of each, in their order.

    One that takes longer than `patience` seconds gives an error.
    """
    return await tasks.all_of(_analyse(one, fetcher, pool, patience) for one in submissions)


async def _analyse(
    submission: Submission, fetcher: Fetcher, pool: ProcessPool, patience: float
) -> Analysis | UserError:
    try:
        async with asyncio.timeout(patience):
            if isinstance(submission, SubmittedFile):
                return await pool.run(
                    submission.name, TOO_SLOW, analyse_file, submission.data, submission.name
                )
            fetched = await fetcher.fetch(submission)
            return await pool.run(fetched.address, TOO_SLOW, analyse_page, fetched.page)
    except UserError as error:
        return error
    except TimeoutError:
        return InvalidInputError(
            mark("{name} takes too long to read: paste the story’s text instead, or try again later."),
            name=submission.name if isinstance(submission, SubmittedFile) else URL(submission).host,
        )
