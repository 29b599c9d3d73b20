"""Sends, edits and deletes the messages with which handlers answer, with bodies that are ready.

To make python-telegram-bot's objects of a message and of Telegram's answer would take longer than all else.
Errors are those of the library.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from bot.delivery.rate.pacer import Lane
from bot.rendering.message import Message
from bot.telegram.limiter import PacedLimiter
from bot.telegram.transport import AiohttpRequest, addressed

_READ_TIMEOUT_S = 5.0  # as in python-telegram-bot


class Replies:
    """Makes the calls of the reply lane, and those answers in another lane that nobody waits for."""

    def __init__(self, request: AiohttpRequest, base_url: str, limiter: PacedLimiter) -> None:
        """`base_url` is the Bot API's address with the token in it."""
        self._request = request
        self._base_url = base_url
        self._limiter = limiter

    async def send(
        self, chat_id: int, message: Message, topic: int | None = None, lane: Lane | None = None
    ) -> int:
        """Send a new message, in a forum to this topic; return its id. `lane` None is the reply lane."""
        where = {} if topic is None else {"message_thread_id": topic}
        body = addressed(message.body, chat_id=chat_id, **where)
        sent = await self._call("sendMessage", body, chat_id, lane)
        return int(sent["message_id"])

    async def edit(self, chat_id: int, message_id: int, message: Message) -> None:
        """Replace text and buttons of one of our messages."""
        body = addressed(message.body, chat_id=chat_id, message_id=message_id)
        await self._call("editMessageText", body, chat_id)

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Delete one of our messages. Telegram allows that for 48 hours."""
        body = orjson.dumps({"chat_id": chat_id, "message_id": message_id})
        await self._call("deleteMessage", body, chat_id)

    async def stop_spinning(self, query_id: str) -> None:
        """Answer a tap (CallbackQuery) without a word: its button stops spinning."""
        await self._call("answerCallbackQuery", orjson.dumps({"callback_query_id": query_id}), None)

    async def offer(self, query_id: str, cards: Sequence[bytes], rest: Mapping[str, object]) -> None:
        """Answer an inline query with InlineQueryResults, each as JSON, and the `rest` of the parameters."""
        body = b'{"results":[%b],%b' % (
            b",".join(cards),
            orjson.dumps({"inline_query_id": query_id, **rest})[1:],
        )
        await self._call("answerInlineQuery", body, None)

    async def _call(self, method: str, body: bytes, chat_id: int | None, lane: Lane | None = None) -> Any:
        async def call() -> Any:
            return await self._request.call(f"{self._base_url}/{method}", body, read_timeout=_READ_TIMEOUT_S)

        return await self._limiter.process_request(call, (), {}, method, {"chat_id": chat_id}, lane)
