"""The poller, without a network: how long it waits."""

from typing import Any

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


class Impatient(Polling):
    """Notes how long it would wait, and stops when there is nothing left to ask."""

    def __init__(self, request: Silent) -> None:
        super().__init__(request, "", self._no_update)
        self.silent = request
        self.rests: list[float] = []

    async def _no_update(self, update: dict[str, Any]) -> None:
        raise AssertionError(update)

    async def _rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        if not self.silent.errors:
            self.stop()


async def test_a_429_is_waited_out() -> None:
    """As long as Telegram says, where that is longer than we would wait by ourselves."""
    polling = Impatient(Silent(NetworkError("x"), RetryAfter(77), NetworkError("x")))
    await polling.run()
    assert polling.rests == [1, 77, 30]
