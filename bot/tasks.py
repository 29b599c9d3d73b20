"""Start tasks so that none dies unseen, and wait in ways that end when we are to stop.

Only this module may start tasks: a test forbids all others.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


def start(work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start a task whose error is logged as soon as it ends the task. The caller keeps the task."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_error)
    return task


def start_awaited(work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start a task whose error is the caller's: the caller awaits it, or looks at what it came to."""
    return asyncio.create_task(work, name=name)


async def all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Do all at the same time; return what they return, in their order.

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
        # What `work` raises while it is cancelled must not hide that we were cancelled ourselves.
        await asyncio.gather(working, waiting, return_exceptions=True)


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Wait for `seconds`, or until `stopping` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for() before 3.12 can lose a cancellation
            await stopping.wait()


def _log_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task failed", exc_info=error, extra={"task": task.get_name()})
