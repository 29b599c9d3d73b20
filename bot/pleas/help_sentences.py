"""Cues: by which words a sentence asks for help, as one table a language (`rules/help.<language>.toml`)."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.language.rule_tables import names, pattern, table

_FALLBACK = "en"
_CURLY = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "\xa0": " ",
}
_FOLDED = str.maketrans(_CURLY)
_SAME_WORD = 5  # letters: "donate", "donation" and "donors" are one word of the topic

Words = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Cue:
    """One rule: what a sentence must say, what else it must and must not hold, and whether the story must be
    about need, or the sentence quoted. `weight` tells how sure a sign it is. `has` are plain lower-case
    letters of which some must be in the sentence: a cheap question that spares most sentences the pattern.
    """

    rule: str
    has: tuple[str, ...]
    says: re.Pattern[str]
    also: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    topic: bool = False
    quoted: bool = False
    weight: int = 1

    def fits(self, sentence: str, *, on_topic: bool, quoted: bool) -> bool:
        """Whether this rule speaks for a sentence with its marks folded."""
        if (self.topic and not on_topic) or (self.quoted and not quoted) or not self.says.search(sentence):
            return False
        if self.also and not self.also.search(sentence):
            return False
        return not (self.unless and self.unless.search(sentence))


@dataclass(frozen=True, slots=True)
class Cues:
    """All tables of one language; `words` are those of [attribution] and [organisation]."""

    help: tuple[Cue, ...]
    not_help: tuple[Cue, ...]
    plea: tuple[Cue, ...]
    not_plea: tuple[Cue, ...]
    topic: re.Pattern[str]
    least_topic_words: int
    help_stems: tuple[str, ...]
    plea_stems: tuple[str, ...]
    attribution: dict[str, str]
    organisation: dict[str, str]

    def on_topic(self, text: str) -> bool:
        """Whether the story speaks of need or giving: in at least so many different words."""
        found = set()
        for match in self.topic.finditer(fold_marks(text)):
            found.add(match[0].lower()[:_SAME_WORD])
            if len(found) >= self.least_topic_words:
                return True
        return False


def fold_marks(text: str) -> str:
    """Curly and angled quotation marks straight; every character keeps its place."""
    return text.translate(_FOLDED)


@cache
def cues_of(language: str | None) -> Cues:
    """The cues of a language, English ones for None and for a language without a table."""
    rows = table(f"help.{language if language in names('help.') else _FALLBACK}")
    words: Words = rows["words"]
    return Cues(
        help=_cues(rows["help"], words),
        not_help=_cues(rows.get("not_help", []), words),
        plea=_cues(rows["plea"], words),
        not_plea=_cues(rows.get("not_plea", []), words),
        topic=pattern(rf"\b(?:{rows['topic']['says']})\b", words),
        least_topic_words=rows["topic"]["least"],
        help_stems=_stems(rows, "help"),
        plea_stems=_stems(rows, "plea"),
        attribution=rows["attribution"],
        organisation=rows["organisation"],
    )


def _stems(rows: dict[str, Any], kind: str) -> tuple[str, ...]:
    """Letters, some of which stand in all that rules without their own `has` can fit; none: always asked."""
    return tuple(rows["stems"][kind].split("|")) if "stems" in rows else ()


def _cues(rows: list[dict[str, Any]], words: Words) -> tuple[Cue, ...]:
    def named(row: dict[str, Any], key: str) -> re.Pattern[str] | None:
        return pattern(f"{{{row[key]}}}", words) if key in row else None

    return tuple(
        Cue(
            rule=row["rule"],
            has=tuple(row["has"].split("|")) if "has" in row else (),
            says=pattern(row["says"], words),
            also=named(row, "also"),
            unless=named(row, "unless"),
            topic=row.get("topic", False),
            quoted=row.get("quoted", False),
            weight=row.get("weight", 1),
        )
        for row in rows
    )
