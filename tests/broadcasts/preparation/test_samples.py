"""Estimates of an Audience from a sample: near the truth, and hardly ever above what they say is the most."""

import random

import pytest

from bot.broadcasts.preparation.samples import RUN, SAMPLE, estimate, ids_of


@pytest.mark.parametrize("highest", [1, SAMPLE, 2 * SAMPLE])
def test_few_ids_are_all_looked_at(highest: int) -> None:
    """There is nothing to estimate."""
    assert list(ids_of(1, highest)) == list(range(1, highest + 1))


def test_a_sample_has_runs_of_different_ids() -> None:
    """All of them between the lowest and the highest, in order."""
    ids = list(ids_of(1_000, 1_000_000))
    assert len(ids) == len(set(ids)) == 2 * SAMPLE
    assert ids == sorted(ids)
    assert 1_000 <= ids[0] < ids[-1] <= 1_000_000
    assert all(ids[at + RUN - 1] == ids[at] + RUN - 1 for at in range(0, len(ids), RUN))


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3, 0.86, 1.0])
def test_an_estimate_is_near_and_has_a_bound(share: float) -> None:
    """In 100 samples each, also where every block of 1,000 ids is wholly in the Audience, or not at all."""
    chance, everybody = random.Random(4), 1_200_000
    blocks = [chance.random() < share for _ in range(everybody // 1_000 + 1)]

    def is_in_a_block(one: int) -> bool:
        return blocks[one // 1_000]

    def is_anywhere(one: int) -> bool:
        return one * 7919 % 1_000 < share * 1_000

    random.seed(4)
    for is_in in (is_in_a_block, is_anywhere):
        truth = sum(map(is_in, range(1, everybody + 1)))
        for _ in range(100):
            ids = ids_of(1, everybody)
            estimated = estimate(ids, [one for one in ids if is_in(one)], (1, everybody))
            if estimated is None:
                assert share < 0.1
                continue
            number, most = estimated
            assert truth <= most <= everybody
            assert abs(number - truth) <= most - number + everybody * 0.01
            assert number < most


def test_few_are_not_estimated() -> None:
    """Where hardly any run has somebody of the Audience, many may be between them: they must be counted."""
    ids = ids_of(1, 1_000_000)
    assert estimate(ids, [], (1, 1_000_000)) is None
    assert estimate(ids, ids[: 19 * RUN], (1, 1_000_000)) is None
    assert estimate(ids, ids[: 20 * RUN], (1, 1_000_000)) is not None
