"""Deeds: what editors do with a Story, and how whoever came too late is told of it."""

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
"""The audit log's word for what brought a Story into its state."""

_TOLD = {
    "publish": mark("Story {number} is published already ({who}, {when})."),
    "reject": mark("Story {number} was rejected ({who}, {when})."),
    "restore": mark("Story {number} waits for review again ({who}, {when})."),
    "withdraw": mark("Story {number} was withdrawn ({who}, {when})."),
    "headline": mark("Story {number} has another headline by now ({who}, {when})."),
    "summary": mark("Story {number} has another summary by now ({who}, {when})."),
    "topics": mark("Story {number} has other topics by now ({who}, {when})."),
    "appeal": mark("Story {number} has another appeal by now ({who}, {when})."),
    "language": mark("Story {number} is said to be in another language by now ({who}, {when})."),
    "thread": mark("Story {number} is in another thread by now ({who}, {when})."),
    "translation": mark("Story {number} was tied to another translation by now ({who}, {when})."),
}
_CHANGED = mark("Story {number} was changed meanwhile ({who}, {when}).")
_UNKNOWN = mark("Story {number} was changed meanwhile. Look at it anew: /review {number}")
_STATES = {
    StoryState.DRAFT: mark("Story {number} is not published yet."),
    StoryState.PUBLISHED: mark("Story {number} is published already."),
    StoryState.REJECTED: mark("Story {number} was rejected."),
    StoryState.WITHDRAWN: mark("Story {number} was withdrawn."),
}


class ConflictError(RefusedError):
    """Somebody else was quicker: the sentence names them as the audit log does."""

    def __init__(self, deed: AuditEntry) -> None:
        super().__init__(
            _TOLD.get(deed.action, _CHANGED),
            number=deed.subject_id,
            who=deed.actor,
            when=f"{deed.at:%Y-%m-%d %H:%M} UTC",
        )
        # Not the row itself: it is of no use once its transaction was undone.
        self.actor, self.action, self.at = deed.actor, deed.action, deed.at


def overtaken(story_id: int, deed: AuditEntry | None) -> RefusedError:
    """Why a change is not made: `deed` came before it."""
    return ConflictError(deed) if deed else RefusedError(_UNKNOWN, number=story_id)


def decided(story_id: int, state: StoryState, deed: AuditEntry | None) -> RefusedError:
    """Why nothing can be done with a Story in this state, into which `deed` brought it."""
    return ConflictError(deed) if deed else RefusedError(_STATES[state], number=story_id)
