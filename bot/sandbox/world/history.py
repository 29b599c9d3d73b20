"""The history of one chat: its last messages by id, up to a limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]


def as_bot_sees(message: Message) -> Message:
    """Return a message as the bot receives it: without a keyboard below the input field."""
    if "inline_keyboard" in message.get("reply_markup", {"inline_keyboard": []}):
        return message
    return {name: value for name, value in message.items() if name != "reply_markup"}


def as_nested(message: Message) -> Message:
    """Return a message as it is nested in another one: without the message that it replies to."""
    return {name: value for name, value in as_bot_sees(message).items() if name != "reply_to_message"}


def in_topic(topic: int) -> Message:
    """Return the fields that mark a message as part of a forum's topic."""
    return {"message_thread_id": topic, "is_topic_message": True}


def thread_of(message: Message) -> int | None:
    """Return the id of the forum's topic that a message is in; None in the general one and elsewhere."""
    return message.get("message_thread_id") if message.get("is_topic_message") else None


@dataclass(slots=True)
class HistoryEntry:
    """A message, with the world's revisions at which it was made and last changed."""

    message: Message
    made: int
    changed: int
    from_bot: bool


class History:
    """The last messages of a chat by id; older ones are dropped and can no longer be edited."""

    __slots__ = ("_entries", "_keep", "last_id", "pinned")

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._entries: dict[int, HistoryEntry] = {}
        self.last_id = 0
        self.pinned: list[int] = []

    def __iter__(self) -> Iterator[HistoryEntry]:
        """Yield the entries, oldest first."""
        return iter(self._entries.values())

    def add(self, message: Message, *, revision: int, from_bot: bool) -> None:
        """Append a message, which already has the id `last_id + 1`."""
        self.last_id = message["message_id"]
        self._entries[self.last_id] = HistoryEntry(message, revision, revision, from_bot)
        if len(self._entries) > self._keep:
            del self._entries[next(iter(self._entries))]

    def get(self, message_id: int) -> HistoryEntry | None:
        """Return the entry; None if it was deleted or dropped, or never existed."""
        return self._entries.get(message_id)

    def remove(self, message_id: int) -> None:
        """Delete a message for everybody."""
        self._entries.pop(message_id, None)
        if message_id in self.pinned:
            self.pinned.remove(message_id)

    def last(self, count: int) -> list[Message]:
        """Return the last messages, oldest first."""
        messages = [entry.message for entry in self._entries.values()]
        return messages[-count:] if count else []

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON."""
        entries = [[e.message, e.from_bot] for e in self._entries.values()]
        return {"last_id": self.last_id, "pinned": self.pinned, "entries": entries}

    def load(self, data: dict[str, Any]) -> None:
        """Restore what `dump` returned; revisions start again at 0."""
        self.last_id, self.pinned = data["last_id"], data["pinned"]
        self._entries = {
            message["message_id"]: HistoryEntry(message, 0, 0, from_bot)
            for message, from_bot in data["entries"]
        }
