"""The callback data of the editors' buttons: one typed family for each screen.

Chats keep buttons for years, so the forms must stay. Some have words that we do not use elsewhere any more,
such as `draft:` for a push in preparation.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from bot.appeals.fields import AppealField
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.callbacks import FormData
from storage.words import ContentWarning, EditorRole, Length

OUTDATED = mark("This button is out of date. Try again: /review")

BROADCASTS = "broadcasts"
"""The data of the button that shows the newest Broadcasts."""

CHOOSE_STORY = "draft:choose"
"""The data of the button that lists the Stories that may be pushed."""


class StoryAction(StrEnum):
    """What a StoryButton does: decide, open an editing screen, change the Story, or ask for a text."""

    CARD = "card"
    BODY = "body"
    PUSH = "push"
    QUIET = "quiet"
    REJECT = "reject"
    RESTORE = "restore"

    EDIT = "edit"
    TOPICS = "topics"
    APPEALS = "appeals"
    LANGUAGES = "languages"
    THREADS = "threads"
    TRANSLATIONS = "translations"
    WARNINGS = "warnings"
    PLEAS = "pleas"

    TOPIC = "topic"
    APPEAL = "appeal"
    LANGUAGE = "language"
    THREAD = "thread"
    TRANSLATION = "translation"
    WARNING = "warning"
    HEADLINE = "headline"
    SUMMARY = "summary"
    PLEA = "plea"
    EARLIER = "earlier"

    ASK = "ask"


_DECISIONS = (
    StoryAction.CARD,
    StoryAction.BODY,
    StoryAction.PUSH,
    StoryAction.QUIET,
    StoryAction.REJECT,
    StoryAction.RESTORE,
)

# The routes tell the handlers of a StoryButton apart by these patterns; all others edit the Story.
ASKING = re.compile(r"review:ask:")
DECIDING = re.compile(rf"review:(?:{'|'.join(_DECISIONS)}):")


@dataclass(frozen=True, slots=True)
class StoryButton(FormData):
    """A button of a Story's card, or of one of its editing screens.

    - `version`: that of the Story when the card was drawn.
    - `length`: that of the Summary on the card.
    - `value`: what was chosen, such as an id, the code of a language, or the action to ask a text for.
    """

    FORM: ClassVar = "review:{action}:{story_id}:{version}:{length}:{value}"

    action: StoryAction
    story_id: int
    version: int = 0
    length: Length = Length.SHORT
    value: Annotated[str, "[a-z-]{0,12}|[0-9]{1,9}[+-]?"] = ""

    def to(self, action: StoryAction, value: str = "") -> Self:
        """Return the button of the same card with another action."""
        return type(self)(action, self.story_id, self.version, self.length, value)

    def to_warning(self, warning: ContentWarning, *, chosen: bool) -> Self:
        """Return the button that warns of something, or no longer."""
        return self.to(StoryAction.WARNING, warning if chosen else f"no-{warning}")

    def to_topic(self, topic_id: int, *, chosen: bool) -> Self:
        """Return the button that adds a Topic to the Story, or removes it."""
        return self.to(StoryAction.TOPIC, f"{topic_id}{'+' if chosen else '-'}")

    @property
    def topic(self) -> tuple[int, bool]:
        """The id of the Topic, and whether to add it. Raises InvalidInputError for another value."""
        number, sign = self.value[:-1], self.value[-1:]
        if not number.isdecimal() or sign not in "+-":
            raise InvalidInputError(OUTDATED)
        return int(number), sign == "+"

    @property
    def chosen_id(self) -> int | None:
        """The id that was chosen; None for "none". Raises InvalidInputError for another value."""
        if self.value == NONE:
            return None
        if not self.value.isdecimal():
            raise InvalidInputError(OUTDATED)
        return int(self.value)


NONE = "none"
"""The `value` of a StoryButton that takes something away from the Story; of an AnswerButton: nothing."""

FOUND = "found"
"""The `value` that uses what was found in the Story: the link for an Appeal, or the proposed plea."""

PROPOSED = "proposed"
"""The `value` of a StoryButton that agrees to the content warnings that were proposed."""

NEW = "new"
"""The `value` that begins a Thread."""


@dataclass(frozen=True, slots=True)
class QueueButton(FormData):
    """Show the Story at a place (from 0) among those that wait for review."""

    FORM: ClassVar = "review:show:{place}"

    place: int


@dataclass(frozen=True, slots=True)
class CardButton(FormData):
    """Show the card of a Story as it is now."""

    FORM: ClassVar = "review:card:{story_id}"

    story_id: int


class SubmissionAction(StrEnum):
    """What to do with a submission that was not added, since there is a Story like it."""

    UPDATE = "update"
    NEXT = "next"
    ANYWAY = "anyway"


@dataclass(frozen=True, slots=True)
class SubmissionButton(FormData):
    """Use a submission after all. `place`: which one it is (from 0) of the message that brought it."""

    FORM: ClassVar = "again:{action}:{story_id}:{place}"

    action: SubmissionAction
    story_id: int
    place: int


@dataclass(frozen=True, slots=True)
class ContinueButton(FormData):
    """Let a Story that was just added continue an earlier one."""

    FORM: ClassVar = "again:join:{story_id}:{earlier_id}"

    story_id: int
    earlier_id: int


class EditorAction(StrEnum):
    """What a button of the list of editors does."""

    LIST = "list"
    SHOW = "show"
    ASK_TO_REMOVE = "ask"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class EditorButton(FormData):
    """Show the editors, or one of them, or remove one. `person_id`: 0 for the list."""

    FORM: ClassVar = "editors:{action}:{person_id}"

    action: EditorAction
    person_id: Annotated[int, "[0-9]{1,16}"] = 0


@dataclass(frozen=True, slots=True)
class RoleButton(FormData):
    """Give an editor another role."""

    FORM: ClassVar = "editors:role:{person_id}:{role}"

    person_id: Annotated[int, "[0-9]{1,16}"]
    role: EditorRole


@dataclass(frozen=True, slots=True)
class InviteButton(FormData):
    """Make an invitation. `role`: the one that it gives; "" asks for it."""

    FORM: ClassVar = "editors:invite:{role}"

    role: Annotated[str, f"|{'|'.join(EditorRole)}"] = ""


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


_Id = Annotated[int, "[0-9]{1,18}"]


@dataclass(frozen=True, slots=True)
class LettersButton(FormData):
    """Show the next of the readers' messages with an id in `after` < id ≤ `until`.

    `about` is the number of the Story that they are about, NO_STORY or ALL.
    """

    FORM: ClassVar = "letters:{after}:{until}:{about}"

    after: _Id
    until: _Id
    about: Annotated[str, "[0-9]{0,9}|all"]


NO_STORY, ALL = "", "all"


class AppealAction(StrEnum):
    """What a button of an Appeal's card does."""

    CARD = "card"
    LOOK = "look"
    VERIFY = "verify"
    PAUSE = "pause"
    CHANGE = "change"
    ASK = "ask"
    ASK_TO_RETIRE = "ending"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class AppealButton(FormData):
    """A button of an Appeal's card.

    `version`: that of the Appeal when the card was drawn. `field`: what to ask for, with ASK.
    """

    FORM: ClassVar = "appeal:{action}:{appeal_id}:{version}:{field}"

    action: AppealAction
    appeal_id: int
    version: int = 0
    field: Annotated[str, "[a-z]{0,12}"] = ""


