"""How many messages may come twice after kills: the bound that our promises give."""

from math import ceil
from pathlib import Path


def most_repeated(log: Path, rate: int, *, kills: int) -> int:
    """Return how many messages may come twice: a window for each kill, and for each loss of many answers.

    `rate` is the worker's, in messages a second (see bot/runtime/sending.py). A machine that is busy for
    eight seconds loses the answers to all that is on the wire; the workers' log tells of it.
    """
    losses = log.read_text().count("sends failed in a row")
    return (kills + losses) * ceil(rate * 0.15)
