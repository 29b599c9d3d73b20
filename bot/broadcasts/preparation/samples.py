"""Samples of an Audience: which ids are looked at, and how many Subscribers it has by what was found.

Ids are drawn in short runs, since those beside each other are stored beside each other. Readers who joined
together are alike, so how far the runs differ says how good an estimate is.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import ceil, sqrt
from statistics import mean, stdev

SAMPLE = 1_000
"""Of more than twice so many ids, twice so many are read: the shares are right within 4 % or so."""

RUN = 5  # ids
_FEWEST = 20  # runs with somebody of the Audience: fewer say too little of those between them
# Standard errors. More are in the Audience once in 30,000 estimates, or once in 700 of the smallest ones.
_SURE = 4
_DIGITS = 3  # of an estimate: the others would be invented


def ids_of(lowest: int, highest: int) -> Sequence[int]:
    """Return all ids, or twice SAMPLE of them in runs at random: many may not be in the Audience."""
    ids = range(lowest, highest + 1)
    if len(ids) <= 2 * SAMPLE:
        return ids
    runs = random.sample(range(len(ids) // RUN), 2 * SAMPLE // RUN)  # a sample is no secret
    return [one for run in sorted(runs) for one in ids[run * RUN : (run + 1) * RUN]]


def estimate(ids: Sequence[int], found: Sequence[int], bounds: tuple[int, int]) -> tuple[int, int] | None:
    """Return about how many of all ids in `bounds` are in an Audience, and a number that it hardly exceeds.

    `ids` are those that were looked at, in runs; `found` those of them that are in the Audience. Return None
    where these are so few, or so close together, that only counting all tells.
    """
    known, everybody = sorted(found), bounds[1] - bounds[0] + 1
    shares = [
        (bisect_right(known, ids[at + RUN - 1]) - bisect_left(known, ids[at])) / RUN
        for at in range(0, len(ids), RUN)
    ]
    if sum(share > 0 for share in shares) < _FEWEST:
        return None
    error = stdev(shares) / sqrt(len(shares))
    number = round(mean(shares) * everybody)
    most = min(everybody, ceil((mean(shares) + _SURE * error) * everybody) + everybody // len(ids))
    rounded = round(number, _DIGITS - len(str(number)))
    return min(rounded, most - 1), most
