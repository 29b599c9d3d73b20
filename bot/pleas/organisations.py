"""Which organisation a sentence asks readers to help."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from bot.language.rule_tables import table
from bot.pleas.help_sentences import Cues, fold_marks

_UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĘĚŁŃŐŒŘŚŠŹŻŽЀ-ЯҐ"
_CAPITALISED = rf"[{_UPPER}][\w&-]{{0,40}}(?:\.\w{{1,20}}){{0,4}}(?:'s(?=\s[{_UPPER}]))?"
_WORD = rf"(?:(?:[{_UPPER}]\.){{2,8}}|{_CAPITALISED}|\d{{1,20}}\w{{0,20}})"
_LONGEST = 8  # words in a name
_ACRONYM = 3  # letters from which capitals only are a name
_SPELLED_OUT = 160  # characters before an acronym in which its long form stands
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


class Organisations:
    """The organisations that one story names."""

    def __init__(self, story: str, cues: Cues) -> None:
        self._story = fold_marks(story)
        self._words = cues.organisation

    def asked_for(self, sentence: str) -> str | None:
        """The organisation that the sentence names, else the one that the story introduces as such; or None.

        A name scores by what stands around it ("through X", "X Foundation", "the charity X"). An acronym is
        given as the story spells it out.
        """
        sentence = fold_marks(sentence)
        scored = ((self._score(sentence, name, place), -place, name) for name, place in self._names(sentence))
        best = max(scored, default=None)
        name = best[2] if best and best[0] >= _ENOUGH else self._introduced
        return self._long_forms.get(name, name) if name else None

    def _names(self, text: str) -> Iterator[tuple[str, int]]:
        """The capitalised names of a text and where they begin, platforms left out."""
        joiner = rf"(?i:{self._words['joiners']})\s(?:(?i:{self._words['articles']})\s)?"
        for match in re.finditer(rf"{_WORD}(?:\s(?:{joiner})?{_WORD}){{0,{_LONGEST}}}", text):
            name = self._trimmed(match[0])
            platform = {name.lower(), match[0].lower()} & _lists().platforms
            if len(name) >= _ACRONYM and not name[0].isdigit() and not platform:
                yield name, match.start() + match[0].index(name)

    def _trimmed(self, name: str) -> str:
        """The name without capitals that only open the sentence, and without a full stop at its end."""
        opening = {*self._words["openers"].split(), *self._words["joiners"].split("|")}
        parts = name.split(" ")
        while parts and parts[0].lower().strip(".") in opening:
            parts.pop(0)
        return " ".join(parts).rstrip(".,-")

    def _score(self, sentence: str, name: str, place: int) -> int:
        """How many signs say that this name is an organisation's; a sign in the name itself counts double."""
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
        """The first name that the story calls a charity, an organisation … ("our organization, Baranova 27"),
        or that is one by its words and is given with its acronym ("Disasters Emergency Committee (DEC)").
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
        """Each acronym's long form, where the story has both: "World Food Programme (WFP)"."""
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
