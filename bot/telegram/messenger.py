"""Sends, edits and deletes the messages of Broadcasts, and returns the Outcome of each call."""

from typing import Any

from telegram.error import BadRequest, TelegramError

from bot.delivery.outcome import Missing, Outcome, Sent
from bot.telegram.outcomes import outcome_of
from bot.telegram.transport import AiohttpRequest, addressed

READ_TIMEOUT_S = 8.0
"""It is long, since after a lost answer the message may have been sent or not. But a send that waits holds a
permit of the worker's window, and a push whose permits all wait for lost answers stands still."""

_PHOTO = b'"photo":"'  # a field: within a text, JSON would escape the quotation marks
_UNCHANGED = "message is not modified"
_MISSING = ("message to edit not found", "message to delete not found", "message_id_invalid")


class TelegramMessenger:
    """Makes calls with bodies that are ready. Its caller, the Sender, has waited for the Pacer."""

    def __init__(self, request: AiohttpRequest, base_url: str) -> None:
        """`base_url` is the Bot API's address with the token in it."""
        self._request = request
        self._base_url = base_url

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        """Send `body`, a JSON object of sendMessage's parameters, or of sendPhoto's, to this chat."""
        method = "sendPhoto" if _PHOTO in body else "sendMessage"
        try:
            answer = await self._call(method, addressed(body, chat_id=chat_id))
        except TelegramError as error:
            return outcome_of(error)
        return Sent(answer["message_id"])

    async def knock(self, chat_id: int) -> Outcome | None:
        """Test whether Telegram answers, by showing "typing" in this chat; return None if it does.

        That call goes as far as a message does; the Bot API server answers getMe from its own memory.
        """
        try:
            await self._call("sendChatAction", b'{"chat_id":%d,"action":"typing"}' % chat_id)
        except TelegramError as error:
            return outcome_of(error)
        return None

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        """Replace the content of one of our messages. The Outcome is Sent also if it was the same."""
        edited = addressed(body, chat_id=chat_id, message_id=message_id)
        return await self._change("editMessageText", edited, message_id)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        """Delete one of our messages from the chat."""
        which = b'{"chat_id":%d,"message_id":%d}' % (chat_id, message_id)
        return await self._change("deleteMessage", which, message_id)

    async def _change(self, method: str, body: bytes, message_id: int) -> Outcome:
        try:
            await self._call(method, body)
        except BadRequest as error:
            text = error.message.casefold()
            if any(part in text for part in _MISSING):
                return Missing()
            return Sent(message_id) if _UNCHANGED in text else outcome_of(error)
        except TelegramError as error:
            return outcome_of(error)
        return Sent(message_id)

    async def _call(self, method: str, body: bytes) -> Any:
        return await self._request.call(f"{self._base_url}/{method}", body, read_timeout=READ_TIMEOUT_S)
