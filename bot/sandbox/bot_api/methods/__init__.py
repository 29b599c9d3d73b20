"""The Bot API's methods: `TABLE` maps their names in lower case to plain functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api.methods import account, chats, editing, queries, receiving, sending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.bot_api.access import BotAccess

    Handler = Callable[[BotAccess, dict[str, Any]], Any | Awaitable[Any]]

TABLE: dict[str, Handler] = {
    name.lower(): handler
    for module in (account, chats, editing, queries, receiving, sending)
    for name, handler in module.METHODS.items()
}
