"""Helpers for the tests of the chat page: a bot that a test plays, and the page as a person opens it."""

from typing import Any

import aiohttp
from playwright.async_api import Page, expect

from bot.sandbox.server import Sandbox

OLENA, ANNA, TOM = 1001, 1002, 1003
GROUP = -1000000000042


class PlayedBot:
    """A bot that a test plays: it calls the Bot API over HTTP and reads updates one after another."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._session = session
        self._base = f"{sandbox.url}/bot{sandbox.token}/"
        self._offset = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        async with self._session.post(self._base + method, json=parameters) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def heard(self, kind: str = "message") -> Any:
        """Return the next update of this kind; skip others."""
        while True:
            updates = await self.call("getUpdates", offset=self._offset, limit=1, timeout=50)
            assert updates, f"no {kind} came"
            self._offset = updates[0]["update_id"] + 1
            if kind in updates[0]:
                return updates[0][kind]


async def look(page: Page, sandbox: Sandbox, person: int, chat: int | None = None) -> None:
    """Open the chat page as this person, in the chat with the bot unless another one is given."""
    await page.goto(f"{sandbox.url}/#person={person}&chat={chat or person}")
    await expect(page.locator("#chat-head h1")).to_be_visible()


async def hear(page: Page) -> None:
    """Wait until the page gets live events, and has loaded what came before them."""
    await page.wait_for_selector("body.live", state="attached")
