"""Backoff: computes how long to wait before the next try after failures."""

import random


def backoff(failures: int, *, first_s: float, longest_s: float) -> float:
    """Return a pause in seconds: `first_s`, doubled with each failure, up to `longest_s`.

    Half of it is random, so that processes and sends that failed together do not try again together.
    """
    longest = min(longest_s, first_s * 2 ** min(failures, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  # a pause is no secret
