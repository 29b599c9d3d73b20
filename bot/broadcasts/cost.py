"""What a paid push costs: for Stars of its balance, a bot may send faster than at the free rate."""

from math import ceil

STARS = 0.1
"""Stars for each message above the free rate (Bot API, `allow_paid_broadcast`)."""


def stars(messages: int, *, free: float, rate: float) -> int:
    """What so many messages cost at `rate` a second, of which `free` cost nothing."""
    return ceil(messages * max(0.0, 1 - free / rate) * STARS) if rate > 0 else 0
