"""The process pool in which stories are read, so that the bot answers meanwhile and no input can hang it."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from bot.articles.article import Article
from bot.errors import InvalidInputError
from bot.feeds import parser
from bot.feeds.parser import Feed, Signpost
from bot.i18n import mark
from bot.stories import reading
from bot.stories.reading import Page, Reading

if TYPE_CHECKING:  # loads sumy, which the bot's own process never should
    from bot.summaries.summarizer import Explanation

T = TypeVar("T")

_MODEST = 10  # p95 of /latest while 1,000 stories are read: see `make bench-intake`
PATIENCE_S = 30.0  # for one story; the largest real page takes well under a second
_SLOW_STORY = mark("{name} takes too long to read: copy the story's text into a plain text file.")
_SLOW_FEED = mark("{name} takes too long to read: give another feed of the site.")


class Workshop:
    """Reads at most `workers` stories at once; whoever comes then waits in line.

    Processes start when first needed, and bring sumy with them: the bot itself stays light.
    """

    def __init__(self, workers: int = 1, *, patience: float = PATIENCE_S) -> None:
        self.workers = workers
        self._patience = patience
        self._benches = [_Bench() for _ in range(workers)]
        self._free: asyncio.LifoQueue[_Bench] = asyncio.LifoQueue()  # who worked last is loaded already
        for bench in self._benches:
            self._free.put_nowait(bench)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    async def read_file(
        self, data: bytes, name: str, language: str | None = None, *, headless: bool = False
    ) -> Reading:
        """Read a story file, which may lack a headline if `headless`.

        InvalidInputError, with a sentence for the person, for what is no story.
        """
        return await self._work(name, partial(reading.read_file, headless=headless), data, name, language)

    async def read_page(self, page: Page, language: str | None = None) -> Reading:
        """Read a fetched page; InvalidInputError where it holds no story."""
        return await self._work(page.address, reading.read_page, page, language)

    async def read_feed(self, page: Page, now: datetime) -> Feed | Signpost:
        """Read a fetched feed; InvalidInputError for one that declares entities, or takes too long."""
        return await self._work(page.address, parser.read, page, now, sentence=_SLOW_FEED)

    async def explain(self, article: Article, language: str | None = None) -> "Explanation":
        """Why each sentence of an Article stands in a Summary or does not."""
        return await self._work(article.headline, reading.explain, article, language)

    async def _work(
        self, name: str, craft: Callable[..., T], *material: object, sentence: str = _SLOW_STORY
    ) -> T:
        bench = await self._free.get()
        try:
            pool = await bench.ready()
            work = asyncio.get_running_loop().run_in_executor(pool, partial(craft, *material))
            async with asyncio.timeout(self._patience):
                return await work
        except (TimeoutError, BrokenProcessPool) as error:
            bench.clear()
            raise InvalidInputError(sentence, name=name) from error
        except asyncio.CancelledError:
            bench.clear()  # nobody waits for it any more
            raise
        finally:
            self._free.put_nowait(bench)

    def close(self) -> None:
        """End the processes at once."""
        for bench in self._benches:
            bench.clear()


class _Bench:
    """A place for one process, so that a story that hangs takes no other with it."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def ready(self) -> ProcessPoolExecutor:
        """The process, once it has loaded what reading needs: how long that takes is no story's fault."""
        if self._pool is None:
            # spawn: a forked child would inherit our sockets and the loop's state
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_settle_in)
            await asyncio.get_running_loop().run_in_executor(self._pool, _say_ready)
        return self._pool

    def clear(self) -> None:
        """End the process, whatever it does; the next story gets a new one."""
        pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())  # noqa: SLF001  # no public way before 3.14
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()


def _say_ready() -> None:
    """Do nothing: a process that does it has settled in."""


def _settle_in() -> None:
    """In a new process: follow its parent in life and death, be modest, and load what reading needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to everybody; our parent ends us
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_MODEST)
    reading.warm_up()


def _die_with_parent() -> None:
    """A parent that was killed with -9 tells nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
