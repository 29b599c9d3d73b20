"""Organisations: find the name of the organisation that a sentence asks readers to help."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from bot.language.rule_tables import table
from bot.pleas.help_sentences import LanguageRules, fold_marks

_UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĘĚŁŃŐŒŘŚŠŹŻŽЀ-ЯҐ"
_CAPITALISED = rf"[{_UPPER}][\w&-]{{0,40}}(?:\.\w{{1,20}}){{0,4}}(?:'s(?=\s[{_UPPER}]))?"
_WORD = rf"(?:(?:[{_UPPER}]\.){{2,8}}|{_CAPITALISED}|\d{{1,20}}\w{{0,20}})"
_LONGEST = 8  # words in a name
_ACRONYM = 3  # letters; the shortest name, as an acronym has them
_SPELLED_OUT = 160  # characters before an acronym that may hold its long form
_LEAST_POINTS = 2  # points; a single sign ("to Kyiv") occurs with places and people too


@dataclass(frozen=True, slots=True)
class _Lists:
    platforms: frozenset[str]
    known: re.Pattern[str]


@cache
def _lists() -> _Lists:
    rows = table("organisations")
    known = "|".join(map(re.escape, rows["known"]))
    return _Lists(frozenset(rows["platforms"]), re.compile(rf"\b(?:{known})\b", re.IGNORECASE))


class Organisations:
    """Finds organisations in the sentences of one story."""

    def __init__(self, story: str, rules: LanguageRules) -> None:
        self._story = fold_marks(story)
        self._words = rules.organisation

    def asked_for(self, sentence: str) -> str | None:
        """Return the organisation that the sentence names, else one that the story introduces; or None.

        A name gets points for its context ("through X", "X Foundation", "the charity X"). An acronym is
        replaced by its long form if the story has it.
        """
        sentence = fold_marks(sentence)
        scored = ((self._score(sentence, name, place), -place, name) for name, place in self._names(sentence))
        best = max(scored, default=None)
        name = best[2] if best and best[0] >= _LEAST_POINTS else self._introduced
        return self._long_forms.get(name, name) if name else None

    def _names(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield the capitalised names of a text with their positions, except those of platforms."""
        joiner = rf"(?i:{self._words['joiners']})\s(?:(?i:{self._words['articles']})\s)?"
        for match in re.finditer(rf"{_WORD}(?:\s(?:{joiner})?{_WORD}){{0,{_LONGEST}}}", text):
            name = self._trimmed(match[0])
            platform = {name.lower(), match[0].lower()} & _lists().platforms
            if len(name) >= _ACRONYM and not name[0].isdigit() and not platform:
                yield name, match.start() + match[0].index(name)

    def _trimmed(self, name: str) -> str:
        """Return the name without words that only begin the sentence, and without punctuation at its end."""
        opening = {*self._words["openers"].split(), *self._words["joiners"].split("|")}
        parts = name.split(" ")
        while parts and parts[0].lower().strip(".") in opening:
            parts.pop(0)
        return " ".join(parts).rstrip(".,-")

    def _score(self, sentence: str, name: str, place: int) -> int:
        """Count the signs that this name is an organisation's; a sign in the name itself counts double."""
        words = self._words
        before, after = sentence[:place].rstrip(' "'), sentence[place + len(name) :].lstrip(' "')
        signs = (
            2 * (_lists().known.search(name) is not None),
            2 * _holds(rf"\b(?:{words['nouns']})\b", name),
            _holds(rf"\b(?:{words['before']})(?: (?:{words['articles']}))?$", before),
            _holds(rf"\b(?:{words['surely_before']})$", before),
            _holds(rf"^(?:{words['after']})\b", after),
            name.isupper(),
            _holds(r"\d$", name),
        )
        return sum(signs)

    @cached_property
    def _introduced(self) -> str | None:
        """The first name that the story calls an organisation ("our organization, Baranova 27").

        Else the first with an acronym and a typical word ("Disasters Emergency Committee (DEC)").
        """
        called = rf"\b(?:{self._words['introduced_by']})\b,? \"?(?P<name>{_WORD}(?:\s{_WORD}){{0,5}})"
        for match in re.finditer(called, self._story):
            name = self._trimmed(match["name"])
            if name and name.lower() not in _lists().platforms:
                return name
        long_forms = self._long_forms.values()
        return next((name for name in long_forms if _holds(rf"\b(?:{self._words['nouns']})\b", name)), None)

    @cached_property
    def _long_forms(self) -> dict[str, str]:
        """The long form of each acronym in the story: "World Food Programme (WFP)"."""
        small = r"(?:(?:of|for|the|and|de|du|des|für|der|und|для|і|та)\s){0,2}"
        long_form = re.compile(rf"((?:{_WORD}\s{small}){{1,6}}{_WORD})$")
        found = {}
        for acronym in re.finditer(rf" \(([{_UPPER}]{{3,8}})\)", self._story):
            before = self._story[max(0, acronym.start() - _SPELLED_OUT) : acronym.start()]
            if match := long_form.search(before):
                found[acronym[1]] = match[1].removeprefix("The ")
        return found


def _holds(source: str, text: str) -> bool:
    return re.search(source, text, re.IGNORECASE) is not None
