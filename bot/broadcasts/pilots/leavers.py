"""How many readers usually leave soon after a push, and how many are too many after a pilot wave.

Each earlier push reached n readers, of whom k left. Their rates differ by more than chance: some stories
weary people more than others. So the usual rate is a Beta distribution with the mean and the spread of these
pushes (by moments, Williams 1982), and the number of leavers among the n readers of a pilot wave is
beta-binomial. Of pilot waves that are like earlier pushes 99 % lie between `least` and `most`. A Wilson
interval of the pooled rate would be narrower the longer a newsroom sends, and in the end stop pushes that
are a little unlike the mean.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

FEWEST_PUSHES = 3
FEWEST_READERS = 1_000
"""Of fewer earlier pushes, or fewer readers of them, there is no usual rate yet."""

SMALLEST_PUSH = 100
"""A push that reached fewer readers is left out: one leaver more or less would change its rate too much."""

BOUND = 0.01
"""What part of the readers may leave where there is no usual rate: newsletters lose some 0.2 % with each."""

NEVER_TOO_MANY = 2
"""So many leavers say nothing, whatever the usual rate is."""

_OUTSIDE = 0.005  # the part of usual pilot waves above `most`, and as many below `least`


@dataclass(frozen=True, slots=True)
class UsualRate:
    """The rate at which readers usually leave: a Beta distribution with the parameters `alpha` and `beta`."""

    alpha: float
    beta: float

    @classmethod
    def of(cls, pushes: Sequence[tuple[int, int]]) -> Self | None:
        """Return the rate of earlier pushes, each (reached, left); None where they are too few."""
        pushes = [push for push in pushes if push[0] >= SMALLEST_PUSH]
        reached = sum(number for number, _ in pushes)
        if len(pushes) < FEWEST_PUSHES or reached < FEWEST_READERS:
            return None
        rate = (sum(left for _, left in pushes) + 0.5) / (reached + 1)  # Jeffreys: never 0 and never 1
        spread = _spread(pushes, rate) + 1 / (reached + 1)  # between pushes, and in what we know of the mean
        weight = max(1.0, 1 / spread - 1)
        return cls(rate * weight, (1 - rate) * weight)

    @property
    def rate(self) -> float:
        """The mean, from 0 to 1."""
        return self.alpha / (self.alpha + self.beta)

    def between(self, reached: int) -> tuple[int, int]:
        """Return the least and the most of so many readers who leave in 99 of 100 usual pilot waves."""
        total, least, number = 0.0, None, 0
        logarithm = _log_beta(self.alpha, self.beta + reached) - _log_beta(self.alpha, self.beta)
        while True:
            total += math.exp(logarithm)
            if least is None and total > _OUTSIDE:
                least = number
            if total >= 1 - _OUTSIDE or number == reached:
                return (number if least is None else least), number
            logarithm += math.log((reached - number) * (self.alpha + number))
            logarithm -= math.log((number + 1) * (self.beta + reached - number - 1))
            number += 1


@dataclass(frozen=True, slots=True)
class Leavers:
    """How many readers a pilot wave reached, and how many of them `left`.

    `least` and `most` are usual; more than `most` are too many. `usual` is the usual rate from 0 to 1; None:
    there is none yet, and `most` is BOUND of the readers.
    """

    reached: int
    left: int
    least: int
    most: int
    usual: float | None

    @classmethod
    def of(cls, reached: int, left: int, usual: UsualRate | None) -> Self:
        """Judge a pilot wave by the usual rate."""
        if usual is None:
            return cls(reached, left, 0, max(NEVER_TOO_MANY, math.floor(reached * BOUND)), None)
        least, most = usual.between(reached)
        return cls(reached, left, least, max(NEVER_TOO_MANY, most), usual.rate)

    @property
    def are_too_many(self) -> bool:
        """Whether more left than is usual."""
        return self.left > self.most


def _spread(pushes: Sequence[tuple[int, int]], rate: float) -> float:
    """Return by how much the rates of pushes differ beyond chance: 0 as chance has it, up to 1."""
    variance = rate * (1 - rate)
    distance = sum((left - reached * rate) ** 2 / (reached * variance) for reached, left in pushes)
    total = sum(reached for reached, _ in pushes)
    weight = total - sum(reached**2 for reached, _ in pushes) / total - (len(pushes) - 1)
    return max(0.0, distance - (len(pushes) - 1)) / max(1.0, weight)


def _log_beta(alpha: float, beta: float) -> float:
    return math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)
