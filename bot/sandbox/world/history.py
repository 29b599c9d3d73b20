"""The messages of one chat, bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Message = dict[str, Any]


def told(message: Message) -> Message:
    """A message as the bot is told of it: a keyboard below the input field is for the person's app only."""
    if "inline_keyboard" in message.get("reply_markup", {"inline_keyboard": []}):
        return message
    return {name: value for name, value in message.items() if name != "reply_markup"}


def quoted(message: Message) -> Message:
    """A message as it is told within another one: without what it replies to itself."""
    return {name: value for name, value in told(message).items() if name != "reply_to_message"}


def in_topic(topic: int) -> Message:
    """What a message in a topic of a forum has beside the others."""
    return {"message_thread_id": topic, "is_topic_message": True}


def thread_of(message: Message) -> int | None:
    """The topic of a forum that a message is in; None elsewhere, and in the general one."""
    return message.get("message_thread_id") if message.get("is_topic_message") else None


@dataclass(slots=True)
class HistoryEntry:
    """A message, the world's revision when it was made, and when it was last changed."""

    message: Message
    made: int
    changed: int
    from_bot: bool


class History:
    """The last messages of a chat by id; older ones fall out and can no longer be edited."""

    __slots__ = ("_entries", "_keep", "last_id", "pinned")

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._entries: dict[int, HistoryEntry] = {}
        self.last_id = 0
        self.pinned: list[int] = []

    def __iter__(self) -> Iterator[HistoryEntry]:
        """Oldest first."""
        return iter(self._entries.values())

    def add(self, message: Message, *, revision: int, from_bot: bool) -> None:
        """Append a message, which already has the id `last_id + 1`."""
        self.last_id = message["message_id"]
        self._entries[self.last_id] = HistoryEntry(message, revision, revision, from_bot)
        if len(self._entries) > self._keep:
            del self._entries[next(iter(self._entries))]

    def get(self, message_id: int) -> HistoryEntry | None:
        """The entry, or None if it was deleted, fell out or never was."""
        return self._entries.get(message_id)

    def remove(self, message_id: int) -> None:
        """Delete a message for everybody."""
        self._entries.pop(message_id, None)
        if message_id in self.pinned:
            self.pinned.remove(message_id)

    def last(self, count: int) -> list[Message]:
        """The last messages, oldest first."""
        messages = [entry.message for entry in self._entries.values()]
        return messages[-count:] if count else []

    def dump(self) -> dict[str, Any]:
        """Everything as JSON."""
        entries = [[e.message, e.from_bot] for e in self._entries.values()]
        return {"last_id": self.last_id, "pinned": self.pinned, "entries": entries}

    def load(self, data: dict[str, Any]) -> None:
        """Take back what `dump` gave; revisions start anew."""
        self.last_id, self.pinned = data["last_id"], data["pinned"]
        self._entries = {
            message["message_id"]: HistoryEntry(message, 0, 0, from_bot)
            for message, from_bot in data["entries"]
        }
