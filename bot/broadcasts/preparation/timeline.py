"""The timeline of pushes: which of them come so soon after one another that readers get two at once."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from storage.models import Broadcast
from storage.words import BroadcastKind, BroadcastState

APART = timedelta(hours=1)
"""Pushes that begin less than this apart clash."""


def clashes(found: Sequence[Broadcast]) -> frozenset[int]:
    """Return the ids of the pushes of which another one begins within an hour, without cancelled ones."""
    begun = sorted(
        (begins, one.id)
        for one in found
        if one.kind is BroadcastKind.PUSH
        and one.state is not BroadcastState.CANCELLED
        and (begins := one.started_at or one.start_at) is not None
    )
    pairs = [(one, other) for (at, one), (later, other) in pairwise(begun) if later - at < APART]
    return frozenset(number for pair in pairs for number in pair)
