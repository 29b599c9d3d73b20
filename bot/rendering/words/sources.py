"""The words for Sources and their entries."""

from collections.abc import Mapping

from bot.i18n import mark
from storage.words import EntryState, SourceState

STATES: Mapping[SourceState, str] = {
    SourceState.ACTIVE: mark("active"),
    SourceState.PAUSED: mark("paused"),
    SourceState.GONE: mark("gone for good"),
}
ENTRIES: Mapping[EntryState, str] = {
    EntryState.WAITING: mark("waiting to be read"),
    EntryState.TAKEN: mark("became stories"),
    EntryState.REFUSED: mark("held no story"),
    EntryState.PAST: mark("older than the source"),
}
