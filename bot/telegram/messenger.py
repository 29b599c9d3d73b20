"""Carries a Broadcast's message to Telegram, and tells what came of it."""

from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot.delivery.outcome import Outcome, Sent
from bot.telegram.outcomes import outcome_of

READ_TIMEOUT_S = 20.0  # an answer that comes later is lost, and the message maybe sent: be patient


class TelegramMessenger:
    """Sends what was rendered beforehand; the Sender has taken the slot, so its bot has no limiter."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, payload: dict[str, Any]) -> Outcome:
        try:
            answer = await self._bot.do_api_request(
                "sendMessage", api_kwargs={"chat_id": chat_id, **payload}, read_timeout=READ_TIMEOUT_S
            )
        except TelegramError as error:
            return outcome_of(error)
        return Sent(answer["message_id"])
