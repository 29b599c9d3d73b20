"""The reasons why a Broadcast paused itself, each as a code with values that is stored as JSON in its column.

Reasons that are only shown are stored as their English sentence, which the catalogues translate. Earlier
versions stored refusals so, too: such a row is shown in English.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

import orjson

from bot.i18n import Texts, mark

RESTORED = mark("the database was restored from a backup: decide whether this goes on")
"""The reason of a Broadcast that was under way or scheduled in a backup, and waits since it was restored."""


class ReasonCode(StrEnum):
    """The codes. They are stored: a changed one needs a migration."""

    REFUSALS_IN_A_ROW = "refusals_in_a_row"
    TOO_MANY_LEFT = "too_many_left"


@dataclass(frozen=True, slots=True)
class RefusalsInARow:
    """Telegram refused so many messages one after another; `last` is what it said the last time."""

    number: int
    last: str

    def dump(self) -> str:
        """Return it as it is stored."""
        return orjson.dumps({"code": ReasonCode.REFUSALS_IN_A_ROW, **asdict(self)}).decode()

    def __str__(self) -> str:
        """Return it in English, for operators."""
        return f"{self.number} refusals in a row, the last one: {self.last}"


@dataclass(frozen=True, slots=True)
class TooManyLeft:
    """Of the `reached` readers of its pilot wave `left` left within `minutes`; at most `most` may."""

    left: int
    reached: int
    minutes: int
    most: int

    def dump(self) -> str:
        """Return it as it is stored."""
        return orjson.dumps({"code": ReasonCode.TOO_MANY_LEFT, **asdict(self)}).decode()

    def __str__(self) -> str:
        """Return it in English, for operators."""
        of = f"{self.left} of {self.reached} readers of the pilot wave left within {self.minutes} minutes"
        return f"{of}, more than {self.most}"


Reason = RefusalsInARow | TooManyLeft


def load(stored: str) -> Reason | str:
    """Return a stored reason: typed where it is a code with values, otherwise its sentence."""
    try:
        values = orjson.loads(stored)
    except orjson.JSONDecodeError:
        return stored
    match values:
        case {"code": ReasonCode.REFUSALS_IN_A_ROW, "number": int(number), "last": str(last)}:
            return RefusalsInARow(number, last)
        case {
            "code": ReasonCode.TOO_MANY_LEFT,
            "left": int(left),
            "reached": int(reached),
            "minutes": int(minutes),
            "most": int(most),
        }:
            return TooManyLeft(left, reached, minutes, most)
    return stored


def sentence(stored: str, texts: Texts) -> str:
    """Return a stored reason in plain words."""
    read = load(stored)
    if isinstance(read, str):
        return texts.say(read)
    if isinstance(read, TooManyLeft):
        return texts.say(
            "Too many left within {minutes} minutes after the pilot wave: {left} of {reached}. "
            "The usual limit: {most}",
            minutes=read.minutes,
            left=texts.number(read.left),
            reached=texts.number(read.reached),
            most=texts.number(read.most),
        )
    return texts.say(
        "Telegram refused {number} messages in a row. Its last answer: {words}",
        number=str(read.number),
        words=read.last,
    )


def in_english(stored: str | None) -> str | None:
    """Return a stored reason in English, for the command line; None where there is none."""
    return None if stored is None else str(load(stored))
