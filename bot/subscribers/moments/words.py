"""The words with which a language writes days and hours: split a typed text into words, and look them up.

Names of months and weekdays come from CLDR (Babel); all other words from `rules/moments.<language>.toml`.
A key of [words] there is the kind of its phrases. In any other table the name of the table is the kind, and
each key is the value of its phrases: days from today, minutes, a month or an hour. Less plain kinds:

- `to_or_range` may also part two hours ("five to nine"), so figures around it are refused;
- `oclock_after_at` follows an hour only behind "at", because alone it counts hours ("9 horas");
- `to_first` stands before the minutes ("за п'ять дев'ята"), `into` counts them within an hour ("на дев'яту");
- `hour_ending` is what follows the figures of an hour ("о 9-й");
- `on_number` may stand before the bare number of a day ("le 12");
- `inclusive` behind an end, and `through` before it, take the whole of that day too;
- `one` is a unit that means one without a number ("за тиждень"), `span` a length in minutes;
- [ordinals] has stems whose * takes the endings of hours ("о дев'ятій") and of days ("п'ятого грудня").
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from babel import Locale

from bot.language import rule_tables

_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ`´‘](?=\w)")
_UNSEEN = re.compile(r"[\u200b-\u200f\u2060-\u2069\ufeff\u00ad]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LETTERS = str.maketrans({"ł": "l", "ø": "o"})  # no accent to Unicode, but people leave it out as one
_HYPHEN = re.compile(r"(?<=[^\W\d])[-‐‑](?=[^\W\d])|(?<=\d)[-‐‑](?=[^\W\d])")
_DOT = re.compile(r"(?<=[^\W\d])\.|,(?=\s|$)")
_JOINT = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")
_SPACED_DATE = re.compile(r"\b(\d{1,2}\.) (\d{1,2}\.)(?!\d)(?: (?=\d{4}\b))?")
_LONGEST_PHRASE = 6  # words


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a phrase: its kind (a name of the grammar), and its value."""

    kind: str
    value: Any = None


Phrases = Mapping[tuple[str, ...], Sequence[Sense]]


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text in the form in which phrases are compared.

    Letter case, accents, apostrophes, hyphens between letters and dots of abbreviations do not count;
    figures and letters are parted ("9h30" is three words), and the dots within figures stay.
    """
    plain = _UNSEEN.sub("", text).casefold().translate(_LETTERS)
    plain = _APOSTROPHES.sub("", plain)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    plain = _DOT.sub(" ", _HYPHEN.sub(" ", plain))
    plain = " ".join(_JOINT.sub(" ", plain).split())
    return tuple(_SPACED_DATE.sub(r"\1\2", plain).split())


class Lexicon:
    """The phrases of one language with all their meanings."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._phrases: dict[tuple[str, ...], list[Sense]] = {}
        self._add_names()
        table = rule_tables.table(f"moments.{language}")
        for kind, phrases in table["words"].items():
            self._add(phrases, Sense(kind))
        for kind, by_value in table.items():
            if kind == "ordinals":
                self._add_ordinals(by_value)
            elif kind != "words":
                for key, phrases in by_value.items():
                    is_number = key.lstrip("-").isdecimal()
                    self._add(phrases, Sense(kind, int(key) if is_number else key))
        self._add_compounds(table)

    def at(self, words: Sequence[str], place: int) -> Iterator[tuple[Sense, int]]:
        """Yield the meanings of the phrases that begin at this word, each with the place after it."""
        for end in range(place + 1, min(len(words), place + _LONGEST_PHRASE) + 1):
            for sense in self._phrases.get(tuple(words[place:end]), ()):
                yield sense, end

    def _add(self, phrases: Sequence[str], sense: Sense) -> None:
        for phrase in phrases:
            for spelling in {phrase, phrase.lower().translate(_UMLAUTS)}:
                known = self._phrases.setdefault(split(spelling), [])
                if sense not in known:
                    known.append(sense)

    def _add_names(self) -> None:
        known = Locale.parse(self.language)
        for kind, names, widths in (
            ("weekday", known.days, ("wide", "abbreviated", "short")),
            ("month", known.months, ("wide", "abbreviated")),
        ):
            for context, width in product(("format", "stand-alone"), widths):
                for number, name in names[context][width].items():
                    self._add([name], Sense(kind, number))

    def _add_ordinals(self, table: Mapping[str, Sequence[str]]) -> None:
        for kind, endings in (("hour_word", table["hours"]), ("day_word", table["days"])):
            for number, stem in enumerate(table["stems"], 1):
                self._add([stem.replace("*", ending) for ending in endings], Sense(kind, number))

    def _add_compounds(self, table: Mapping[str, Any]) -> None:
        """Add a weekday and a part of the day that are written as one word: "Freitagabend"."""
        if self.language != "de":
            return
        for day, name in Locale.parse(self.language).days["format"]["wide"].items():
            for period, nouns in table["period_after_day"].items():
                self._add([name + noun.lower() for noun in nouns], Sense("weekday_period", (day, period)))


@cache
def lexicon(language: str) -> Lexicon:
    """Return the words of a language, read once."""
    return Lexicon(language)
