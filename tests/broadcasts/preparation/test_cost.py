"""The price of a paid push."""

import pytest

from bot.broadcasts.preparation.cost import stars


@pytest.mark.parametrize(
    ("messages", "free", "rate", "cost"),
    [(1_200_000, 30, 1000, 116_400), (1, 30, 1000, 1), (0, 30, 1000, 0), (1000, 30, 30, 0), (1000, 30, 0, 0)],
)
def test_only_what_is_above_the_free_rate_costs(messages: int, free: float, rate: float, cost: int) -> None:
    """A message above the free rate costs a tenth of a Star, and the sum is rounded up."""
    assert stars(messages, free=free, rate=rate) == cost
