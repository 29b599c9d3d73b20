"""The words of the desk for a Broadcast: its state, its counts, why it stands still."""

from collections.abc import Sequence

from bot.broadcasts import reasons
from bot.broadcasts.broadcasts import BroadcastStatus
from bot.i18n import Texts, capital, mark
from storage.models import Broadcast
from storage.words import ENDED, BroadcastKind, BroadcastState

_STATES = {
    BroadcastState.PREPARING: mark("in preparation"),
    BroadcastState.SCHEDULED: mark("scheduled"),
    BroadcastState.RUNNING: mark("running"),
    BroadcastState.PAUSED: mark("paused"),
    BroadcastState.FINISHED: mark("finished"),
    BroadcastState.CANCELLED: mark("cancelled"),
}
_KINDS = {
    BroadcastKind.CORRECTION: mark("corrects the messages of broadcast {number}"),
    BroadcastKind.WITHDRAWAL: mark("withdraws the messages of broadcast {number}"),
}


def state_of(broadcast: Broadcast, texts: Texts) -> str:
    """Return the state of a Broadcast."""
    return capital(texts.say(_STATES[broadcast.state]))


def title_of(broadcast: Broadcast, texts: Texts) -> str:
    """Return what editors know it by: the headline, the organisation, or that it is a digest."""
    return texts.say("Digest") if broadcast.kind is BroadcastKind.DIGEST else broadcast.title


def kind_of(broadcast: Broadcast, texts: Texts) -> str:
    """Return what it does if it is no push; "" for a push."""
    if broadcast.kind in _KINDS:
        return capital(texts.say(_KINDS[broadcast.kind], number=broadcast.corrects_id))
    if broadcast.kind is BroadcastKind.REPORT:
        return texts.say("A report for those who helped or follow")
    return ""


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


def part_done(status: BroadcastStatus) -> float:
    """Return the part of the recipients with an outcome, from 0 to 1.

    A cancelled Broadcast stays where it was: those who were not sent it will not be.
    """
    is_cancelled = status.broadcast.state is BroadcastState.CANCELLED
    done = status.progress.done
    total = max(done + status.waiting, status.expected if is_cancelled else 0)
    return done / total if total else float(status.broadcast.state in ENDED and not is_cancelled)


def why(broadcast: Broadcast, texts: Texts) -> str:
    """Return in plain words why it paused itself or waits; "" without a reason."""
    if not broadcast.reason:
        return ""
    return capital(reasons.sentence(broadcast.reason, texts))
