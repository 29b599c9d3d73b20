"""Long polling: gets updates from Telegram, and confirms them only after they are stored.

python-telegram-bot's own poller confirms an update before anything stores it, so that a kill in between loses
it. Here the next request confirms the updates of the one before, so none is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import orjson
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.inbox.inbox import FullError
from bot.tasks import rest, unless_stopped
from bot.telegram.outcomes import seconds_of
from bot.telegram.transport import AiohttpRequest
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

ALLOWED_UPDATES = ("message", "channel_post", "inline_query", "callback_query", "my_chat_member")
_POLL_S = 25  # Telegram answers an empty poll after so long
_CONFIRM_S = 2.0
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0

Receive = Callable[[dict[str, Any]], Awaitable[None]]


class Polling:
    """Gets updates until it is stopped, through outages of any length."""

    def __init__(self, request: AiohttpRequest, base_url: str, receive: Receive) -> None:
        """`base_url` is the Bot API's address with the token in it."""
        self._request = request
        self._url = f"{base_url}/getUpdates"
        self._receive = receive
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask for no further updates."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll until `stop()`. Raises InvalidToken if Telegram no longer knows the token."""
        offset, wait = 0, _FIRST_WAIT_S
        while not self._stopping.is_set():
            try:
                updates = await self._ask(offset)
            except InvalidToken:
                raise
            except TelegramError as error:
                if isinstance(error, RetryAfter):
                    wait = max(wait, seconds_of(error))
                log.warning("no updates, asking again", extra={"reason": _reason(error), "in_s": wait})
            else:
                stored = await self._store(updates)
                offset = stored[-1] + 1 if stored else offset
                if len(stored) == len(updates):
                    wait = _FIRST_WAIT_S
                    continue
            await rest(self._stopping, wait)
            wait = min(_LONGEST_WAIT_S, wait * 2)
        if offset:
            await self._confirm(offset)

    async def _store(self, updates: Sequence[dict[str, Any]]) -> list[int]:
        """Store all updates at once; return the ids up to the first that Telegram should send again.

        That one could not be stored now: the database is away, or too many wait. An update that no database
        could hold is logged and confirmed: Telegram would send the same again.
        """
        results = await asyncio.gather(*map(self._receive, updates), return_exceptions=True)
        stored: list[int] = []
        for update, error in zip(updates, results, strict=True):
            if isinstance(error, (DatabaseUnavailableError, FullError)):
                log.info("an update waits", extra={"reason": str(error) or type(error).__name__})
                break
            if error is not None:
                log.error("an update was not kept", exc_info=error)
            stored.append(update["update_id"])
        return stored

    async def _ask(self, offset: int) -> list[dict[str, Any]]:
        """Make one long poll, which `stop()` breaks off. A poll that is broken off confirms nothing."""
        wanted = orjson.dumps({"offset": offset, "timeout": _POLL_S, "allowed_updates": ALLOWED_UPDATES})
        asking = self._request.call(self._url, wanted, read_timeout=_POLL_S + 10)
        updates: list[dict[str, Any]] | None = await unless_stopped(self._stopping, asking)
        return updates or []

    async def _confirm(self, offset: int) -> None:
        """Confirm all updates before `offset`, so that Telegram does not send them again."""
        with suppress(TelegramError):
            body = orjson.dumps({"offset": offset, "timeout": 0, "limit": 1})
            await self._request.call(self._url, body, read_timeout=_CONFIRM_S)


def _reason(error: TelegramError) -> str:
    if isinstance(error, Conflict):
        return "another process polls with this token: stop it, or run only one of them"
    return error.message
