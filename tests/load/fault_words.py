"""Loads `fault_words.toml`: the words over which a reader trips, for the counter in `faults.py`."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class FaultWords:
    """Words of one language, in lower case.

    pronouns: stand for somebody or something named before. articles: make a noun known. pointing: "this",
    "these". days: weekdays, today, yesterday, tomorrow. turning: openers that answer what is not there.
    """

    pronouns: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    pointing: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    turning: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    capitals: frozenset[str] = frozenset()
    backward: re.Pattern[str] = re.compile(r"(?!)")


def english(name: str) -> frozenset[str]:
    """Return the English list of this name."""
    return frozenset(str(_TABLE[name]).split())


def _of_language(lists: dict[str, str]) -> FaultWords:
    backward = re.compile(lists.get("backward") or "(?!)", re.IGNORECASE)
    words = {name: frozenset(text.split()) for name, text in lists.items() if name != "backward"}
    return FaultWords(backward=backward, **words)


WORDS = {language: _of_language(lists) for language, lists in _TABLE.items() if isinstance(lists, dict)}
