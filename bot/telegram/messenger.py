"""Carries a Broadcast's message to Telegram, and tells what came of it."""

from telegram.error import TelegramError

from bot.delivery.outcome import Outcome, Sent
from bot.telegram.outcomes import outcome_of
from bot.telegram.transport import AiohttpRequest

READ_TIMEOUT_S = 20.0  # an answer that comes later is lost, and the message maybe sent: be patient


class TelegramMessenger:
    """Sends bodies that were made beforehand. The Sender has taken the slot."""

    def __init__(self, request: AiohttpRequest, base_url: str) -> None:
        """`base_url` is the Bot API's address with the token in it."""
        self._request = request
        self._url = f"{base_url}/sendMessage"

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        """Send `body`, a JSON object of sendMessage's parameters, to this chat."""
        addressed = b'{"chat_id":%d,%b' % (chat_id, body[1:])
        try:
            answer = await self._request.call(self._url, addressed, read_timeout=READ_TIMEOUT_S)
        except TelegramError as error:
            return outcome_of(error)
        return Sent(answer["message_id"])
