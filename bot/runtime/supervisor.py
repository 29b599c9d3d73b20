"""The supervisor: runs the parts of the bot that must stay alive, and restarts each one that fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from bot import tasks
from bot.clock import elapsed_clock
from bot.tasks import rest
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_TRUSTED_S = 60.0  # after so long without a failure a part counts as well again


class Supervisor:
    """Runs each part in a task of its own, from `start` until the end of the `async with`.

    A part that fails, or that ends by itself, is logged and started again after a pause that grows. An error
    of the `fatal` types ends the run instead, and is raised at the end of the `async with`.
    """

    def __init__(self, *, patience: float, fatal: tuple[type[Exception], ...] = ()) -> None:
        """`patience`: the seconds that parts with a `stop` have to end by themselves."""
        self._patience = patience
        self._fatal = fatal
        self._ending = asyncio.Event()
        self._parts: list[_Part] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._to_stop: list[tuple[asyncio.Task[None], Callable[[], None]]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._end()

    def start(
        self, name: str, run: Callable[[], Awaitable[None]], *, stop: Callable[[], None] | None = None
    ) -> None:
        """Run a part. At the end it is asked to end by `stop`; without a `stop` it is cancelled."""
        part = _Part(name, run)
        task = tasks.start_awaited(part.keep_running(self._ending, self._fatal), name=name)
        self._parts.append(part)
        self._tasks.append(task)
        if stop is not None:
            self._to_stop.append((task, stop))

    def failing(self) -> list[str]:
        """Return the names of the parts that do not run now, or that fail again and again."""
        return [part.name for part in self._parts if not part.is_well()]

    def ended(self) -> list[str]:
        """Return the names of the parts whose task has ended although they should run."""
        if self._ending.is_set():
            return []
        return [part.name for part, task in zip(self._parts, self._tasks, strict=True) if task.done()]

    async def until(self, stopping: asyncio.Event) -> None:
        """Wait until `stopping` is set or a fatal error ends a part."""
        waiting = tasks.start_awaited(stopping.wait(), name="until stopped")
        await asyncio.wait([waiting, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _end(self) -> None:
        """End all parts. Those with a `stop` get time to finish what is under way. Raises a fatal error."""
        self._ending.set()
        for _, stop in self._to_stop:
            stop()
        if self._to_stop:
            await asyncio.wait([task for task, _ in self._to_stop], timeout=self._patience)
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


class _Part:
    """A part and its failures so far."""

    def __init__(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._run = run
        self._runs = True
        self._begun_at = elapsed_clock()
        self._failures = 0  # in a row

    def is_well(self) -> bool:
        """Return whether it runs, and not only between two failures."""
        return self._runs and (self._failures <= 1 or self._is_trusted())

    async def keep_running(self, ending: asyncio.Event, fatal: tuple[type[Exception], ...]) -> None:
        """Run the part until `ending` is set, again after each failure. Raises `fatal` errors."""
        while not ending.is_set():
            self._runs, self._begun_at = True, elapsed_clock()
            try:
                await self._run()
            except fatal:
                raise
            except asyncio.CancelledError as error:
                if _is_cancelled():
                    raise
                await self._recover(ending, error)  # not we but something that it awaited was cancelled
            except DatabaseUnavailableError:  # the database watch logs it once for all parts
                await rest(ending, _FIRST_PAUSE_S)
            except Exception as error:  # noqa: BLE001  # whatever it is, the other parts must go on
                await self._recover(ending, error)
            else:
                if not ending.is_set():
                    await self._recover(ending, None)

    async def _recover(self, ending: asyncio.Event, error: BaseException | None) -> None:
        """Log how the part ended, and wait until it may start again."""
        self._failures = 1 if self._is_trusted() else self._failures + 1
        self._runs = False
        pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10))
        log.error("a part failed", exc_info=error, extra={"part": self.name, "again_in_s": pause})
        await rest(ending, pause)

    def _is_trusted(self) -> bool:
        return elapsed_clock() - self._begun_at >= _TRUSTED_S


def _is_cancelled() -> bool:
    """Return whether this very task was cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
