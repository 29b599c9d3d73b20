"""Lines that stand around a story and are not of it: credits, handles, calls to follow, share bars.

Each rule is a named row in `rules/boilerplate.toml`, so that it can be tested, explained and switched off
alone. A line that asks for help (donate, how to help) is never boilerplate, whatever it looks like.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bot.stories.ruletable import pattern, table

_LONGEST = 240  # characters; a longer line is a paragraph, and no rule looks at it
_CAPTION_WORDS = 12  # a caption over a credit is short
_ENDS = tuple(".!?…:;,”\"'’»)]。！？؟।")


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that `says` matches whole is boilerplate; `name` is the reason to show."""

    name: str
    says: re.Pattern[str]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules for a line, in the order in which they are asked."""
    rows = table("boilerplate")
    return tuple(Rule(row["rule"], pattern(row["says"], rows["words"])) for row in rows["line"])


def why(line: str) -> str | None:
    """The name of the first rule that says this line is not of the story; None for a line to keep."""
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return None
    found = next((rule.name for rule in rules() if rule.says.fullmatch(line)), None)
    return None if found and _pattern("keep").search(line) else found


def caption_above_credit(line: str, following: str) -> bool:
    """Whether `line` captions the picture or embed for which `following`, the line right below, gives credit.

    Such a line is short and ends like a label, not like a sentence ("maksim chmerkovskiy" over
    "instagram | @maksimc").
    """
    short = len(line.split()) <= _CAPTION_WORDS and not line.endswith(_ENDS)
    return short and why(following) in {"handle", "platform credit", "photo credit"}


def sift(lines: Sequence[str]) -> list[str]:
    """The lines of one block that belong to the story, each without a credit at its end."""
    below = [*lines[1:], ""]
    kept = [
        without_credit(line)
        for line, following in zip(lines, below, strict=True)
        if why(line) is None and not caption_above_credit(line, following)
    ]
    return [line for line in kept if line.strip()]


def without_credit(paragraph: str) -> str:
    """The paragraph without a photo credit that hangs on after its last sentence."""
    head, tail = paragraph[:-_LONGEST], paragraph[-_LONGEST:]
    return head + _pattern("tail").sub("", tail)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    rows = table("boilerplate")
    return pattern(rows[name]["says"], rows["words"])
