"""The words for how many readers there are: by state, kind of chat and rhythm, and what they wrote."""

from collections.abc import Mapping

from bot.i18n import mark
from storage.words import ChatKind, Rhythm, SubscriberState

STATES: Mapping[SubscriberState, str] = {
    SubscriberState.ACTIVE: mark("Get new stories"),
    SubscriberState.PAUSED: mark("Turned new stories off"),
    SubscriberState.STOPPED: mark("Sent /stop"),
    SubscriberState.BLOCKED: mark("Blocked the bot"),
    SubscriberState.GONE: mark("Account or group is gone"),
}
CHATS: Mapping[ChatKind, str] = {
    ChatKind.PRIVATE: mark("People"),
    ChatKind.GROUP: mark("Groups"),
    ChatKind.CHANNEL: mark("Channels"),
}
RHYTHMS: Mapping[Rhythm, str] = {
    Rhythm.AT_ONCE: mark("At once"),
    Rhythm.DAILY: mark("Daily"),
    Rhythm.WEEKLY: mark("Weekly"),
}
