"""The occasion of a Digest: why it comes now. It decides what the first message looks like."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from storage.deliveries.held import Held

LONG_SILENCE = timedelta(days=30)
"""After this time without a sign of life, a reader first gets a summary in three lines."""


class Occasion(StrEnum):
    """Why a Digest comes. Receipts keep the returns, so that corrections draw the Digest the same way."""

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
        """The value in the receipts of the Stories; None if the reader was not away."""
        return self.value if self.is_return else None


def occasion_of(away_until: datetime | None, seen_on: date | None, now: datetime) -> Occasion:
    """Return why a Digest that is due comes to this reader."""
    if away_until is not None:
        return Occasion.DAY_OFF
    return Occasion.SILENCE if is_silent(seen_on, now, LONG_SILENCE) else Occasion.GATHERED


def is_silent(seen_on: date | None, now: datetime, length: timedelta) -> bool:
    """Return whether the last sign of life is at least `length` ago; False if its day is unknown."""
    return seen_on is not None and now.date() - seen_on >= length


def stored_occasion(reason: str | None) -> Occasion:
    """Return the Occasion that receipts kept; GATHERED where they keep none."""
    return Occasion(reason) if reason in set(Occasion) else Occasion.GATHERED


def occasion_of_merged(pushes: Iterable[Held]) -> Occasion:
    """Return the Occasion of the message that these pushes came with."""
    return next((stored_occasion(one.occasion) for one in pushes if one.occasion), Occasion.GATHERED)
