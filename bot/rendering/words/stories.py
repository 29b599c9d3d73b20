"""The words for Stories: their states, what editors have decided about them, and what that did."""

from collections.abc import Mapping

from bot.i18n import Texts, mark
from storage.words import DecisionAction, StoryState

STATES: Mapping[StoryState, str] = {
    StoryState.DRAFT: mark("draft"),
    StoryState.SCHEDULED: mark("scheduled"),
    StoryState.PUBLISHED: mark("published"),
    StoryState.REJECTED: mark("rejected"),
    StoryState.WITHDRAWN: mark("withdrawn"),
}
"""Behind the headline of a Story."""

MEANINGS: Mapping[StoryState, str] = {
    StoryState.DRAFT: mark("Draft"),
    StoryState.SCHEDULED: mark("Scheduled: readers cannot see it before its hour."),
    StoryState.PUBLISHED: mark("Published: readers can find it."),
    StoryState.REJECTED: mark("Rejected: readers will not see it."),
    StoryState.WITHDRAWN: mark("Withdrawn: readers can no longer find it."),
}
"""What its state means for readers."""

ABOUT_TO: Mapping[DecisionAction, str] = {
    DecisionAction.PUSH: mark("This story is about to be published and sent."),
    DecisionAction.PUBLISH: mark("This story is about to be published quietly."),
    DecisionAction.REJECT: mark("This story is about to be rejected."),
    DecisionAction.WITHDRAW: mark("This story is about to be withdrawn."),
}
"""What is going to happen to a Story about which an editor has decided."""

PUBLISHED_QUIETLY = mark("Published quietly: readers can find it, but nobody gets a push.")
TAKEN_BACK = mark("The story has been withdrawn.")
CORRECTED = mark("The messages are being corrected.")


def undo_until(seconds: int, texts: Texts) -> str:
    """Return the sentence on how long a decision can be undone."""
    return texts.count(
        "It happens in {number} second. Until then, you can undo it.",
        "It happens in {number} seconds. Until then, you can undo it.",
        seconds,
    )
