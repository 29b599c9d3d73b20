"""Who counts what a worker does: monitoring, where there is some (bot/web/metrics.py)."""

from collections.abc import Mapping
from typing import Protocol


class Observer(Protocol):
    """Gets to know what happened, when it is certain. It must be quick, and raise nothing."""

    def settled(self, outcomes: Mapping[str, int]) -> None:
        """Count receipts that were committed: how many of each outcome."""

    def took_over(self, ranges: int) -> None:
        """Count Ranges that were taken over from dead workers."""


class Unobserved:
    """An Observer that counts nothing."""

    def settled(self, outcomes: Mapping[str, int]) -> None:
        """Do nothing."""

    def took_over(self, ranges: int) -> None:
        """Do nothing."""
