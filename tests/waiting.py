"""How long a test waits for what must happen: only what never comes makes it red, never a busy machine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds; what is waited for comes within one, on a machine that has nothing else to do."""

LONG = 4 * PATIENCE
"""Seconds for what many processes do, each of which must start first."""


async def soon(awaited: Awaitable[T]) -> T:
    """Return what is awaited once it is there; TimeoutError after `PATIENCE` seconds."""
    async with asyncio.timeout(PATIENCE):
        return await awaited


async def comes_true(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look until it is so, where nothing tells of a change; TimeoutError after `PATIENCE` seconds."""
    async with asyncio.timeout(PATIENCE):
        while not await is_so():  # noqa: ASYNC110  # see above
            await asyncio.sleep(0.02)
