"""Visibility: which Appeal of a Story readers may see now, and why they see none."""

from datetime import datetime

from bot.i18n import mark
from storage.models import Appeal, Story
from storage.stories.translations import appeal_of
from storage.words import AppealState

NOT_SHOWN = (AppealState.PROPOSED, AppealState.SUSPENDED)
"""The states of an Appeal that readers see once somebody verifies it."""

BEING_CHECKED = mark("This appeal is being checked again.")


def showable(appeal: Appeal | None, now: datetime) -> Appeal | None:
    """Return `appeal` if readers may see it at `now`: it is verified, and still valid; else None."""
    if appeal is None or appeal.state is not AppealState.VERIFIED:
        return None
    return appeal if appeal.valid_until is None or appeal.valid_until > now else None


def waiting_for(story: Story) -> Appeal | None:
    """Return the Appeal of the Story or its original that readers see once it is verified; else None."""
    appeal = appeal_of(story)
    return appeal if appeal is not None and appeal.state in NOT_SHOWN else None


def is_being_checked(story: Story) -> bool:
    """Return whether readers saw the Story's Appeal before, and it is suspended now."""
    appeal = appeal_of(story)
    return appeal is not None and appeal.state is AppealState.SUSPENDED


def is_missing(story: Story, now: datetime) -> bool:
    """Return whether the Story asks for help, and readers see no Appeal with it at `now`."""
    return bool(story.plea) and showable(appeal_of(story), now) is None
