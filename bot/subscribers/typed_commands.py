"""Guess which command a person meant: "/latst" and "/news" are both /latest."""

import difflib
from collections.abc import Collection
from functools import cache

from bot.language import rule_tables
from bot.subscribers.places.cities import folded

_LIKE = 0.6  # difflib's measure, for what was typed as a command
_VERY_LIKE = 0.85  # for a plain word, which may mean something else, and for another name of a command


def meant(typed: str, names: Collection[str], *, as_command: bool) -> str | None:
    """Return the one of these commands that the typed word is likely to mean; None if there is none."""
    word = folded(typed)
    others = {other: command for other, command in _other_names().items() if command in names}
    if word in others:
        return others[word]
    if not as_command:
        return _nearest(word, names, _VERY_LIKE)
    return _nearest(word, names, _LIKE) or others.get(_nearest(word, others, _VERY_LIKE) or "")


def _nearest(word: str, names: Collection[str], likeness: float) -> str | None:
    """Return the name that is most like the word; None if none is like enough."""
    near = difflib.get_close_matches(word, names, n=1, cutoff=likeness)
    return near[0] if near else None


@cache
def _other_names() -> dict[str, str]:
    """Return the commands by the other names that people give them, folded."""
    table = rule_tables.table("commands")
    return {folded(name): command for command, names in table.items() for name in names}
