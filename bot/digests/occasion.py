"""The occasion of a Digest: why it comes now. It decides how the Digest is told."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from storage.deliveries.held import Held

LONG_SILENCE = timedelta(days=30)
"""Without a sign of life for so long, a reader is told in three lines first what happened."""


class Occasion(StrEnum):
    """Why a Digest comes. Returns are stored with what came, so that it can be drawn the same way again."""

    GATHERED = "gathered"
    ASKED = "asked for"
    DAY_OFF = "after a day off"
    SILENCE = "after a long silence"

    @property
    def is_return(self) -> bool:
        """Whether the reader was away, or may have been."""
        return self in {Occasion.DAY_OFF, Occasion.SILENCE}

    @property
    def stored(self) -> str | None:
        """What the receipts of the Stories keep of it."""
        return self.value if self.is_return else None


def occasion_of(away_until: datetime | None, seen_on: date | None, now: datetime) -> Occasion:
    """Return why a Digest that is due comes to this reader."""
    if away_until is not None:
        return Occasion.DAY_OFF
    return Occasion.SILENCE if is_silent(seen_on, now, LONG_SILENCE) else Occasion.GATHERED


def is_silent(seen_on: date | None, now: datetime, length: timedelta) -> bool:
    """Return whether the last sign of life was so long ago; an unknown day is no silence."""
    return seen_on is not None and now.date() - seen_on >= length


def stored_occasion(reason: str | None) -> Occasion:
    """Return the Occasion that receipts kept; GATHERED where they keep none."""
    return Occasion(reason) if reason in set(Occasion) else Occasion.GATHERED


def occasion_of_merged(pushes: Iterable[Held]) -> Occasion:
    """Return the Occasion of the message that these pushes came with."""
    return next((stored_occasion(one.occasion) for one in pushes if one.occasion), Occasion.GATHERED)
