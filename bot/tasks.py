"""Starts tasks whose errors are always logged, and ends waits when the process should stop.

Only this module may start tasks: tests/test_tasks.py finds any other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


def start(work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start a task whose error is logged when it ends the task. The caller must keep a reference."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_error)
    return task


def start_awaited(work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start a task that the caller awaits, or whose result the caller checks."""
    return asyncio.create_task(work, name=name)


async def all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Await all at the same time; return their results in order.

    The first error cancels the others, and is raised when they have ended.
    """
    try:
        async with asyncio.TaskGroup() as group:
            started = [group.create_task(work) for work in works]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in started]


async def unless_stopped(stopping: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what `work` returns; cancel it and return None if `stopping` is set first."""
    working = start_awaited(work, name="unless stopped")
    waiting = start_awaited(stopping.wait(), name="until stopped")
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return None
    finally:
        for task in (working, waiting):
            task.cancel()
        # An error of `work` while it is cancelled must not hide that we were cancelled ourselves.
        await asyncio.gather(working, waiting, return_exceptions=True)


async def rest(stopping: asyncio.Event, seconds: float | None) -> None:
    """Wait for `seconds` (None: without limit), or until `stopping` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for() before Python 3.12 can lose a cancellation
            await stopping.wait()


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Return what `work` returns. Raises TimeoutError after so many seconds, when it has been cancelled."""
    async with asyncio.timeout(seconds):
        return await work


def _log_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task failed", exc_info=error, extra={"task": task.get_name()})
