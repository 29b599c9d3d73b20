"""Words of pages for what rows hold: states, kinds of rows, actions of the audit log."""

from collections.abc import Mapping
from typing import TypeVar

from bot.i18n import mark
from bot.web.desk.visit import Visit
from storage.subscribers.letter_pages import LetterState
from storage.words import AppealState, EditorRole, EntryState, SourceState, StoryState, SuspensionReason

T = TypeVar("T")

APPEAL_STATES: Mapping[AppealState, str] = {
    AppealState.PROPOSED: mark("proposed"),
    AppealState.VERIFIED: mark("verified"),
    AppealState.SUSPENDED: mark("on hold"),
    AppealState.RETIRED: mark("retired"),
}
APPEAL_SENTENCES: Mapping[AppealState, str] = {
    AppealState.PROPOSED: mark("Proposed: readers do not see it yet."),
    AppealState.VERIFIED: mark("Verified: readers see it."),
    AppealState.SUSPENDED: mark("Paused: readers do not see it."),
    AppealState.RETIRED: mark("Retired: readers no longer see it."),
}
SUSPENSIONS: Mapping[SuspensionReason, str] = {
    SuspensionReason.CHANGED: mark("The page behind its link may have changed hands."),
    SuspensionReason.LAPSED: mark("Nobody had looked at its page for too long."),
    SuspensionReason.EDITOR: mark("An editor paused it."),
}
SIGNS: Mapping[str, str] = {
    "host": mark("The link leads to"),
    "redirects": mark("The way there"),
    "certificate": mark("The certificate belongs to"),
    "parked": mark("The address is for sale"),
    "name": mark("The organisation’s name is gone; title"),
    "title": mark("Title"),
    "payment": mark("One pays through"),
    "account": mark("The money goes to"),
    "cards": mark("The page asks for card numbers"),
}
SOURCE_STATES: Mapping[SourceState, str] = {
    SourceState.ACTIVE: mark("active"),
    SourceState.PAUSED: mark("paused"),
    SourceState.GONE: mark("gone for good"),
}
ENTRY_STATES: Mapping[EntryState, str] = {
    EntryState.WAITING: mark("waiting to be read"),
    EntryState.TAKEN: mark("became stories"),
    EntryState.REFUSED: mark("held no story"),
    EntryState.PAST: mark("older than the source"),
}
STORY_STATES: Mapping[StoryState, str] = {
    StoryState.DRAFT: mark("draft"),
    StoryState.SCHEDULED: mark("scheduled"),
    StoryState.PUBLISHED: mark("published"),
    StoryState.REJECTED: mark("rejected"),
    StoryState.WITHDRAWN: mark("withdrawn"),
}
LETTER_STATES: Mapping[LetterState, str] = {
    LetterState.OPEN: mark("Open"),
    LetterState.ANSWERED: mark("Answered"),
    LetterState.MUTED: mark("From muted readers"),
}
MAY: Mapping[EditorRole, str] = {
    EditorRole.EDITOR: mark("Writes and edits drafts, answers readers, proposes pushes and appeals."),
    EditorRole.PUBLISHER: mark("Can also publish, send, correct and withdraw stories, and verify links."),
    EditorRole.OWNER: mark("Can do everything, and chooses who the editors are."),
}
SUBJECTS: Mapping[str, str] = {
    "story": mark("Story"),
    "broadcast": mark("Push"),
    "appeal": mark("Appeal"),
    "report": mark("Report"),
    "source": mark("Source"),
    "topic": mark("Topic"),
    "thread": mark("Thread"),
    "editor": mark("Editor"),
    "session": mark("Desk session"),
}


def said(visit: Visit, words: Mapping[T, str]) -> dict[T, str]:
    """Return the words in the editor's language."""
    return {key: visit.texts.say(sentence) for key, sentence in words.items()}
