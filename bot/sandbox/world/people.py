"""People and groups: the accounts, groups, channels and forum topics of the sandbox."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

GroupKind = Literal["group", "supergroup", "channel"]
Member = int | Literal["bot"]


class WorldError(Exception):
    """A person's action is not possible; the text is one plain sentence for the chat page."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a Telegram account; `language` is the `language_code` that their app reports."""

    id: int
    name: str
    username: str | None = None
    language: str | None = None
    editor: bool = False

    def as_user(self) -> dict[str, Any]:
        """Return the Bot API's User."""
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.name}
        if self.username:
            user["username"] = self.username
        if self.language:
            user["language_code"] = self.language
        return user

    def as_chat(self) -> dict[str, Any]:
        """Return the Bot API's Chat of the private chat with this person."""
        chat: dict[str, Any] = {"id": self.id, "first_name": self.name, "type": "private"}
        if self.username:
            chat["username"] = self.username
        return chat


@dataclass(slots=True)
class ForumTopic:
    """A topic of a forum; `id` is its message_thread_id. The general topic has no id and no object."""

    id: int
    name: str
    closed: bool = False


@dataclass(slots=True)
class Group:
    """A group or channel with its members, the first of whom is its owner.

    A forum is a supergroup with topics. In a channel only its owner writes, and the bot if it is a member.
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
        """Restore what `asdict` returned."""
        return cls(**{**data, "topics": [ForumTopic(**topic) for topic in data.get("topics", [])]})

    @property
    def is_channel(self) -> bool:
        return self.kind == "channel"

    def as_chat(self) -> dict[str, Any]:
        """Return the Bot API's Chat."""
        chat: dict[str, Any] = {"id": self.id, "title": self.title, "type": self.kind}
        return {**chat, "is_forum": True} if self.forum else chat

    def topic(self, wanted: int) -> ForumTopic | None:
        """Return the topic with this message_thread_id, or None."""
        return next((topic for topic in self.topics if topic.id == wanted), None)

    def is_owner(self, person: int) -> bool:
        """Return whether this person owns the group."""
        return self.members[:1] == [person]


FIRST_PEOPLE = (
    Person(1001, "Olena", "olena", "uk"),
    Person(1002, "Anna", "anna", "en"),
    Person(1003, "Tom", "tom", "en"),
    Person(1009, "Edith", "edith", "en"),
    Person(1010, "Omar", "omar", "en"),
)
FIRST_GROUP_ID = -1000000000042
# The first id for people who are added later.
NEXT_PERSON_ID = 1101
# Telegram numbers supergroups from -1000000000000 downwards.
SUPERGROUP_BASE = -1000000000000


class People:
    """All people that the bot can meet.

    A crowd of readers for load tests is only a range of ids: a person in it is made when somebody asks for
    it, so that 100,000 of them take no memory.
    """

    def __init__(self) -> None:
        self.named: dict[int, Person] = {}
        self.crowds: list[tuple[int, int]] = []
        self.blocked: set[int] = set()
        self.started: set[int] = set()

    def __contains__(self, person: object) -> bool:
        return isinstance(person, int) and (person in self.named or self._in_crowd(person))

    def __iter__(self) -> Iterator[Person]:
        """Yield the people with a name, in the order in which they were added, without crowds."""
        return iter(self.named.values())

    def add(self, person: Person) -> Person:
        """Add or replace a person."""
        self.named[person.id] = person
        return person

    def add_crowd(self, first: int, count: int) -> range:
        """Add `count` readers with ids from `first` on, who have all started the bot; return their ids."""
        self.crowds.append((first, first + count))
        return range(first, first + count)

    def find(self, person: int) -> Person | None:
        """Return the person with this id, or None."""
        if person in self.named:
            return self.named[person]
        return Person(person, f"Reader {person}", language="en") if self._in_crowd(person) else None

    def get(self, person: int) -> Person:
        """Return the person with this id. Raises WorldError if there is none."""
        found = self.find(person)
        if found is None:
            raise WorldError(f"Nobody here has the id {person}.")
        return found

    def has_started(self, person: int) -> bool:
        """Return whether this person has written to the bot, which may then write to them."""
        return person in self.started or self._in_crowd(person)

    def next_id(self) -> int:
        """Return an id that is free."""
        return max(NEXT_PERSON_ID - 1, *self.named, 0) + 1

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "named": [asdict(person) for person in self.named.values()],
            "crowds": self.crowds,
            "blocked": sorted(self.blocked),
            "started": sorted(self.started),
        }

    def load(self, data: dict[str, Any]) -> None:
        """Restore what `dump` returned; first people whom an older dump does not know stay."""
        self.named |= {item["id"]: Person(**item) for item in data["named"]}
        self.crowds = [(first, end) for first, end in data["crowds"]]
        self.blocked = set(data["blocked"])
        self.started = set(data["started"])

    def _in_crowd(self, person: int) -> bool:
        return any(first <= person < end for first, end in self.crowds)
