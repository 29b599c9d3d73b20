"""The one place that starts tasks, so that none dies unseen: a test forbids all others."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
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


def _log_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task failed", exc_info=error, extra={"task": task.get_name()})
