"""What a paid push costs."""

import pytest

from bot.broadcasts.cost import stars


@pytest.mark.parametrize(
    ("messages", "free", "rate", "cost"),
    [(1_200_000, 30, 1000, 116_400), (1, 30, 1000, 1), (0, 30, 1000, 0), (1000, 30, 30, 0), (1000, 30, 0, 0)],
)
def test_only_what_is_above_the_free_rate_costs(messages: int, free: float, rate: float, cost: int) -> None:
    """A tenth of a Star each, rounded up: some 116,000 for 1.2 million at 1,000 a second."""
    assert stars(messages, free=free, rate=rate) == cost
