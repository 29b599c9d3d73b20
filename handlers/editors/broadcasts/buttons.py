"""The callback data of the buttons of Broadcasts. The forms must stay: chats keep buttons for years.

Some have words that we do not use elsewhere any more, such as `draft:` for a push in preparation.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from bot.rendering.callbacks import FormData

BROADCASTS = "broadcasts"


"""The data of the button that shows the newest Broadcasts."""


CHOOSE_STORY = "draft:choose"


"""The data of the button that lists the Stories that may be pushed."""


class CorrectionAction(StrEnum):
    """What to do with the messages of a Story that are in chats."""

    CORRECT = "mend"
    LEAVE = "quiet"
    ASK_TO_WITHDRAW = "withdraw"
    WITHDRAW = "withdrawn"
    SAY_WHAT = "askwhat"
    SAY_WHY = "askwhy"


@dataclass(frozen=True, slots=True)
class CorrectionButton(FormData):
    """Correct or withdraw a Story in the chats that have it."""

    FORM: ClassVar = "correct:{action}:{story_id}"

    action: CorrectionAction
    story_id: int


class BroadcastAction(StrEnum):
    """What a button of a Broadcast's Card does."""

    LOOK = "look"
    PAUSE = "pause"
    RESUME = "resume"
    ASK_TO_CANCEL = "end"
    CANCEL = "cancel"
    RETRY = "retry"
    COUNT_MISSING = "missed"
    SEND_TO_MISSING = "reach"
    SEND_NOW = "now"
    HOURS = "hours"
    SEND_TO_REST = "rest"


@dataclass(frozen=True, slots=True)
class BroadcastButton(FormData):
    """A button of a Broadcast's Card."""

    FORM: ClassVar = "broadcast:{action}:{broadcast_id}"

    action: BroadcastAction
    broadcast_id: int


@dataclass(frozen=True, slots=True)
class PushButton(FormData):
    """Prepare a push of a Story."""

    FORM: ClassVar = "draft:story:{story_id}"

    story_id: int


class PreparationAction(StrEnum):
    """What a button of a push in preparation does that carries no choice."""

    SHOW = "show"
    TEST = "test"
    DROP = "drop"
    AGREE = "agree"  # of older messages: it opens the preview
    DECLINE = "decline"
    TOPICS = "topic"
    LANGUAGES = "language"
    HOURS = "hour"
    ASK_HOUR = "ask"
    PRICE = "paid"
    PILOT = "pilot"


@dataclass(frozen=True, slots=True)
class PreparationButton(FormData):
    """Open a screen of a push in preparation, or do what needs no choice."""

    FORM: ClassVar = "draft:{action}:{broadcast_id}"

    action: PreparationAction
    broadcast_id: int


@dataclass(frozen=True, slots=True)
class SendButton(FormData):
    """Confirm a push. `version`: the Story's that was shown. `seen`: how many pushes of it were shown."""

    FORM: ClassVar = "draft:send:{broadcast_id}:{version}:{seen}"

    broadcast_id: int
    version: int
    seen: int


class Choice(StrEnum):
    """Whether a tap adds something to an Audience or removes it."""

    ADD = "+"
    REMOVE = "-"


@dataclass(frozen=True, slots=True)
class TopicButton(FormData):
    """Add a Topic to the Audience of a push in preparation, or remove it."""

    FORM: ClassVar = "draft:topic:{broadcast_id}:{topic_id}:{choice}"

    broadcast_id: int
    topic_id: int
    choice: Choice


@dataclass(frozen=True, slots=True)
class LanguageButton(FormData):
    """Add a language to the Audience of a push in preparation, or remove it."""

    FORM: ClassVar = "draft:language:{broadcast_id}:{language}:{choice}"

    broadcast_id: int
    language: Annotated[str, "[a-z]{2,3}"]
    choice: Choice


@dataclass(frozen=True, slots=True)
class HourButton(FormData):
    """Choose when a push starts. `minute`: since 1970 UTC; 0: as soon as it is confirmed, or now."""

    FORM: ClassVar = "draft:hour:{broadcast_id}:{minute}"

    broadcast_id: int
    minute: int


@dataclass(frozen=True, slots=True)
class PaidButton(FormData):
    """Choose whether a push is sent faster, for Stars."""

    FORM: ClassVar = "draft:paid:{broadcast_id}:{paid}"

    broadcast_id: int
    paid: bool


@dataclass(frozen=True, slots=True)
class UrgentButton(FormData):
    """Choose whether a push is urgent."""

    FORM: ClassVar = "draft:urgent:{broadcast_id}:{urgent}"

    broadcast_id: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class PilotButton(FormData):
    """Choose how many minutes the others wait after a pilot wave; 0: everybody gets a push at once."""

    FORM: ClassVar = "draft:pilot:{broadcast_id}:{minutes}"

    broadcast_id: int
    minutes: int
