"""Builds the error for an editor when another editor has changed the Story first, and names that editor."""

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
    "publish": mark("Story {number} is already published ({who}, {when})."),
    "reject": mark("Story {number} was rejected ({who}, {when})."),
    "restore": mark("Story {number} is waiting for review again ({who}, {when})."),
    "withdraw": mark("Story {number} was withdrawn ({who}, {when})."),
    "headline": mark("The headline of story {number} was changed ({who}, {when})."),
    "summary": mark("The summary of story {number} was changed ({who}, {when})."),
    "plea": mark("The plea of story {number} was changed ({who}, {when})."),
    "topics": mark("The topics of story {number} were changed ({who}, {when})."),
    "appeal": mark("The appeal of story {number} was changed ({who}, {when})."),
    "language": mark("The language of story {number} was changed ({who}, {when})."),
    "thread": mark("The thread of story {number} was changed ({who}, {when})."),
    "translation": mark("The translation of story {number} was changed ({who}, {when})."),
}
_CHANGED = mark("Story {number} was changed ({who}, {when}).")
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
            who=earlier.actor,
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
