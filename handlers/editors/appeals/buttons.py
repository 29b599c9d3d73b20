"""The callback data of buttons of Appeals and Reports. The forms must stay: chats keep buttons for years."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from bot.appeals.fields import AppealField
from bot.rendering.callbacks import FormData


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
