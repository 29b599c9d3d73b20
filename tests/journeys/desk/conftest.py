"""Fixtures of the desk's tests in a browser: a newsroom that runs, and editors at their desks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from tests.newsroom import Desks, Newsroom, Trouble, copy_of, open_newsroom


@pytest_asyncio.fixture(loop_scope="session")
async def newsroom(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A bot with its desk on a database of this test's own."""
    async with open_newsroom(copy_of(sqlite_template, tmp_path)) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def trouble() -> AsyncIterator[Trouble]:
    """What the browsers of a test complain of; it fails the test unless it was expected."""
    heard = Trouble()
    yield heard
    assert heard.unexpected == []


@pytest_asyncio.fixture(loop_scope="session")
async def desks(browser: Browser, trouble: Trouble) -> AsyncIterator[Desks]:
    """Browser profiles for the editors of a test."""
    async with AsyncExitStack() as stack:
        yield Desks(browser, trouble, stack)
