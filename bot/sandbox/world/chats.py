"""The chat book: people, groups and messages of the sandbox, which reports each change to listeners."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.bot_api.commands import Commands
from bot.sandbox.bot_api.profile import Profile
from bot.sandbox.bot_api.updates import ID_GAP, Updates
from bot.sandbox.world.clock import MovableClock
from bot.sandbox.world.files import Files
from bot.sandbox.world.history import History, HistoryEntry, Message
from bot.sandbox.world.people import (
    FIRST_GROUP_ID,
    FIRST_PEOPLE,
    SUPERGROUP_BASE,
    Group,
    People,
    Person,
    WorldError,
)
from bot.sandbox.world.signals import Event, Events, EventType, Signal

# Messages that a chat keeps: enough to scroll, and few enough for 100,000 chats.
KEEP = 500


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot's account."""

    id: int
    username: str = "comeback_sandbox_bot"
    name: str = "Comeback"

    def as_user(self) -> dict[str, Any]:
        """Return the Bot API's User of the bot, as others see it."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}


class ChatBook:
    """People, groups, messages, the bot's commands and profile; each change gets a revision and an event."""

    def __init__(
        self, bot: Bot, *, clock: Callable[[], datetime], editors: Iterable[int], keep: int = KEEP
    ) -> None:
        self.bot = bot
        self.clock = MovableClock(clock)
        self.keep = keep
        self.people = People()
        self.groups: dict[int, Group] = {}
        self.updates = Updates(clock, self.touch)
        self.commands = Commands()
        self.profile = Profile(bot.name)
        self.files = Files()
        self.changed = Signal()
        self.revision = 0
        self._events = Events()
        self._histories: dict[int, History] = {}
        self._add_first_people(editors)

    def _add_first_people(self, editors: Iterable[int]) -> None:
        editors = frozenset(editors)
        for person in FIRST_PEOPLE:
            self.people.add(Person(**{**asdict(person), "editor": person.id in editors}))
        neighbours = [person.id for person in FIRST_PEOPLE if person.id not in editors]
        self.groups[FIRST_GROUP_ID] = Group(FIRST_GROUP_ID, "Neighbours", members=neighbours)

    # --- reading ---

    def chat(self, chat: int) -> dict[str, Any] | None:
        """Return the Bot API's Chat; None if there is no such chat."""
        if chat in self.groups:
            return self.groups[chat].as_chat()
        person = self.people.find(chat)
        return person.as_chat() if person else None

    def chats_of(self, person: int) -> list[int]:
        """Return the ids of the chats that a person sees: the one with the bot, then their groups."""
        groups = [g.id for g in self.groups.values() if person in g.members and g.moved_to is None]
        return [self.people.get(person).id, *groups]

    def messages(self, chat: int, limit: int = 200) -> list[Message]:
        """Return the last messages of a chat, oldest first."""
        history = self._histories.get(chat)
        return history.last(limit) if history else []

    def entry(self, chat: int, message_id: int) -> HistoryEntry | None:
        """Return a message with its revisions; None if it is not there."""
        history = self._histories.get(chat)
        return history.get(message_id) if history else None

    def message(self, chat: int, message_id: int) -> Message:
        """Return a message. Raises WorldError if it is not there."""
        found = self.entry(chat, message_id)
        if found is None:
            raise WorldError(f"There is no message {message_id} in this chat.")
        return found.message

    def last_message(self, chat: int) -> Message | None:
        """Return the newest message of a chat; None if it has none."""
        return next(iter(self.messages(chat, 1)), None)

    def history(self, chat: int) -> History:
        """Return the chat's history, which is made at its first use."""
        if chat not in self._histories:
            self._histories[chat] = History(self.keep)
        return self._histories[chat]

    def commands_for(self, person: int, chat: int) -> list[dict[str, str]]:
        """Return the command menu that this person sees in this chat."""
        group = self.groups.get(chat)
        return self.commands.seen_by(
            person=person,
            chat=chat,
            language=self.people.get(person).language,
            admin=group is not None and group.is_owner(person),
        )

    # --- changing ---

    def post(self, chat: int, sender: dict[str, Any], content: dict[str, Any]) -> Message:
        """Append a message with this content from `sender`, a User; the chat must exist."""
        history, group = self.history(chat), self.groups.get(chat)
        in_channel = group is not None and group.is_channel
        message = {
            "message_id": history.last_id + 1,
            # In a channel, the channel itself is the sender.
            **({"sender_chat": self.chat(chat)} if in_channel else {"from": sender}),
            "chat": self.chat(chat),
            "date": int(self.clock().timestamp()),
            **content,
        }
        history.add(message, revision=self.revision + 1, from_bot=sender["id"] == self.bot.id)
        self.publish("message", chat, message=message)
        return message

    def change(self, chat: int, message_id: int, content: dict[str, Any], *, silent: bool = False) -> Message:
        """Replace fields of a message (None removes a field); with `silent` its edit date stays the same."""
        entry = self.history(chat).get(message_id)
        if entry is None:
            raise WorldError(f"There is no message {message_id} in this chat.")
        message = {**entry.message, **content}
        if not silent:
            message["edit_date"] = int(self.clock().timestamp())
        entry.message = {name: value for name, value in message.items() if value is not None}
        entry.changed = self.revision + 1
        self.publish("edited", chat, message=entry.message)
        return entry.message

    def remove(self, chat: int, message_ids: list[int]) -> None:
        """Delete messages for all people in the chat."""
        for message_id in message_ids:
            self.history(chat).remove(message_id)
        self.publish("deleted", chat, message_ids=message_ids)

    def publish(
        self,
        kind: EventType,
        chat: int = 0,
        *,
        message: Message | None = None,
        message_ids: list[int] | None = None,
    ) -> None:
        """Count a change, and send it as an event to all listeners."""
        self._events.publish(Event(type=kind, chat=chat, message=message, message_ids=message_ids))
        self.touch()

    def clock_moved(self) -> None:
        """Send the event that the clock was moved."""
        self.publish("clock")

    def touch(self) -> None:
        """Count a change, which wakes all waiting tasks and makes the store save it."""
        self.revision += 1
        self.changed.set()

    def events(self) -> AsyncIterator[Event]:
        """Return the stream of changes from this call on, until the sandbox stops."""
        return self._events.listen()

    def close(self) -> None:
        """End all event streams."""
        self._events.close()

    def next_group_id(self, kind: str) -> int:
        """Return a free id: basic groups have short ones, the ids of all others begin with -100."""
        is_basic = kind == "group"
        taken = [group.id for group in self.groups.values() if (group.kind == "group") == is_basic]
        return min([(-4000 if is_basic else SUPERGROUP_BASE) - 42, *taken]) - 1

    # --- keeping ---

    def dump(self) -> dict[str, Any]:
        """Return everything that the next start must find, as JSON."""
        return {
            "version": 1,
            "clock_offset": self.clock.offset.total_seconds(),
            "people": self.people.dump(),
            "groups": [asdict(group) for group in self.groups.values()],
            "updates": self.updates.dump(),
            "commands": self.commands.dump(),
            "profile": self.profile.dump(),
            "files": self.files.dump(),
            "chats": {str(chat): history.dump() for chat, history in self._histories.items()},
        }

    def load(self, data: dict[str, Any]) -> None:
        """Restore what `dump` returned; message ids then continue after a gap, as update ids do."""
        self.clock.move_by(data.get("clock_offset", 0.0))
        self.people.load(data["people"])
        self.groups = {group["id"]: Group.load(group) for group in data["groups"]}
        self.updates.load(data["updates"])
        self.commands.load(data["commands"])
        self.profile.load(data["profile"])
        self.files.load(data["files"])
        self._histories = {}
        for chat, saved in data["chats"].items():
            history = self.history(int(chat))
            history.load(saved)
            history.last_id += ID_GAP
        self.publish("chats")
