"""The usual rate of leavers, and how many are too many."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasts.pilots.leavers import Leavers, UsualRate


@pytest.mark.parametrize(
    "pushes", [[], [(100_000, 50)] * 2, [(300, 0)] * 3, [(99, 1)] * 30], ids=["none", "two", "few", "tiny"]
)
def test_few_pushes_have_no_usual_rate(pushes: list[tuple[int, int]]) -> None:
    """Two pushes, 900 readers, or pushes to fewer than a hundred say nothing."""
    assert UsualRate.of(pushes) is None


def test_without_a_usual_rate_one_per_cent_may_leave() -> None:
    """Of few readers two may, and one more is too many."""
    assert [Leavers.of(1_200, left, None).are_too_many for left in (12, 13)] == [False, True]
    assert [Leavers.of(100, left, None).are_too_many for left in (2, 3)] == [False, True]


def test_the_usual_rate_is_that_of_all_readers() -> None:
    """One reader more or less in a small push weighs less than in a large one."""
    usual = UsualRate.of([(100_000, 100), (100_000, 100), (1_000, 1)])
    assert usual is not None
    assert usual.rate == pytest.approx(0.001, rel=0.01)
    assert usual.between(12_000) == (4, 22)


def test_pushes_that_differ_allow_more() -> None:
    """Where earlier pushes differ by more than chance, more leavers are usual at the same mean."""
    even, uneven = (
        UsualRate.of([(100_000, 100)] * 9),
        UsualRate.of([(100_000, left) for left in (20, 100, 180)]),
    )
    assert even is not None
    assert uneven is not None
    assert even.rate == pytest.approx(uneven.rate, rel=0.02)
    assert even.between(12_000)[1] < uneven.between(12_000)[1]


def test_usual_pilot_waves_pass() -> None:
    """Of 200 pilot waves at the usual rate hardly any is stopped, and nearly each at five times the rate."""
    usual = UsualRate.of([(50_000, 100)] * 10)
    chance = random.Random(17)

    def stopped(rate: float) -> int:
        draws = [sum(chance.random() < rate for _ in range(2_000)) for _ in range(200)]
        return sum(Leavers.of(2_000, left, usual).are_too_many for left in draws)

    assert stopped(0.002) <= 4
    assert stopped(0.01) >= 180


@given(
    st.lists(st.integers(100, 2_000_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n // 10)))),
    st.integers(0, 5_000),
)
def test_the_usual_number_is_a_number_of_the_readers(pushes: list[tuple[int, int]], reached: int) -> None:
    """Whatever the earlier pushes were, the least and the most lie in order, within the readers."""
    usual = UsualRate.of(pushes)
    if usual is not None:
        least, most = usual.between(reached)
        assert 0 <= least <= most <= reached
        assert 0 < usual.rate < 1
