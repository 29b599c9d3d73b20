"""A sandbox that listens, and settings with which the bot finds it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.sandbox.server import Sandbox
from tests.chats import EDITH, to_the_next

TOKEN = "42:a-token-of-the-sandbox-that-looks-real"
SECRET = "a-secret-of-the-tests"


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


@pytest.fixture(autouse=True)
def _decided_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What editors decide acts at once: tests/handlers/editors/test_undo.py waits."""
    monkeypatch.setattr("bot.runtime.build.GRACE", timedelta(0))


@pytest.fixture
async def telegram() -> AsyncIterator[Sandbox]:
    """Telegram, over HTTP on this machine; it is noon there, or pushes would wait in a test at night."""
    async with Sandbox(TOKEN) as running:
        to_the_next(running.world, 12)
        yield running


@pytest.fixture
def polling(settings: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The bot fetches its updates."""
    monkeypatch.setattr(
        "bot.delivery.rate.budget.CHAT_BURST", 1_000
    )  # a test says more in a moment than a person
    given = {
        "bot_token": SecretStr(TOKEN),
        "bot_api_url": telegram.url,
        "owner_ids": frozenset({EDITH}),
        "send_rate": 1000,
    }
    return settings.model_copy(update=given)


@pytest.fixture
def webhook(polling: Settings, unused_tcp_port: int) -> Settings:
    """Telegram brings the updates."""
    given = {
        "webhook_url": f"http://127.0.0.1:{unused_tcp_port}",
        "webhook_secret": SecretStr(SECRET),
        "http_port": unused_tcp_port,
    }
    return polling.model_copy(update=given)


@pytest.fixture(params=["polling", "webhook"])
def either(request: pytest.FixtureRequest) -> Settings:
    """The same journey both ways."""
    found: Settings = request.getfixturevalue(request.param)
    return found
