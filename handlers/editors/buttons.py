"""The callback data of buttons of the editors' cards: one typed family for each screen.

Chats keep buttons for years, so the forms must stay. Appeals and Broadcasts have files of their own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.callbacks import FormData
from storage.words import ContentWarning, EditorRole, Length

OUTDATED = mark("This button is out of date. Try again: /review")


class StoryAction(StrEnum):
    """What a StoryButton does: decide, open an editing screen, change the Story, or ask for a text."""

    CARD = "card"
    BODY = "body"
    PUSH = "push"
    QUIET = "quiet"
    REJECT = "reject"
    RESTORE = "restore"
    UNDO = "undo"

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
    StoryAction.UNDO,
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
