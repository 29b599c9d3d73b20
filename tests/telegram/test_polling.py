"""The poller, without a network: how long it waits."""

import asyncio
from typing import Any

import pytest
from telegram.error import NetworkError, RetryAfter

from bot.telegram.polling import Polling
from bot.telegram.transport import AiohttpRequest


class Silent(AiohttpRequest):
    """Answers every call with the next of these errors."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def call(self, _url: str, _body: bytes, *, read_timeout: float) -> Any:  # noqa: ARG002 - the signature
        raise self.errors.pop(0)


async def _no_update(update: dict[str, Any]) -> None:
    raise AssertionError(update)


async def test_a_429_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as Telegram says, where that is longer than we would wait by ourselves."""
    silent = Silent(NetworkError("x"), RetryAfter(77), NetworkError("x"))
    polling = Polling(silent, "", _no_update)
    rests: list[float] = []

    async def rest(_stopping: asyncio.Event, seconds: float) -> None:
        """Note how long it would wait, and stop when there is nothing left to ask."""
        rests.append(seconds)
        if not silent.errors:
            polling.stop()

    monkeypatch.setattr("bot.telegram.polling.rest", rest)
    await polling.run()
    assert rests == [1, 77, 30]
