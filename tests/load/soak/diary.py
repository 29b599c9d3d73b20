"""The diary of the week: what readers did, what was published, and what befell the machine. No I/O.

The oracle knows nothing else, beside what the chats hold. All instants are those of the sandbox's clock.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tests.load.soak.readers import Reader
from tests.load.soak.stories import Tale


class Kind(StrEnum):
    """What a reader did. away: began a day off; back: ended it early."""

    AWAY = "away"
    BACK = "back"
    STOP = "stop"
    START = "start"
    BLOCK = "block"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Deed:
    """What a reader did between `began` (they tapped) and `ended` (they were answered).

    `until`: the end of a day off. `answers`: the messages that answered.
    """

    chat: int
    kind: Kind
    began: datetime
    ended: datetime
    until: datetime | None = None
    answers: frozenset[int] = frozenset()
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """What was done with a story, or befell the machine, from its beginning until all was calm again."""

    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Push(Event):
    """A story was confirmed for a push at `began`; at `ended` the product had nothing left to do."""

    story: int


@dataclass(frozen=True, slots=True)
class Withdrawal(Event):
    """A story was taken back."""

    story: int


@dataclass(frozen=True, slots=True)
class Accident(Event):
    """`kind` befell the machine. It may repeat so many messages: `may_repeat`."""

    kind: str
    may_repeat: int


@dataclass(frozen=True, slots=True)
class Flood:
    """Telegram refused a call with 429; `late` calls came long after that and before it had passed."""

    at: datetime
    seconds: float
    late: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the bot that the reader had not asked for, as their chat holds it in the end.

    - `stories`: those that it names, on all the pages that were `opened`; `all_opened`: that was every page.
    - `gathered`: it is a gathered message.
    - `appeal`: it asks for help. `now_names`: the stories that its text names in the end.
    """

    chat: int
    number: int
    at: datetime
    stories: frozenset[int]
    gathered: bool
    all_opened: bool
    appeal: bool
    now_names: frozenset[int] = frozenset()


@dataclass(slots=True)
class Diary:
    """All that happened, in the order in which it happened."""

    readers: list[Reader] = field(default_factory=list)
    tales: dict[int, Tale] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    accidents: list[Accident] = field(default_factory=list)
    floods: list[Flood] = field(default_factory=list)
    calm: list[datetime] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
