"""The words of the desk for a Broadcast: its state, its counts, why it stands still."""

from collections.abc import Sequence

from bot.broadcasts import reasons
from bot.broadcasts.broadcasts import BroadcastStatus
from bot.i18n import Texts, capital
from bot.rendering.words.broadcasts import STATES, purpose
from storage.models import Broadcast


def state_of(broadcast: Broadcast, texts: Texts) -> str:
    """Return the state of a Broadcast."""
    return capital(texts.say(STATES[broadcast.state]))


def kind_of(broadcast: Broadcast, texts: Texts) -> str:
    """Return what it does if it is no push; "" for a push."""
    return capital(purpose(broadcast, texts))


def counts(status: BroadcastStatus, texts: Texts) -> Sequence[tuple[str, int]]:
    """Return how many readers have each outcome: what it is called, and the number."""
    progress = status.progress
    now = progress.sent - progress.later
    return [
        (texts.say("Sent"), now),
        *([(texts.say("Sent later, in a digest"), progress.later)] if progress.later else []),
        (texts.say("Waiting"), status.waiting),
        (texts.say("Held for later"), progress.held),
        (texts.say("Blocked the bot"), progress.blocked),
        (texts.say("Failed"), progress.failed),
        (texts.say("Left out"), progress.skipped),
    ]


def why(broadcast: Broadcast, texts: Texts) -> str:
    """Return in plain words why it paused itself or waits; "" without a reason."""
    if not broadcast.reason:
        return ""
    return capital(reasons.sentence(broadcast.reason, texts))
