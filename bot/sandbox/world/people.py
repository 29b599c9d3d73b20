"""The people and groups of the sandbox: who they are, not what they say."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

GroupKind = Literal["group", "supergroup", "channel"]
Member = int | Literal["bot"]


class WorldError(Exception):
    """What a person tried cannot be done; the text is one plain sentence for the chat page."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Telegram account; `language` is what their app reports as `language_code`."""

    id: int
    name: str
    username: str | None = None
    language: str | None = None
    editor: bool = False

    def as_user(self) -> dict[str, Any]:
        """The Bot API's User."""
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.name}
        if self.username:
            user["username"] = self.username
        if self.language:
            user["language_code"] = self.language
        return user

    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat of the private chat with this person."""
        chat: dict[str, Any] = {"id": self.id, "first_name": self.name, "type": "private"}
        if self.username:
            chat["username"] = self.username
        return chat


@dataclass(slots=True)
class ForumTopic:
    """A topic of a forum; `id` is its message_thread_id. The general one has none, and is not among them."""

    id: int
    name: str
    closed: bool = False


@dataclass(slots=True)
class Group:
    """A group or channel and who is in it; the first member is its owner, as whoever made it is in Telegram.

    A forum is a supergroup with topics. In a channel only its owner writes, and the bot if it was let in.
    """

    id: int
    title: str
    kind: GroupKind = "supergroup"
    members: list[int] = field(default_factory=list)
    bot_member: bool = True
    moved_to: int | None = None
    forum: bool = False
    topics: list[ForumTopic] = field(default_factory=list)

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """Read back what `asdict` gave."""
        return cls(**{**data, "topics": [ForumTopic(**topic) for topic in data.get("topics", [])]})

    @property
    def is_channel(self) -> bool:
        return self.kind == "channel"

    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat."""
        chat: dict[str, Any] = {"id": self.id, "title": self.title, "type": self.kind}
        return {**chat, "is_forum": True} if self.forum else chat

    def topic(self, wanted: int) -> ForumTopic | None:
        """The topic with this message_thread_id, or None."""
        return next((topic for topic in self.topics if topic.id == wanted), None)

    def is_owner(self, person: int) -> bool:
        """Whether this person made the group."""
        return self.members[:1] == [person]


FIRST_PEOPLE = (
    Person(1001, "Olena", "olena", "uk"),
    Person(1002, "Anna", "anna", "en"),
    Person(1003, "Tom", "tom", "en"),
    Person(1009, "Edith", "edith", "en"),
)
FIRST_GROUP_ID = -1000000000042
# Ids for people and groups that are added later start here, clear of the first ones.
NEXT_PERSON_ID = 1101
# Telegram numbers supergroups from -1000000000000 downwards.
SUPERGROUP_BASE = -1000000000000


class People:
    """Everybody that the bot could meet.

    A crowd of readers for load tests is only a range of ids: its people are made when somebody asks for one,
    so that 100,000 of them cost nothing.
    """

    def __init__(self) -> None:
        self.named: dict[int, Person] = {}
        self.crowds: list[tuple[int, int]] = []
        self.blocked: set[int] = set()
        self.started: set[int] = set()

    def __contains__(self, person: object) -> bool:
        return isinstance(person, int) and (person in self.named or self._in_crowd(person))

    def __iter__(self) -> Iterator[Person]:
        """The people with a name, in the order in which they came; crowds are left out."""
        return iter(self.named.values())

    def add(self, person: Person) -> Person:
        """Add or replace a person."""
        self.named[person.id] = person
        return person

    def add_crowd(self, first: int, count: int) -> range:
        """Add `count` readers with the ids from `first` on, all of whom have started the bot already."""
        self.crowds.append((first, first + count))
        return range(first, first + count)

    def find(self, person: int) -> Person | None:
        """The person with this id, or None."""
        if person in self.named:
            return self.named[person]
        return Person(person, f"Reader {person}", language="en") if self._in_crowd(person) else None

    def get(self, person: int) -> Person:
        """The person with this id; WorldError if there is none."""
        found = self.find(person)
        if found is None:
            raise WorldError(f"Nobody here has the id {person}.")
        return found

    def has_started(self, person: int) -> bool:
        """Whether this person ever wrote to the bot, which lets the bot write to them."""
        return person in self.started or self._in_crowd(person)

    def next_id(self) -> int:
        """An id that nobody has yet."""
        return max(NEXT_PERSON_ID - 1, *self.named, 0) + 1

    def dump(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {
            "named": [asdict(person) for person in self.named.values()],
            "crowds": self.crowds,
            "blocked": sorted(self.blocked),
            "started": sorted(self.started),
        }

    def load(self, data: dict[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.named = {item["id"]: Person(**item) for item in data["named"]}
        self.crowds = [(first, end) for first, end in data["crowds"]]
        self.blocked = set(data["blocked"])
        self.started = set(data["started"])

    def _in_crowd(self, person: int) -> bool:
        return any(first <= person < end for first, end in self.crowds)
