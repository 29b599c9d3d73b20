"""Builds the error for an editor when another editor has changed the Story first, and names that editor."""

from bot.editors.actors import COMMAND_LINE
from bot.errors import RefusedError
from bot.i18n import mark
from storage.models import AuditEntry
from storage.words import StoryState

DECISION = {
    StoryState.DRAFT: "restore",
    StoryState.PUBLISHED: "publish",
    StoryState.REJECTED: "reject",
    StoryState.WITHDRAWN: "withdraw",
}
"""The audit log's action that brings a Story into each state."""

_BY_ACTION = {
    "publish": mark("Story {number} has already been published by {who} ({when})."),
    "reject": mark("Story {number} was rejected by {who} ({when})."),
    "restore": mark("Story {number} was returned for review by {who} ({when})."),
    "withdraw": mark("Story {number} was withdrawn by {who} ({when})."),
    "headline": mark("The headline of story {number} was changed by {who} ({when})."),
    "summary": mark("The summary of story {number} was changed by {who} ({when})."),
    "plea": mark("The plea of story {number} was changed by {who} ({when})."),
    "topics": mark("The topics of story {number} were changed by {who} ({when})."),
    "appeal": mark("The appeal of story {number} was changed by {who} ({when})."),
    "language": mark("The language of story {number} was changed by {who} ({when})."),
    "thread": mark("The thread of story {number} was changed by {who} ({when})."),
    "translation": mark("The translation of story {number} was changed by {who} ({when})."),
}
_AT_THE_COMMAND_LINE = "someone at the command line"  # whose language is English
_CHANGED = mark("Story {number} was changed by {who} ({when}).")
_UNKNOWN = mark("Story {number} has changed. Look at it again: /review {number}")
_BY_STATE = {
    StoryState.DRAFT: mark("Story {number} is not published yet."),
    StoryState.PUBLISHED: mark("Story {number} is already published."),
    StoryState.REJECTED: mark("Story {number} was rejected."),
    StoryState.WITHDRAWN: mark("Story {number} was withdrawn."),
}


class ConflictError(RefusedError):
    """Another editor changed the Story first; the sentence names the actor of that audit entry."""

    def __init__(self, earlier: AuditEntry) -> None:
        super().__init__(
            _BY_ACTION.get(earlier.action, _CHANGED),
            number=earlier.subject_id,
            who=_AT_THE_COMMAND_LINE if earlier.actor == COMMAND_LINE else earlier.actor,
            when=f"{earlier.at:%Y-%m-%d %H:%M} UTC",
        )
        # Not the row itself: its attributes cannot be loaded once its transaction is rolled back.
        self.actor, self.action, self.at = earlier.actor, earlier.action, earlier.at


def wrong_version(story_id: int, last: AuditEntry | None) -> RefusedError:
    """Return the error for a Story that is not at the version that the editor saw."""
    return ConflictError(last) if last else RefusedError(_UNKNOWN, number=story_id)


def wrong_state(story_id: int, state: StoryState, decision: AuditEntry | None) -> RefusedError:
    """Return the error for a Story whose state does not allow the change; `decision` brought it there."""
    return ConflictError(decision) if decision else RefusedError(_BY_STATE[state], number=story_id)
