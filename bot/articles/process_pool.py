"""The process pool: run CPU-bound functions on untrusted input in other processes, with a time limit."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self, TypeVar

from bot.errors import InvalidInputError

T = TypeVar("T")

_NICENESS = 10  # keeps /latest quick while 1,000 stories are read: see `make bench-intake`
PATIENCE_S = 30.0  # for one story; the largest real page takes well under a second


class ProcessPool:
    """A pool that runs at most `workers` functions at once and queues further ones.

    A process starts when it is first needed. It runs `warm_up` before its first function, to load modules
    that the bot's own process does not need.
    """

    def __init__(
        self, workers: int = 1, *, warm_up: Callable[[], None], patience: float = PATIENCE_S
    ) -> None:
        """`patience` is the time limit of one function, in seconds."""
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

        `too_slow` is a translatable sentence with the place `{name}`. Raises InvalidInputError with that
        sentence if the function exceeds the time limit or its process dies.
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
            process.kill()  # the caller no longer waits for the result
            raise
        finally:
            self._free.put_nowait(process)

    async def pids(self) -> list[int]:
        """Start all processes; return their ids."""
        children = [child for process in self._processes for child in _children(await process.ready())]
        return [child.pid for child in children if child.pid is not None]

    def close(self) -> None:
        """Kill all processes."""
        for process in self._processes:
            process.kill()


class _Process:
    """An executor with one process, so that killing it stops only one function."""

    def __init__(self, warm_up: Callable[[], None]) -> None:
        self._warm_up = warm_up
        self._executor: ProcessPoolExecutor | None = None

    async def ready(self) -> ProcessPoolExecutor:
        """Return the executor after its warm-up, which does not count towards any time limit."""
        if self._executor is None:
            # spawn: a forked child would inherit our sockets and the loop's state
            spawn = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(1, spawn, initializer=_initialize, initargs=(self._warm_up,))
            await asyncio.get_running_loop().run_in_executor(self._executor, _do_nothing)
        return self._executor

    def kill(self) -> None:
        """Kill the process; the next function gets a new one."""
        executor, self._executor = self._executor, None
        if executor is not None:
            children = _children(executor)
            executor.shutdown(wait=False, cancel_futures=True)
            for child in children:
                child.kill()


def _children(executor: ProcessPoolExecutor) -> list[BaseProcess]:
    return list((executor._processes or {}).values())  # noqa: SLF001  # no public way before Python 3.14


def _do_nothing() -> None:
    """Do nothing; when a process has run this, it is ready."""


def _initialize(warm_up: Callable[[], None]) -> None:
    """Prepare a new process: lower its priority, make it exit with its parent, and warm it up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent stops this one
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICENESS)
    warm_up()


def _exit_with_parent() -> None:
    """Exit when the parent has gone: after kill -9 it cannot stop its children itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
