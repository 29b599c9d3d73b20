"""What was found in a Story's text of which an editor may make an Appeal, or which is one already."""

from collections.abc import Iterable, Mapping, Sequence

from bot.appeals.fields import AppealField, checked_link
from bot.errors import InvalidInputError
from storage.models import Appeal, Story
from storage.words import AppealState


def found_in(story: Story) -> Mapping[AppealField, str]:
    """Return the fields of an Appeal that were found in a Story, those alone that can be used."""
    found = {AppealField.URL: _link(story), AppealField.ORGANISATION: story.help_organisation or ""}
    return {field: value for field, value in found.items() if value}


def open_appeals(listed: Sequence[Appeal]) -> list[Appeal]:
    """Return those of all Appeals that a Story may name, the newest first."""
    return [appeal for appeal in reversed(listed) if appeal.state is not AppealState.RETIRED]


def appeal_of(story: Story, offered: Iterable[Appeal]) -> Appeal | None:
    """Return the one of these Appeals whose link was found in the Story; None if there is none."""
    link = _link(story)
    return next((appeal for appeal in offered if link and appeal.url == link), None)


def _link(story: Story) -> str:
    try:
        return checked_link(story.help_url or "")
    except InvalidInputError:
        return ""
