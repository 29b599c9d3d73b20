"""Makes the calls that Telegram must answer before the bot is up, and tries again until each succeeds."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.config import Settings
from bot.tasks import rest, unless_stopped
from bot.telegram.polling import ALLOWED_UPDATES
from bot.web.server import WEBHOOK_PATH
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0


async def until_done(
    stopping: asyncio.Event, ask: Callable[[], Coroutine[Any, Any, None]], address: str
) -> None:
    """Call `ask` until it succeeds, through outages of Telegram at `address` and of the database.

    Return early if `stopping` is set. Raises what no other try would change, such as InvalidToken.
    """
    wait = _FIRST_WAIT_S
    while not stopping.is_set():
        try:
            await unless_stopped(stopping, ask())
        except BadRequest:  # a NetworkError to the library, but another try would change nothing
            raise
        except (NetworkError, RetryAfter) as error:
            log.warning(
                "Telegram cannot be reached, trying again",
                extra={"address": address, "reason": error.message, "in_s": wait},
            )
        except DatabaseUnavailableError:
            pass  # the database watch logs it
        else:
            return
        await rest(stopping, wait)
        wait = min(_LONGEST_WAIT_S, wait * 2)


async def begin_receiving(bot: Bot, settings: Settings) -> None:
    """Tell Telegram where updates go: to our webhook, or nowhere, so that we can poll."""
    if not settings.webhook_url:
        await bot.delete_webhook()
        return
    await bot.set_webhook(
        settings.webhook_url + WEBHOOK_PATH,
        secret_token=settings.secret(),
        allowed_updates=ALLOWED_UPDATES,
    )
