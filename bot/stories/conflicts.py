"""Builds the error for an editor when another editor has changed the Story first, and names that editor."""

from datetime import datetime

from bot.editors.actors import COMMAND_LINE
from bot.errors import RefusedError
from bot.i18n import mark
from storage.models import AuditEntry, PendingDecision
from storage.words import StoryState

DECISION = {
    StoryState.DRAFT: "restore",
    StoryState.SCHEDULED: "schedule",
    StoryState.PUBLISHED: "publish",
    StoryState.REJECTED: "reject",
    StoryState.WITHDRAWN: "withdraw",
}
"""The audit log's action that brings a Story into each state."""

_PENDING = "decide"
_BY_ACTION = {
    "publish": mark("Story {number} has already been published by {who} ({when})."),
    "schedule": mark("Story {number} was scheduled by {who} ({when})."),
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
_DECIDED = mark("{who} has just decided about story {number} ({when}). Undo that first, or wait a moment.")
_AT_THE_COMMAND_LINE = "someone at the command line"  # whose language is English
_CHANGED = mark("Story {number} was changed by {who} ({when}).")
_UNKNOWN = mark("Story {number} has changed. Look at it again: /review {number}")
_BY_STATE = {
    StoryState.DRAFT: mark("Story {number} is not published yet."),
    StoryState.SCHEDULED: mark("Story {number} is scheduled: its push starts at its hour. See /broadcasts"),
    StoryState.PUBLISHED: mark("Story {number} is already published."),
    StoryState.REJECTED: mark("Story {number} was rejected."),
    StoryState.WITHDRAWN: mark("Story {number} was withdrawn."),
}


class ConflictError(RefusedError):
    """Another editor was first; the sentence names that editor, the `actor` of the audit log's `action`."""

    def __init__(self, story_id: int, *, actor: str, action: str, at: datetime) -> None:
        super().__init__(
            _DECIDED if action == _PENDING else _BY_ACTION.get(action, _CHANGED),
            number=story_id,
            who=_AT_THE_COMMAND_LINE if actor == COMMAND_LINE else actor,
            when=f"{at:%Y-%m-%d %H:%M} UTC",
        )
        self.story_id, self.actor, self.action, self.at = story_id, actor, action, at

    def named(self, who: str, when: str) -> RefusedError:
        """Return the same error with the name of the editor and the time as its reader knows them."""
        return RefusedError(self.sentence, **{**self.values, "who": who, "when": when})

    @property
    def is_decision(self) -> bool:
        """Whether the editor decided about the Story; otherwise they changed it."""
        return self.action == _PENDING or self.action in DECISION.values()


def of(earlier: AuditEntry) -> ConflictError:
    """Return the error that names the actor of an audit entry."""
    return ConflictError(earlier.subject_id, actor=earlier.actor, action=earlier.action, at=earlier.at)


def undecided(earlier: PendingDecision) -> ConflictError:
    """Return the error for a Story about which an editor has decided, and can still undo that."""
    at = earlier.decided_at
    return ConflictError(earlier.story_id, actor=earlier.actor, action=_PENDING, at=at)


def wrong_version(story_id: int, last: AuditEntry | None) -> RefusedError:
    """Return the error for a Story that is not at the version that the editor saw."""
    return of(last) if last else RefusedError(_UNKNOWN, number=story_id)


def wrong_state(story_id: int, state: StoryState, decision: AuditEntry | None) -> RefusedError:
    """Return the error for a Story whose state does not allow the change; `decision` brought it there."""
    return of(decision) if decision else RefusedError(_BY_STATE[state], number=story_id)
