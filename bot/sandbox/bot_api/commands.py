"""The bot's command menus, and the choice of the one that a person sees."""

from collections.abc import Iterator
from typing import Any

Command = dict[str, str]
ScopeKey = tuple[str, int, int, str]


def scope_key(scope: dict[str, Any] | None, language: str) -> ScopeKey:
    """Return the key of a BotCommandScope and language: kind, chat, person, language."""
    scope = scope or {"type": "default"}
    return scope["type"], int(scope.get("chat_id", 0)), int(scope.get("user_id", 0)), language


class Commands:
    """Lists of commands by scope and language."""

    def __init__(self) -> None:
        self._lists: dict[ScopeKey, list[Command]] = {}

    def set(self, key: ScopeKey, commands: list[Command]) -> None:
        """Set the list of one scope and language; an empty list deletes it."""
        if commands:
            self._lists[key] = commands
        else:
            self._lists.pop(key, None)

    def get(self, key: ScopeKey) -> list[Command]:
        """Return the list of exactly this scope and language; an empty one if there is none."""
        return self._lists.get(key, [])

    def seen_by(self, *, person: int, chat: int, language: str | None, admin: bool) -> list[Command]:
        """Return the list that this person sees in this chat.

        It is the first that exists, from the narrowest scope to the default, each first in the person's
        language (core.telegram.org/bots/api#botcommandscope, "Determining list of commands").
        """
        scopes = _private_scopes(chat) if chat == person else _group_scopes(person, chat, admin=admin)
        for kind, chat_id, user_id in scopes:
            for code in (language or "", ""):
                if found := self._lists.get((kind, chat_id, user_id, code)):
                    return found
        return []

    def dump(self) -> list[Any]:
        """Return everything as JSON."""
        return [[*key, commands] for key, commands in self._lists.items()]

    def load(self, data: list[Any]) -> None:
        """Restore what `dump` returned."""
        self._lists = {(kind, chat, person, code): items for kind, chat, person, code, items in data}


def _private_scopes(chat: int) -> Iterator[tuple[str, int, int]]:
    yield "chat", chat, 0
    yield "all_private_chats", 0, 0
    yield "default", 0, 0


def _group_scopes(person: int, chat: int, *, admin: bool) -> Iterator[tuple[str, int, int]]:
    yield "chat_member", chat, person
    if admin:
        yield "chat_administrators", chat, 0
    yield "chat", chat, 0
    if admin:
        yield "all_chat_administrators", 0, 0
    yield "all_group_chats", 0, 0
    yield "default", 0, 0
