"""Which organisation a sentence asks readers to help."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.stories.cues import Cues, fold_marks
from bot.stories.ruletable import table

_UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĘĚŁŃŐŒŘŚŠŹŻŽЀ-ЯҐ"
_WORD = rf"(?:(?:[{_UPPER}]\.){{2,}}|[{_UPPER}][\w&-]*(?:\.\w+)*(?:'s(?=\s[{_UPPER}]))?|\d+\w*)"
_LONGEST = 8  # words in a name
_ACRONYM = 3  # letters from which capitals only are a name
_ENOUGH = 2  # points; one sign alone ("to Kyiv") also stands before places and people


@dataclass(frozen=True, slots=True)
class _Lists:
    platforms: frozenset[str]
    known: re.Pattern[str]


@cache
def _lists() -> _Lists:
    rows = table("organisations")
    known = "|".join(map(re.escape, rows["known"]))
    return _Lists(frozenset(rows["platforms"]), re.compile(rf"\b(?:{known})\b", re.IGNORECASE))


def organisation(sentence: str, story: str, cues: Cues) -> str | None:
    """The organisation that the sentence names, else the one that the story introduces as such; or None.

    A name scores by what stands around it ("through X", "X Foundation", "the charity X"). An acronym is
    given as the story spells it out.
    """
    sentence, story = fold_marks(sentence), fold_marks(story)
    words = cues.organisation
    scored = ((_score(sentence, name, place, words), -place, name) for name, place in _names(sentence, words))
    best = max(scored, default=None)
    name = best[2] if best and best[0] >= _ENOUGH else _introduced(story, words)
    return _spelled_out(name, story) if name else None


def _names(sentence: str, words: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The capitalised names of the sentence and where they begin, platforms left out."""
    joiner = rf"(?i:{words['joiners']})\s(?:(?i:{words['articles']})\s)?"
    for match in re.finditer(rf"{_WORD}(?:\s(?:{joiner})?{_WORD}){{0,{_LONGEST}}}", sentence):
        name = _trimmed(match[0], words)
        platform = {name.lower(), match[0].lower()} & _lists().platforms
        if len(name) >= _ACRONYM and not name[0].isdigit() and not platform:
            yield name, match.start() + match[0].index(name)


def _trimmed(name: str, words: dict[str, str]) -> str:
    """The name without capitals that only open the sentence, and without a full stop at its end."""
    opening = frozenset(words["openers"].split()) | frozenset(words["joiners"].split("|"))
    parts = name.split(" ")
    while parts and parts[0].lower().strip(".") in opening:
        parts.pop(0)
    return " ".join(parts).rstrip(".,-")


def _score(sentence: str, name: str, place: int, words: dict[str, str]) -> int:
    """How many signs say that this name is an organisation's; a sign in the name itself counts double."""
    before, after = sentence[:place].rstrip(' "'), sentence[place + len(name) :].lstrip(' "')
    signs = (
        2 * (_lists().known.search(name) is not None),
        2 * _holds(rf"\b(?:{words['nouns']})\b", name),
        _holds(rf"\b(?:{words['before']})(?: (?:{words['articles']}))?$", before),
        _holds(rf"\b(?:{words['surely_before']})$", before),
        re.match(rf"(?:{words['after']})\b", after, re.IGNORECASE) is not None,
        name.isupper(),
        _holds(r"\d$", name),
    )
    return sum(signs)


def _holds(source: str, text: str) -> bool:
    return re.search(source, text, re.IGNORECASE) is not None


def _introduced(story: str, words: dict[str, str]) -> str | None:
    """The first name that the story calls a charity, an organisation … ("our organization, Baranova 27"), or
    that is one by its words and is given with its acronym ("Disasters Emergency Committee (DEC)").
    """
    called = rf"\b(?:{words['introduced_by']})\b,? \"?(?P<name>{_WORD}(?:\s{_WORD}){{0,5}})"
    for match in re.finditer(called, story):
        name = _trimmed(match["name"], words)
        if name and name.lower() not in _lists().platforms:
            return name
    for name, place in _names(story, words):
        has_acronym = re.match(r" \([A-Z]{3,8}\)", story[place + len(name) :]) is not None
        if has_acronym and _holds(rf"\b(?:{words['nouns']})\b", name):
            return name
    return None


def _spelled_out(name: str, story: str) -> str:
    """The long form of an acronym, where the story has both: "World Food Programme (WFP)"."""
    if not name.isupper():
        return name
    small = r"(?:(?:of|for|the|and|de|du|des|für|der|und|для|і|та)\s){0,2}"
    match = re.search(rf"((?:{_WORD}\s{small}){{1,6}}{_WORD}) \({re.escape(name)}\)", story)
    return match[1].removeprefix("The ") if match else name
