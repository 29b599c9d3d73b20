"""What the inbox reads in an update as Telegram sends it: its chat, and how urgent it is."""

from typing import Any

import orjson

from bot.inbox.priority import Priority

LARGEST_ID = 2**63 - 1  # the database's ids have 64 bits


def priority_of(content: str) -> Priority:
    """Return AWAITED for a command or a tap, after which a person looks at the screen; PROSE for a letter."""
    message = orjson.loads(content).get("message")
    is_command = not isinstance(message, dict) or str(message.get("text") or "").startswith("/")
    return Priority.AWAITED if is_command else Priority.PROSE


def chat_of(update: dict[str, Any]) -> int:
    """Return the id of the chat that an update belongs to, else that of the person, else 0."""
    for content in update.values():
        found = _chat_in(content)
        if found is not None:
            return found
    return 0


def _chat_in(content: Any) -> int | None:
    """Return the chat in a part of an update; None if there is none, or if the part has an unknown shape."""
    if not isinstance(content, dict):
        return None
    message = content.get("message")
    chat_of_message = message.get("chat") if isinstance(message, dict) else None
    chat = content.get("chat") or chat_of_message or content.get("from")
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    return chat_id if isinstance(chat_id, int) and abs(chat_id) <= LARGEST_ID else None