ASKING_OF_APPEAL = re.compile(r"appeal:ask:")


@dataclass(frozen=True, slots=True)
class AppealsButton(FormData):
    """Show a page (from 0) of the list of Appeals."""

    FORM: ClassVar = "appeals:{page}"

    page: int = 0


@dataclass(frozen=True, slots=True)
class ProposeButton(FormData):
    """Begin to propose an Appeal. `story_id`: the Story that is to name it; 0 for none."""

    FORM: ClassVar = "propose:ask:{story_id}"

    story_id: int = 0


@dataclass(frozen=True, slots=True)
class AnswerButton(FormData):
    """Answer the question above for a field of an Appeal.

    `value`: NONE leaves it empty, FOUND takes what was found in the Story; else the code of a language.
    """

    FORM: ClassVar = "answer:{field}:{value}"

    field: AppealField
    value: Annotated[str, "[a-z]{2,5}"]


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
    """Choose when a push starts. `minute`: in minutes since 1970 UTC; 0: as soon as it is confirmed."""

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


class LookAction(StrEnum):
    """What an editor says who looked at the page of an Appeal.

    right: it is still right. verify: verify it. unlike: also if its host looks like another one. unread: also
    if its page cannot be read. anyway: both.
    """

    RIGHT = "right"
    VERIFY = "verify"
    UNLIKE = "unlike"
    UNREAD = "unread"
    ANYWAY = "anyway"


@dataclass(frozen=True, slots=True)
class LookButton(FormData):
    """Say what was found on the page of an Appeal. `version`: that of the Appeal that was shown."""

    FORM: ClassVar = "look:{action}:{appeal_id}:{version}"

    action: LookAction
    appeal_id: int
    version: int


class ReportAction(StrEnum):
    """What a button of the screen of an Appeal's Reports does; WRITE asks for the words."""

    SHOW = "show"
    WRITE = "ask"
    TEST = "test"
    DROP = "drop"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class ReportButton(FormData):
    """Show the Reports of an Appeal, write one, or do something with its draft."""

    FORM: ClassVar = "report:{action}:{appeal_id}"

    action: ReportAction
    appeal_id: int


@dataclass(frozen=True, slots=True)
class SendReportButton(FormData):
    """Send this draft; another text would be another draft."""

    FORM: ClassVar = "report:send:{report_id}"

    report_id: int
