"""Long polling: asks Telegram for updates, and asks for the next only after these are kept.

python-telegram-bot's own poller tells Telegram that it has an update before anybody kept it; a kill in
between loses it. Here the next request is what tells, so nothing is lost.
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
_POLL_S = 25
_CONFIRM_S = 2.0
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0

Receive = Callable[[dict[str, Any]], Awaitable[None]]


class Polling:
    """Fetches updates until it is stopped, through outages of any length."""

    def __init__(self, request: AiohttpRequest, base_url: str, receive: Receive) -> None:
        """`base_url` is the Bot API's address with the token in it."""
        self._request = request
        self._url = f"{base_url}/getUpdates"
        self._receive = receive
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask for no more."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll until `stop()`. Raises InvalidToken when Telegram no longer knows the token."""
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
                kept = await self._hand_over(updates)
                offset = kept[-1] + 1 if kept else offset
                if len(kept) == len(updates):
                    wait = _FIRST_WAIT_S
                    continue
            await rest(self._stopping, wait)
            wait = min(_LONGEST_WAIT_S, wait * 2)
        if offset:
            await self._confirm(offset)

    async def _hand_over(self, updates: Sequence[dict[str, Any]]) -> list[int]:
        """Hand all of them over at once; returns the ids up to the first that must be asked for again.

        Those are the ones that could not be kept: the database is away, or too many wait. One that no
        database could keep is logged and done with: asking again would bring it again.
        """
        results = await asyncio.gather(*map(self._receive, updates), return_exceptions=True)
        kept: list[int] = []
        for update, error in zip(updates, results, strict=True):
            if isinstance(error, (DatabaseUnavailableError, FullError)):
                log.info("an update waits", extra={"reason": str(error) or type(error).__name__})
                break
            if error is not None:
                log.error("an update was not kept", exc_info=error)
            kept.append(update["update_id"])
        return kept

    async def _ask(self, offset: int) -> list[dict[str, Any]]:
        """One long poll, given up when we are stopped. A stopped poll confirms nothing."""
        wanted = orjson.dumps({"offset": offset, "timeout": _POLL_S, "allowed_updates": ALLOWED_UPDATES})
        asking = self._request.call(self._url, wanted, read_timeout=_POLL_S + 10)
        updates: list[dict[str, Any]] | None = await unless_stopped(self._stopping, asking)
        return updates or []

    async def _confirm(self, offset: int) -> None:
        """Tell Telegram that all before `offset` is kept, so that it is not handed over again."""
        with suppress(TelegramError):
            body = orjson.dumps({"offset": offset, "timeout": 0, "limit": 1})
            await self._request.call(self._url, body, read_timeout=_CONFIRM_S)


def _reason(error: TelegramError) -> str:
    if isinstance(error, Conflict):
        return "another process polls with this token: stop it, or run only one of them"
    return error.message
