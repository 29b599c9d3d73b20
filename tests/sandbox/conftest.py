"""Fixtures of the sandbox's tests: a sandbox, and a client that calls it as a bot."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.sandbox.bot_api.checks import Checker
from bot.sandbox.bot_api.schema import load
from bot.sandbox.server import Sandbox

TOKEN = "42:test"
OLENA, ANNA, TOM, EDITH, OMAR, NEIGHBOURS = 1001, 1002, 1003, 1009, 1010, -1000000000042


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        """Move the clock forward."""
        self.now += timedelta(**parts)


class Caller:
    """A client of the Bot API; it checks every result against the published schema."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self._check = Checker(load()).check

    async def raw(self, method: str, **given: Any) -> dict[str, Any]:
        """Return the whole answer to a call with a JSON body."""
        async with self.session.post(f"{self.sandbox.url}/bot{TOKEN}/{method}", json=given) as answer:
            body: dict[str, Any] = await answer.json()
        if not body["ok"]:
            assert body["error_code"] == answer.status
        return body

    async def ok(self, method: str, **given: Any) -> Any:
        """Return the result of a call that must succeed."""
        body = await self.raw(method, **given)
        assert body["ok"], body
        if isinstance(body["result"], dict) and "message_id" in body["result"] and "chat" in body["result"]:
            self._check("Message")(body["result"], "result")
        return body["result"]

    async def refused(self, method: str, **given: Any) -> str:
        """Return the description of a call that must be refused."""
        body = await self.raw(method, **given)
        assert not body["ok"], body
        return str(body["description"])

    async def updates(self, **given: Any) -> list[dict[str, Any]]:
        """Return the next updates, after checking their form."""
        result: list[dict[str, Any]] = await self.ok("getUpdates", **given)
        for update in result:
            self._check("Update")(update, "update")
        return result


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """Allow sockets: these tests run their own servers on 127.0.0.1."""


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test moves."""
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    """Return a running sandbox whose clock stands still; Olena, Anna and Tom have started the bot."""
    async with Sandbox(TOKEN, clock=clock) as running:
        for person in (OLENA, ANNA, TOM):
            running.world.start(person)
        running.world.updates.clear()
        yield running


@pytest.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """Return a client of the Bot API."""
    async with aiohttp.ClientSession() as session:
        yield Caller(sandbox, session)
