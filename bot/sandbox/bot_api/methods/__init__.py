"""The Bot API's methods: `TABLE` maps their names in lower case to plain functions."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.bot_api.access import BotAccess
from bot.sandbox.bot_api.methods import account, chats, editing, queries, receiving, sending

Handler = Callable[[BotAccess, dict[str, Any]], Any | Awaitable[Any]]

TABLE: dict[str, Handler] = {
    name.lower(): handler
    for module in (account, chats, editing, queries, receiving, sending)
    for name, handler in module.METHODS.items()
}
