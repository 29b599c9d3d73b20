"""Fixtures of the chat page's tests: a sandbox, a bot that the test plays, and a tab of a real browser."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, Page

from bot.sandbox.server import Sandbox
from tests.chat_page import PlayedBot
from tests.waiting import PATIENCE


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Return a running sandbox."""
    sandbox = Sandbox()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Sandbox) -> AsyncIterator[PlayedBot]:
    """Return a bot that the test plays."""
    async with aiohttp.ClientSession() as session:
        yield PlayedBot(session, sandbox)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open a desktop tab; fail if a script fails or something violates the content policy."""
    errors: list[str] = []
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    yield page
    await context.close()
    assert errors == []
