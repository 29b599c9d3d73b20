"""The Bot API's methods over the world: `TABLE` maps names to plain functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api.methods import account, chats, editing, queries, receiving, sending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.bot_api.permissions import Desk

    Handler = Callable[[Desk, dict[str, Any]], Any | Awaitable[Any]]

TABLE: dict[str, Handler] = {
    name.lower(): handler
    for module in (account, chats, editing, queries, receiving, sending)
    for name, handler in module.METHODS.items()
}
