"""The price of a paid push: the bot pays Telegram in Stars to send faster than at the free rate."""

from math import ceil

STARS = 0.1
"""Stars for each message above the free rate (Bot API, `allow_paid_broadcast`)."""


def stars(messages: int, *, free: float, rate: float) -> int:
    """Return the Stars that so many messages cost at `rate` a second; `free` a second cost nothing."""
    return ceil(messages * max(0.0, 1 - free / rate) * STARS) if rate > 0 else 0
