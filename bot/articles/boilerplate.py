"""Boilerplate: find lines around a story that are not part of it (credits, handles, share bars …).

Each rule is a named row in `rules/boilerplate.toml`, so that it can be tested, explained and removed alone.
A line that says how to help is never boilerplate.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bot.language.rule_tables import pattern, table

_LONGEST = 240  # characters; a longer line is a paragraph and passes
_CAPTION_WORDS = 12  # the most in a caption above a credit
_CREDITS = frozenset({"handle", "platform credit", "photo credit"})
_ENDS = tuple(".!?…:;,”\"'’»)]。！？؟।")


@dataclass(frozen=True, slots=True)
class BoilerplateRule:
    """A line that `pattern` matches in full is boilerplate; `name` is the reason to show."""

    name: str
    pattern: re.Pattern[str]


@cache
def rules() -> tuple[BoilerplateRule, ...]:
    """Return all rules in the order in which they are tried."""
    rows = table("boilerplate")
    return tuple(BoilerplateRule(row["rule"], pattern(row["says"], rows["words"])) for row in rows["line"])


def matching_rule(line: str, above: str = "") -> str | None:
    """Return the name of the first rule that matches the line; None for a line of the story.

    `above` is the story's line before it: an address below a line that asks for help, or that ends in a
    colon, says where the help goes, and stays.
    """
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return None
    found = next((rule.name for rule in rules() if rule.pattern.fullmatch(line)), None)
    if found is None or asks_for_help(line):
        return None
    return None if found == "address only" and (above.endswith(":") or asks_for_help(above)) else found


def asks_for_help(line: str) -> bool:
    """Return whether a line says how to help: it then stays, even if a rule matches it."""
    return _pattern("keep").search(line) is not None


def story_lines(lines: Sequence[str]) -> list[str]:
    """Return the lines that belong to the story, each without a credit at its end.

    A label right above a credit is left out too: it is the caption of the picture or embed that the credit is
    for ("maksim chmerkovskiy" above "instagram | @maksimc").
    """
    matched = [matching_rule(line, above) for line, above in zip(lines, ["", *lines[:-1]], strict=True)]
    kept = [
        without_credit(line)
        for line, rule, below in zip(lines, matched, [*matched[1:], None], strict=True)
        if rule is None and not (below in _CREDITS and _is_label(line))
    ]
    return [line for line in kept if line.strip()]


def _is_label(line: str) -> bool:
    """Return whether a line is short and does not end as a sentence does."""
    return len(line.split()) <= _CAPTION_WORDS and not line.endswith(_ENDS)


def without_credit(paragraph: str) -> str:
    """Return the paragraph without a photo credit after its last sentence."""
    head, tail = paragraph[:-_LONGEST], paragraph[-_LONGEST:]
    return head + _pattern("tail").sub("", tail)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    rows = table("boilerplate")
    return pattern(rows[name]["says"], rows["words"])
