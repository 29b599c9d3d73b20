"""Organisation patterns: how each language writes the names of organisations, and what stands beside them."""

import re
from dataclasses import dataclass
from functools import cache

from bot.language.rule_tables import table
from bot.pleas.cues import language_table
from bot.pleas.typical_words import typical_words

UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĘĚŁŃŐŒŘŚŠŹŻŽЀ-ЯҐ"
_CAPITALISED = rf"[{UPPER}][\w&'’-]{{0,40}}(?:\.\w{{1,20}}){{0,4}}"
WORD = rf"(?:(?:[{UPPER}]\.){{2,8}}|(?:St|Sv|Św|św)\.\s{_CAPITALISED}|{_CAPITALISED}|\d{{1,4}}(?!\w))"
QUOTED = r"(?:[«„“\"][^«»„“”\"]{2,50}[»”“\"]|(?<![^\s(])»[^«»„“”\"]{2,50}«)"
_LONGEST = 6  # further words of a name


@dataclass(frozen=True, slots=True)
class Lists:
    platforms: frozenset[str]
    known: re.Pattern[str]


@cache
def lists() -> Lists:
    rows = table("organisations")
    known = "|".join(map(re.escape, rows["known"]))
    return Lists(frozenset(rows["platforms"]), re.compile(rf"\b(?:{known})\b", re.IGNORECASE))


class Patterns:
    """The patterns of one language."""

    def __init__(self, language: str) -> None:
        words = language_table(language)["organisation"]
        self.noun = typical_words(language)
        joiner = rf"(?:{words['joiners']})\s(?:(?:{words['articles']})\s)?"
        lower = rf"(?-i:{self.noun.pattern.lower()})"
        first = rf"(?:{lower}\s(?:{joiner})?(?:{WORD})|{WORD}|{lower}(?=\s[«„“\"»]))"
        further = rf"(?:\s(?:{joiner})?(?:{WORD}|{lower}(?=\s(?:{joiner})?{WORD})))"
        adjectives = rf"{words['adjectives']}\s{lower}|" if "adjectives" in words else ""
        self.name = re.compile(rf"{adjectives}{first}{further}{{0,{_LONGEST}}}(?:\s{QUOTED})?|{QUOTED}")
        self.joint = re.compile(rf"\s{joiner}")
        self.tail = re.compile(words["tail"]) if "tail" in words else None
        self.before = re.compile(rf"\b(?:{words['before']})(?: (?:{words['articles']}))?$", re.IGNORECASE)
        self.surely_before = re.compile(rf"\b(?:{words['surely_before']})$", re.IGNORECASE)
        self.introduced = re.compile(rf"\b(?:{words['introduced_by']}),?$", re.IGNORECASE)
        self.role = re.compile(rf"\b(?:{words['roles']})(?: (?:{words['articles']}))?$", re.IGNORECASE)
        self.after = re.compile(rf"^(?:{words['after']})\b", re.IGNORECASE)
        verbs = words["receives"]
        self.receives = re.compile(rf"^(?:{verbs})\b", re.IGNORECASE)
        self.received_by = re.compile(rf"\b(?:{verbs})(?: (?:{words['articles']}))?$", re.IGNORECASE)
        self.street = re.compile(rf"\b(?:{words['streets']})\b", re.IGNORECASE)
        self.numbered = re.compile(rf"\s(?:(?:{words['joiners']})\s\d[\d\s]*|\d+\s\d[\d\s]*)$")
        self.place_before = re.compile(rf"\b(?:{words['places']})$", re.IGNORECASE)
        self.openers = frozenset((*words["openers"].split(), *words["joiners"].split("|")))
        bases = (entry.split(":") for entry in words.get("bases", "").split(",") if ":" in entry)
        self.bases = {stem.strip(): base.strip() for stem, base in bases}


@cache
def patterns_of(language: str) -> Patterns:
    """Return the patterns of a language that has a table."""
    return Patterns(language)
