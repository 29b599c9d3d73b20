"""Backoff: computes how long to wait before the next try after failures."""

from random import SystemRandom

_random = SystemRandom()


def backoff(failures: int, *, first_s: float, longest_s: float) -> float:
    """Return a pause in seconds: `first_s`, doubled with each failure, up to `longest_s`.

    Half of it is random, so that processes and sends that failed together do not try again together.
    """
    longest = min(longest_s, first_s * 2 ** min(failures, 10))
    return _random.uniform(longest / 2, longest)
