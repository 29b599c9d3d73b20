"""Asks Telegram whether the token is valid and how the webhook is doing, for `comeback check`."""

from dataclasses import dataclass

from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.telegram.transport import AiohttpRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """What Telegram knows about the bot; `problem` says why it could not be asked."""

    username: str | None = None
    webhook: WebhookInfo | None = None
    inline: bool = False
    problem: str | None = None


async def probe(token: str, api: str) -> Answer:
    """Ask `api` about the bot of `token`. Errors of Telegram or the network are returned, not raised."""
    request = AiohttpRequest(connections=1)
    try:
        async with Bot(token, base_url=f"{api}/bot", request=request, get_updates_request=request) as bot:
            return Answer(bot.username, await bot.get_webhook_info(), inline=bot.supports_inline_queries)
    except InvalidToken:
        return Answer(problem="Telegram does not know this token: get one from @BotFather")
    except TelegramError as error:
        return Answer(problem=f"{api} cannot be reached ({error.message})")
