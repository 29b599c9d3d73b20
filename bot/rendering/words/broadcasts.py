"""The words for Broadcasts: titles, states, what those do that are no push, and the kinds of chats."""

from collections.abc import Mapping

from bot.i18n import Texts, mark
from storage.models import Broadcast
from storage.words import BroadcastKind, BroadcastState, ChatKind

STATES: Mapping[BroadcastState, str] = {
    BroadcastState.PREPARING: mark("in preparation"),
    BroadcastState.SCHEDULED: mark("scheduled"),
    BroadcastState.RUNNING: mark("running"),
    BroadcastState.PAUSED: mark("paused"),
    BroadcastState.FINISHED: mark("finished"),
    BroadcastState.CANCELLED: mark("cancelled"),
}
CHATS: Mapping[ChatKind, str] = {
    ChatKind.PRIVATE: mark("people"),
    ChatKind.GROUP: mark("groups"),
    ChatKind.CHANNEL: mark("channels"),
}
"""Beside how many of them get it."""

_CORRECTIONS: Mapping[BroadcastKind, str] = {
    BroadcastKind.CORRECTION: mark("corrects the messages of broadcast {number}"),
    BroadcastKind.WITHDRAWAL: mark("withdraws the messages of broadcast {number}"),
}


def title_of(broadcast: Broadcast, texts: Texts) -> str:
    """Return what editors know it by: the headline, the organisation, or that it is a digest."""
    return texts.say("Digest") if broadcast.kind is BroadcastKind.DIGEST else broadcast.title


def is_correction(broadcast: Broadcast) -> bool:
    """Return whether it edits or deletes messages, and sends none."""
    return broadcast.kind in _CORRECTIONS


def purpose(broadcast: Broadcast, texts: Texts) -> str:
    """Return what a Broadcast does if that is not to bring news; "" for a push and a digest."""
    if is_correction(broadcast):
        return texts.say(_CORRECTIONS[broadcast.kind], number=broadcast.corrects_id)
    if broadcast.kind is BroadcastKind.REPORT:
        return texts.say("A report for those who helped or follow")
    return ""
