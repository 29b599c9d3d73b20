"""The rate limiter of python-telegram-bot: makes every request of a handler wait for the Pacer."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from telegram.error import NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.outcome import Transient
from bot.delivery.rate.pacer import Lane, Pacer
from bot.inbox.priority import without_permit
from bot.telegram.outcomes import outcome_of, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Result = bool | dict[str, Any] | list[dict[str, Any]]
    Call = Callable[[], Coroutine[Any, Any, Result]]

log = logging.getLogger(__name__)

COUNTED: Final = ("send", "copy", "forward", "editMessage")
"""Beginnings of the methods that show a message in a chat, and so count against Telegram's limits."""

UNCOUNTED: Final = frozenset({"sendChatAction", "sendChatJoinRequestWebApp"})
"""Methods with such a beginning that show no message."""

REPEATABLE: Final = ("edit", "answer", "set", "delete", "get")
"""Beginnings of the methods that may be called twice: the second call changes nothing."""

PAUSES: Final = (0.3, 1.0)
"""Seconds before each further try of a request that a passing error kept from Telegram."""


class PacedLimiter(BaseRateLimiter[Lane]):
    """Makes messages wait for their slot, and all requests for the end of a flood.

    A message takes the reply lane, unless the call names another with `rate_limit_args=Lane.BROADCAST`.
    The library does not call this for `getUpdates`. A request that failed by a passing error is tried again
    if that cannot make a message appear twice.
    """

    def __init__(self, pacer: Pacer, *, retries: int = 3) -> None:
        """`retries`: how often a request is tried again after a 429 before its RetryAfter is raised."""
        self._pacer = pacer
        self._retries = retries

    async def initialize(self) -> None:
        """Do nothing: the Pacer needs no start."""

    async def shutdown(self) -> None:
        """Do nothing: the Pacer needs no end."""

    async def process_request(  # noqa: PLR0917  # python-telegram-bot's signature
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Lane | None,
    ) -> Result:
        """Wait until the request may leave, and make it. See `BaseRateLimiter.process_request`.

        A request that waits here holds no permit of the inbox: a slow chat holds up no other.
        """
        lane = Lane.REPLY if rate_limit_args is None else rate_limit_args
        async with without_permit():
            return await self._request(partial(callback, *args, **kwargs), endpoint, data, lane)

    async def _request(self, call: Call, endpoint: str, data: dict[str, Any], lane: Lane) -> Result:
        for retries_left in range(self._retries, -1, -1):
            await self._wait(endpoint, data, lane)
            try:
                return await call()
            except RetryAfter as flood:
                seconds = seconds_of(flood)
                self._pacer.flood(seconds)
                details = {"wait_s": seconds, "method": endpoint, "retries_left": retries_left}
                log.warning("Telegram asks for silence", extra=details)
                if not retries_left:
                    raise
            except NetworkError as error:
                if retries_left <= self._retries - len(PAUSES) or not _may_repeat(error, endpoint):
                    raise
                details = {"method": endpoint, "reason": error.message}
                log.warning("a request did not work, trying again", extra=details)
                await asyncio.sleep(PAUSES[self._retries - retries_left])
        raise AssertionError("unreachable: the last round returns or raises")

    async def _wait(self, endpoint: str, data: dict[str, Any], lane: Lane) -> None:
        if endpoint.startswith(COUNTED) and endpoint not in UNCOUNTED:
            await self._pacer.acquire(_chat_of(data), lane)
        else:
            await self._pacer.flood_over()


def _may_repeat(error: NetworkError, endpoint: str) -> bool:
    """Return whether the request may be made again.

    It may if it was certainly not done, or may be done twice. It may also after a 5xx, which seldom follows a
    message that was sent: a person that waits for an answer would rather see it twice than not at all.
    """
    match outcome_of(error):
        case Transient() as failure:
            return not failure.maybe_sent or failure.answered or endpoint.startswith(REPEATABLE)
        case _:
            return False


def _chat_of(data: dict[str, Any]) -> int | str | None:
    """Return the chat that a request goes to: an id or a name; None for a message of inline mode."""
    chat_id: int | str | None = data.get("chat_id")
    try:
        return None if chat_id is None else int(chat_id)
    except ValueError:
        return chat_id
