"""Acts: what the buttons of a story's card carry."""

import re
from dataclasses import dataclass
from typing import Self

from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import mark
from storage.words import Length

OUTDATED = mark("This button is from an older version. Ask anew: /review")


@dataclass(frozen=True, slots=True)
class StoryButton:
    """A button of a card: what to do with the story, as it was when the card was drawn (its version).

    `length` is that of the Summary on the card; `value` is what was chosen.
    """

    what: str
    story_id: int
    version: int = 0
    length: Length = Length.SHORT
    value: str = ""

    def data(self) -> str:
        """As callback data (Telegram allows 64 bytes)."""
        return f"review:{self.what}:{self.story_id}:{self.version}:{self.length}:{self.value}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """Read callback data; None where it is not ours (an old button, or made up)."""
        form = r"review:([a-z]{3,12}):(\d{1,9}):(\d{1,9}):(brief|short|long):([a-z-]{0,12}|\d{1,9}[+-]?)"
        found = re.fullmatch(form, data)
        if found is None:
            return None
        what, story_id, version, length, value = found.groups()
        return cls(what, int(story_id), int(version), Length(length), value)


def act_of(update: Update) -> StoryButton:
    """What was tapped. InvalidInputError for a button that this version does not know."""
    act = StoryButton.parse(data_of(update))
    if act is None:
        raise InvalidInputError(OUTDATED)
    return act


def data_of(update: Update) -> str:
    """The data of the button that was tapped; empty for anything else."""
    return (update.callback_query.data if update.callback_query else None) or ""
