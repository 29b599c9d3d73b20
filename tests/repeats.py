"""How often a worker lost the answers to what it had on the wire: each time they may come once more."""

from pathlib import Path


def losses(log: Path) -> int:
    """Return how often the workers that wrote this log lost many answers at once.

    A machine that is busy for eight seconds loses the answers to a whole window, as an outage does.
    """
    return log.read_text().count("sends failed in a row")
