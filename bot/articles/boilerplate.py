"""Lines that stand around a story and are not of it: credits, handles, calls to follow, share bars.

Each rule is a named row in `rules/boilerplate.toml`, so that it can be tested, explained and switched off
alone. A line that asks for help (donate, how to help) is never boilerplate, whatever it looks like.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bot.language.rule_tables import pattern, table

_LONGEST = 240  # characters; a longer line is a paragraph, and no rule looks at it
_CAPTION_WORDS = 12  # a caption over a credit is short
_CREDITS = frozenset({"handle", "platform credit", "photo credit"})
_ENDS = tuple(".!?…:;,”\"'’»)]。！？؟।")


@dataclass(frozen=True, slots=True)
class BoilerplateRule:
    """A line that `says` matches whole is boilerplate; `name` is the reason to show."""

    name: str
    says: re.Pattern[str]


@cache
def rules() -> tuple[BoilerplateRule, ...]:
    """All rules for a line, in the order in which they are asked."""
    rows = table("boilerplate")
    return tuple(BoilerplateRule(row["rule"], pattern(row["says"], rows["words"])) for row in rows["line"])


def why(line: str, above: str = "") -> str | None:
    """The name of the first rule that says this line is not of the story; None for a line to keep.

    `above` is the story's line before it: an address below one that asks for help, or ends in a colon, is
    where the help goes, and stays.
    """
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return None
    found = next((rule.name for rule in rules() if rule.says.fullmatch(line)), None)
    if found is None or asks_for_help(line):
        return None
    return None if found == "address only" and (above.endswith(":") or asks_for_help(above)) else found


def asks_for_help(line: str) -> bool:
    """Whether a line says how to help, which keeps it in the story whatever it looks like."""
    return _pattern("keep").search(line) is not None


def sift(lines: Sequence[str]) -> list[str]:
    """The lines of one block that belong to the story, each without a credit at its end.

    A label right above a credit goes with it: it captions the picture or embed that the credit is for
    ("maksim chmerkovskiy" over "instagram | @maksimc").
    """
    reasons = [why(line, above) for line, above in zip(lines, ["", *lines[:-1]], strict=True)]
    kept = [
        without_credit(line)
        for line, reason, below in zip(lines, reasons, [*reasons[1:], None], strict=True)
        if reason is None and not (below in _CREDITS and _is_label(line))
    ]
    return [line for line in kept if line.strip()]


def _is_label(line: str) -> bool:
    """Whether a line is short and does not end as a sentence does."""
    return len(line.split()) <= _CAPTION_WORDS and not line.endswith(_ENDS)


def without_credit(paragraph: str) -> str:
    """The paragraph without a photo credit that hangs on after its last sentence."""
    head, tail = paragraph[:-_LONGEST], paragraph[-_LONGEST:]
    return head + _pattern("tail").sub("", tail)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    rows = table("boilerplate")
    return pattern(rows[name]["says"], rows["words"])
