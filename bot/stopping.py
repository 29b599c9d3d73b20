"""Waiting that ends when we are to stop."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bot import tasks

T = TypeVar("T")


async def unless_stopped(stopping: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` returns; None, and `work` cancelled, if `stopping` is set before it is through."""
    working = tasks.start_awaited(work, name="unless stopped")
    waiting = tasks.start_awaited(stopping.wait(), name="until stopped")
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return None
    finally:
        for task in (working, waiting):
            task.cancel()
        # What `work` raises while it is broken off must not hide that we were cancelled.
        await asyncio.gather(working, waiting, return_exceptions=True)


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Wait for `seconds`, or until `stopping` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for() before 3.12 can lose a cancellation
            await stopping.wait()
