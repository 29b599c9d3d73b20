"""Sending updates to a webhook."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.bot_api.webhook import SIGNATURE_HEADER
from bot.sandbox.server import Sandbox
from bot.sandbox.world.signals import Signal
from tests.waiting import PATIENCE

from .conftest import ANNA, OLENA, Caller


class Hook:
    """A bot's webhook that gives set answers and records the updates."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.statuses: list[int] = []
        self.answer: dict[str, Any] | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = Signal()
        self.at_once = self.most_at_once = 0

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get(SIGNATURE_HEADER))
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.arrived.set()
        await self.gate.wait()
        self.at_once -= 1
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status) if self.answer is None else web.json_response(self.answer)

    async def count(self, number: int) -> None:
        """Wait until this many updates have been received."""
        assert await self.arrived.until(lambda: len(self.got) >= number, PATIENCE), self.got

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@asynccontextmanager
async def served(hook: Hook) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield
    hook.gate.set()
    await runner.cleanup()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """Return a webhook that listens."""
    made = Hook()
    async with served(made):
        yield made


@pytest.fixture
def pauses(sandbox: Sandbox) -> list[float]:
    """Record the sandbox's pauses, which take no time here."""
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)

    sandbox.webhook._pause = pause
    return made


async def settled(sandbox: Sandbox) -> None:
    """Wait until all updates are confirmed."""
    assert await sandbox.world.updates.confirmed.until(lambda: len(sandbox.world.updates) == 0, PATIENCE)


async def test_updates_are_delivered_with_the_secret(sandbox: Sandbox, caller: Caller, hook: Hook) -> None:
    """Pending and later updates are posted with the secret, and a 200 confirms them."""
    sandbox.world.say(OLENA, OLENA, "before")
    await caller.ok("setWebhook", url=hook.url, secret_token="s-1")
    await hook.count(1)
    sandbox.world.say(OLENA, OLENA, "after")
    await hook.count(2)
    await settled(sandbox)
    assert hook.texts() == ["before", "after"]
    assert hook.secrets == ["s-1", "s-1"]
    info = await caller.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == (hook.url, 0)


async def test_a_refused_update_is_repeated_with_growing_pauses(
    sandbox: Sandbox, caller: Caller, hook: Hook, pauses: list[float]
) -> None:
    """A refused update is repeated at once, then after 2, 4, 8 s, until it is accepted; the error is
    reported.
    """
    hook.statuses = [500, 502, 403, 302]
    await caller.ok("setWebhook", url=hook.url)
    sandbox.world.say(OLENA, OLENA, "a")
    sandbox.world.say(OLENA, OLENA, "b")
    await hook.count(6)
    await settled(sandbox)
    assert hook.texts() == ["a", "a", "a", "a", "a", "b"]
    assert pauses == [0, 2, 4, 8]
    assert len({update["update_id"] for update in hook.got}) == 2
    assert "302" in (await caller.ok("getWebhookInfo"))["last_error_message"]


async def test_updates_wait_for_a_listener(
    sandbox: Sandbox, caller: Caller, hook: Hook, pauses: list[float]
) -> None:
    """A refused connection is reported, and no update is lost."""
    await caller.ok("setWebhook", url="http://127.0.0.1:9/hook")
    sandbox.world.say(OLENA, OLENA, "a")
    assert await sandbox.webhook.failed.until(lambda: sandbox.webhook.error is not None, PATIENCE)
    assert "127.0.0.1" in (await caller.ok("getWebhookInfo"))["last_error_message"]
    await caller.ok("setWebhook", url=hook.url)
    await hook.count(1)
    assert hook.texts() == ["a"]


async def test_one_at_a_time_in_a_chat_several_chats_at_once(
    sandbox: Sandbox, caller: Caller, hook: Hook
) -> None:
    """A slow answer delays only its own chat."""
    hook.gate.clear()
    await caller.ok("setWebhook", url=hook.url)
    for word in ("1", "2"):
        sandbox.world.say(OLENA, OLENA, word)
        sandbox.world.say(ANNA, ANNA, word)
    await hook.count(2)
    assert sorted(update["message"]["chat"]["id"] for update in hook.got) == [OLENA, ANNA]
    assert hook.texts() == ["1", "1"]
    hook.gate.set()
    await hook.count(4)
    assert hook.most_at_once == 2


async def test_a_method_in_the_answer_is_carried_out(sandbox: Sandbox, caller: Caller, hook: Hook) -> None:
    """The bot may answer an update with a call, as in Telegram."""
    hook.answer = {"method": "sendMessage", "chat_id": OLENA, "text": "Back"}
    await caller.ok("setWebhook", url=hook.url)
    assert (await sandbox.world.ask(OLENA, "Hello"))["text"] == "Back"


async def test_dropping_pending_updates(sandbox: Sandbox, caller: Caller, hook: Hook) -> None:
    """drop_pending_updates removes earlier updates."""
    sandbox.world.say(OLENA, OLENA, "old")
    await caller.ok("setWebhook", url=hook.url, drop_pending_updates=True)
    sandbox.world.say(OLENA, OLENA, "new")
    await hook.count(1)
    assert hook.texts() == ["new"]
