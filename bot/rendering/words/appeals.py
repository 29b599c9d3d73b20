"""The words for Appeals: their states, why one is on hold, and what was seen on their pages."""

from collections.abc import Mapping

from bot.i18n import Texts, mark
from bot.rendering.message import shorten
from storage.models import Appeal
from storage.words import AppealState, SuspensionReason

STATES: Mapping[AppealState, str] = {
    AppealState.PROPOSED: mark("proposed"),
    AppealState.VERIFIED: mark("verified"),
    AppealState.SUSPENDED: mark("on hold"),
    AppealState.RETIRED: mark("retired"),
}
"""Behind the name of an Appeal."""

MEANINGS: Mapping[AppealState, str] = {
    AppealState.PROPOSED: mark("Proposed: readers do not see it yet."),
    AppealState.VERIFIED: mark("Verified: readers see it."),
    AppealState.SUSPENDED: mark("Paused: readers do not see it."),
    AppealState.RETIRED: mark("Retired: readers no longer see it."),
}
"""What its state means for readers."""

SUSPENSIONS: Mapping[SuspensionReason, str] = {
    SuspensionReason.CHANGED: mark("The page behind its link may have changed hands."),
    SuspensionReason.LAPSED: mark("Nobody had looked at its page for too long."),
    SuspensionReason.EDITOR: mark("An editor paused it."),
}
"""Why one is on hold."""

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
"""What was seen on a page, by the values of `Sign` (bot/appeals/pages/fingerprints.py)."""


def with_state(appeal: Appeal, texts: Texts, limit: int) -> str:
    """Return an Appeal as a choice: the name of its organisation in `limit` units, and its state."""
    return f"{shorten(appeal.organisation, limit)} ({texts.say(STATES[appeal.state])})"
