"""The process pool in which stories are read, so that the bot answers meanwhile and no input can hang it."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from bot.errors import InvalidInputError
from bot.stories import reading
from bot.stories.article import Article
from bot.stories.reading import Page, Reading
from bot.texts import mark

if TYPE_CHECKING:  # loads sumy, which the bot's own process never should
    from bot.stories.summarizer import Explanation

T = TypeVar("T")

_MODEST = 10  # p95 of /latest while 1,000 stories are read: see `make bench-intake`
PATIENCE_S = 30.0  # for one story; the largest real page takes well under a second


class Workshop:
    """Reads at most `workers` stories at once; whoever comes then waits in line.

    Processes start when first needed, and bring sumy with them: the bot itself stays light.
    """

    def __init__(self, workers: int = 1, *, patience: float = PATIENCE_S) -> None:
        self.workers = workers
        self._patience = patience
        self._free = asyncio.Semaphore(workers)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    async def read_file(self, data: bytes, name: str, language: str | None = None) -> Reading:
        """Read a story file; InvalidInputError, with a sentence for the person, for what is no story."""
        return await self._work(name, reading.read_file, data, name, language)

    async def read_page(self, page: Page, language: str | None = None) -> Reading:
        """Read a fetched page; InvalidInputError where it holds no story."""
        return await self._work(page.address, reading.read_page, page, language)

    async def explain(self, article: Article, language: str | None = None) -> "Explanation":
        """Why each sentence of an Article stands in a Summary or does not."""
        return await self._work(article.headline, reading.explain, article, language)

    async def _work(self, name: str, craft: Callable[..., T], *material: object) -> T:
        async with self._free:
            work = asyncio.get_running_loop().run_in_executor(self._started(), partial(craft, *material))
            try:
                return await asyncio.wait_for(work, self._patience)
            except (TimeoutError, BrokenProcessPool) as error:
                self.close()  # ends the process that hangs; the next story gets a new one
                raise InvalidInputError(
                    mark("{name} takes too long to read: copy the story's text into a plain text file."),
                    name=name,
                ) from error

    def close(self) -> None:
        """End the processes at once."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.kill_workers() if hasattr(pool, "kill_workers") else _kill(pool)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # spawn: a forked child would inherit our sockets and the loop's state
            self._pool = ProcessPoolExecutor(
                self.workers, multiprocessing.get_context("spawn"), initializer=_settle_in
            )
        return self._pool


def _settle_in() -> None:
    """Leave the processor to those who answer readers, and load what reading needs."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_MODEST)
    reading.warm_up()


def _kill(pool: ProcessPoolExecutor) -> None:
    """What `kill_workers` does from Python 3.14 on."""
    processes = list((pool._processes or {}).values())  # noqa: SLF001  # no public way before 3.14
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
