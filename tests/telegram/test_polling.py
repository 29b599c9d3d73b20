"""Long polling without a network: how long it waits after errors."""

import asyncio
from typing import Any

import pytest
from telegram.error import NetworkError, RetryAfter

from bot.telegram.polling import Polling
from bot.telegram.transport import AiohttpRequest


class Silent(AiohttpRequest):
    """Raises the next of `errors` at each call."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def call(self, *_given: Any, **_timeouts: Any) -> Any:
        raise self.errors.pop(0)


async def _no_update(update: dict[str, Any]) -> None:
    raise AssertionError(update)


async def test_a_429_is_waited_for_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram's wait counts if it is longer than our own."""
    silent = Silent(NetworkError("x"), RetryAfter(77), NetworkError("x"))
    polling = Polling(silent, "", _no_update)
    rests: list[float] = []

    async def rest(_stopping: asyncio.Event, seconds: float) -> None:
        """Note the wait, and stop after the last error."""
        rests.append(seconds)
        if not silent.errors:
            polling.stop()

    monkeypatch.setattr("bot.telegram.polling.rest", rest)
    await polling.run()
    assert rests == [1, 77, 30]
