"""What the machine shows at the end: memory, the size of the database, and what stands in the logs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.load.soak.people import CODE

_LOST = re.compile(r"Task was destroyed|never retrieved|Unhandled|was never awaited|ResourceWarning")
_TRACEBACK = re.compile(r'^Traceback|"traceback"')
_DATABASE = '"error":"Database'
_ALLOWED = 0.05  # of the memory at the end of the second day


def memory_growth(memory: Mapping[str, Sequence[float]]) -> dict[str, float | None]:
    """Return for each process how much its memory grew from the second day to the last, as a part of it.

    None: the week had fewer than three days.
    """
    return {role: days[-1] / days[1] - 1 if len(days) > 2 else None for role, days in memory.items()}


def is_flat(growth: float | None) -> bool:
    """Return whether memory grew, or shrank, by no more than is allowed."""
    return growth is None or abs(growth) <= _ALLOWED


def lost_tasks(logs: Iterable[Path]) -> list[str]:
    """Return the lines that tell of a task that was lost or of an error that nobody handled."""
    return [line for line in _lines(logs) if _LOST.search(line)]


def leaks(logs: Iterable[Path], secrets: Sequence[str], chats: Sequence[int]) -> list[str]:
    """Return the lines that hold a secret, a chat's number or words of a story."""
    private = re.compile("|".join(re.escape(one) for one in (*secrets, *map(str, chats))))
    return [line for line in _lines(logs) if private.search(line) or CODE.search(line)]


def tracebacks(logs: Iterable[Path]) -> list[str]:
    """Return the lines that have a traceback, but for those of a database that is away or full."""
    return [line for line in _lines(logs) if _TRACEBACK.search(line) and _DATABASE not in line]


def number_of_lines(logs: Iterable[Path]) -> int:
    """Return how many lines the logs have."""
    return sum(1 for _ in _lines(logs))


def _lines(logs: Iterable[Path]) -> Iterable[str]:
    for log in logs:
        with log.open(errors="replace") as file:
            yield from file
