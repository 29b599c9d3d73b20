"""What people read for the states of Webhooks."""

from collections.abc import Mapping

from bot.i18n import mark
from storage.words import HookState

HOOK_STATES: Mapping[HookState, str] = {
    HookState.ACTIVE: mark("active"),
    HookState.PAUSED: mark("paused: waits until the person who runs this bot lets it go on"),
    HookState.GONE: mark("gone: its address wants nothing more"),
}
