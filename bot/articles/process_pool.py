"""Run CPU-bound work on hostile input in other processes, so that the bot answers meanwhile."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from bot.errors import InvalidInputError

T = TypeVar("T")

_NICENESS = 10  # p95 of /latest while 1,000 stories are read: see `make bench-intake`
PATIENCE_S = 30.0  # for one story; the largest real page takes well under a second


class ProcessPool:
    """Runs at most `workers` functions at once; further ones wait in line.

    Processes start when first needed. `warm_up` runs in each before its first work: it loads what the
    bot's own process does without.
    """

    def __init__(
        self, workers: int = 1, *, warm_up: Callable[[], None], patience: float = PATIENCE_S
    ) -> None:
        """`patience`: seconds that one function may take."""
        self.workers = workers
        self._patience = patience
        self._processes = [_Process(warm_up) for _ in range(workers)]
        self._free: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()  # the last one used is warmed up
        for process in self._processes:
            self._free.put_nowait(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    async def run(self, name: str, too_slow: str, function: Callable[..., T], *arguments: object) -> T:
        """Return what `function(*arguments)` returns in one of the processes; raise what it raises.

        `too_slow` is a marked sentence about `{name}`. Raises InvalidInputError with it where the function
        takes longer than the pool's patience, or kills its process.
        """
        process = await self._free.get()
        try:
            executor = await process.ready()
            work = asyncio.get_running_loop().run_in_executor(executor, partial(function, *arguments))
            async with asyncio.timeout(self._patience):
                return await work
        except (TimeoutError, BrokenProcessPool) as error:
            process.kill()
            raise InvalidInputError(too_slow, name=name) from error
        except asyncio.CancelledError:
            process.kill()  # nobody waits for the result any more
            raise
        finally:
            self._free.put_nowait(process)

    async def pids(self) -> list[int]:
        """Start all processes; return their ids."""
        return [pid for process in self._processes for pid in (await process.ready())._processes or {}]  # noqa: SLF001  # no public way

    def close(self) -> None:
        """End the processes at once."""
        for process in self._processes:
            process.kill()


class _Process:
    """An executor with one process, so that killing it ends no other work."""

    def __init__(self, warm_up: Callable[[], None]) -> None:
        self._warm_up = warm_up
        self._executor: ProcessPoolExecutor | None = None

    async def ready(self) -> ProcessPoolExecutor:
        """Return the executor once its process is warmed up: that time counts against no story."""
        if self._executor is None:
            # spawn: a forked child would inherit our sockets and the loop's state
            spawn = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(1, spawn, initializer=_initialize, initargs=(self._warm_up,))
            await asyncio.get_running_loop().run_in_executor(self._executor, _do_nothing)
        return self._executor

    def kill(self) -> None:
        """Kill the process, whatever it does; the next work gets a new one."""
        executor, self._executor = self._executor, None
        if executor is not None:
            processes = list((executor._processes or {}).values())  # noqa: SLF001  # no public way before 3.14
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()


def _do_nothing() -> None:
    """Return: a process that runs this is ready."""


def _initialize(warm_up: Callable[[], None]) -> None:
    """Prepare a new process: it ends with its parent, yields the CPU to it, and is warmed up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; our parent ends us
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICENESS)
    warm_up()


def _exit_with_parent() -> None:
    """Exit when the parent is gone: one that is killed with -9 tells nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
