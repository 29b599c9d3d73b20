"""Carries a Broadcast's message to Telegram, and tells what came of it."""

from typing import Any

from telegram.error import BadRequest, TelegramError

from bot.delivery.outcome import Missing, Outcome, Sent
from bot.telegram.outcomes import outcome_of
from bot.telegram.transport import AiohttpRequest

READ_TIMEOUT_S = 8.0
"""An answer that comes later is lost, and the message maybe sent, so be patient; but until then its place in
the window is taken, and a push whose places all wait for lost answers stands still."""

_AS_IT_IS = "message is not modified"
_MISSING = ("message to edit not found", "message to delete not found", "message_id_invalid")


class TelegramMessenger:
    """Sends bodies that were made beforehand. The Sender has taken the slot."""

    def __init__(self, request: AiohttpRequest, base_url: str) -> None:
        """`base_url` is the Bot API's address with the token in it."""
        self._request = request
        self._base_url = base_url

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        """Send `body`, a JSON object of sendMessage's parameters, to this chat."""
        try:
            answer = await self._call("sendMessage", b'{"chat_id":%d,%b' % (chat_id, body[1:]))
        except TelegramError as error:
            return outcome_of(error)
        return Sent(answer["message_id"])

    async def knock(self, chat_id: int) -> Outcome | None:
        """Ask for something that shows no message, "typing" in this chat; None if it was done.

        It goes all the way that a message goes; the Bot API server answers getMe out of its own memory.
        """
        try:
            await self._call("sendChatAction", b'{"chat_id":%d,"action":"typing"}' % chat_id)
        except TelegramError as error:
            return outcome_of(error)
        return None

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        """Let a message of ours show `body` instead. It is Sent too where it shows that already."""
        addressed = b'{"chat_id":%d,"message_id":%d,%b' % (chat_id, message_id, body[1:])
        return await self._change("editMessageText", addressed, message_id)

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        """Take a message of ours out of the chat."""
        addressed = b'{"chat_id":%d,"message_id":%d}' % (chat_id, message_id)
        return await self._change("deleteMessage", addressed, message_id)

    async def _change(self, method: str, addressed: bytes, message_id: int) -> Outcome:
        try:
            await self._call(method, addressed)
        except BadRequest as error:
            text = error.message.casefold()
            if any(part in text for part in _MISSING):
                return Missing()
            return Sent(message_id) if _AS_IT_IS in text else outcome_of(error)
        except TelegramError as error:
            return outcome_of(error)
        return Sent(message_id)

    async def _call(self, method: str, addressed: bytes) -> Any:
        return await self._request.call(f"{self._base_url}/{method}", addressed, read_timeout=READ_TIMEOUT_S)
