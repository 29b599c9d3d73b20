"""Translations: every sentence that people read, in their language, with its dates and numbers.

The English sentence in the code is the msgid; `bot/locales/<language>/LC_MESSAGES/comeback.po` holds its
translations. A catalogue is compiled in memory when its language is first used, so none can be outdated.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal
from unicodedata import bidirectional

from babel import Locale, localedata
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_day_names,
)
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

SOURCE_LANGUAGE = "en"
LOCALES = Path(__file__).parent / "locales"
_LEAST_SHARE = 0.01
CATALOGUE = Path("LC_MESSAGES") / "comeback.po"  # where Babel's tools look for it

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"  # Unicode's UAX 9; Telegram's apps know them
_OUR_ISOLATES = {ord(_FIRST_STRONG_ISOLATE): None, ord(_POP_ISOLATE): None}
# Embeddings, overrides and other isolates: pasted along, they would reverse the words that follow.
_PASTED_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), 0x2066, 0x2067])
_RIGHT_TO_LEFT = {"R", "AL"}
_NO_BREAK_SPACE = "\u00a0"
ELLIPSIS = "…"
_YEAR_SIGN = re.compile(r"(?<=\d)\s*р\.$")  # CLDR's short form: in a sentence one writes the word
# Short months of these read as other words: "лист." is a leaf, "lis" a fox, "mar" the sea.
_FULL_MONTHS = {"uk", "pl", "es"}
_FRENCH_FIRST = re.compile(r"(?<!\d)1(?=\s)")  # the first day of a month
_NAMED_HOURS = {0: "midnight", 12: "noon"}  # in English, where nobody knows whether 12 AM is day or night
_LISTS = {SOURCE_LANGUAGE: "en_GB"}  # no comma before "and", as all our English is British
_REPEATED = {"fr": "en "}  # a preposition that each language of a list has: "en allemand ou en français"
_SHORT_DAY = re.compile(r"^(\w{3})(?=,)")
_SPANISH_I, _SPANISH_O = re.compile(r"\by(?= h?i(?![ae]))"), re.compile(r"\bo(?= h?o)")


def mark(sentence: str) -> str:
    """Return `sentence` as it is. The call adds it to the catalogues where it is translated later."""
    return sentence


def capital(words: str) -> str:
    """Return the words with a capital first letter, for the start of a line or of a button."""
    return words[:1].upper() + words[1:]


def unbroken(words: str) -> str:
    """Return `words` with spaces at which no line ends."""
    return words.replace(" ", _NO_BREAK_SPACE)


def _written(words: str, language: str) -> str:
    """Return what CLDR writes, with the apostrophes of our sentences, the French ordinal, and unbroken."""
    if language == "fr":
        words = _FRENCH_FIRST.sub("1er", words)
    return unbroken(words.replace("\u02bc", "’"))


def isolated(words: str) -> str:
    """Return `words`, in Unicode isolates if any letter of them is written from right to left.

    So a name in Arabic does not reorder the words around it. Nor does a control character that somebody
    pasted: it is left out, as is an isolate without its end.
    """
    if words.isascii():
        return words
    words = words.translate(_PASTED_CONTROLS)
    if words.count(_FIRST_STRONG_ISOLATE) != words.count(_POP_ISOLATE):
        words = words.translate(_OUR_ISOLATES)
    if not any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in words):
        return words
    return f"{_FIRST_STRONG_ISOLATE}{words}{_POP_ISOLATE}"


def _filled(sentence: str, values: Mapping[str, object]) -> str:
    """Fill the `{named}` fields; where a value ends with a full stop, the sentence adds no second one."""
    safe = {name: isolated(value) if isinstance(value, str) else value for name, value in values.items()}
    filled = sentence.format(**safe)
    for value in safe.values():
        if isinstance(value, str) and value.endswith("."):
            filled = filled.replace(f"{value}.", value)
    return filled


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language."""

    language: str
    _gettext: Callable[[str], str]
    _ngettext: Callable[[str, str, int], str]

    def say(self, sentence: str, **values: object) -> str:
        """Translate `sentence` and fill its `{named}` fields."""
        return _filled(self._gettext(sentence), values)

    @property
    def more(self) -> str:
        """The sign that words are left out after a whole word: with a space before it in German (Duden)."""
        return f"{_NO_BREAK_SPACE}{ELLIPSIS}" if self.language == "de" else ELLIPSIS

    def quoted(self, words: str) -> str:
        """Return a quotation that stands alone, and so has its own writing direction."""
        return self._gettext(mark("“{words}”")).format(words=words)

    def spoken_by(self, speaker: str) -> str:
        """Return the speaker as the language writes one below a quotation: "— Olena"."""
        return self.say(mark("— {speaker}"), speaker=speaker)

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Translate with the language's plural form for `number`, which fills `{number}`."""
        return _filled(self._ngettext(one, many, number), {**values, "number": self.number(number)})

    def page(self, number: int, total: int) -> str:
        """Return which page of how many: "2 of 5"."""
        return unbroken(
            self.say(mark("{number} of {total}"), number=self.number(number), total=self.number(total))
        )

    def number(self, value: float) -> str:
        """Return a number with the language's separators."""
        return format_decimal(value, locale=self.language)

    def known_language(self, code: str) -> str | None:
        """Return this language's name of the language `code`: "Ukrainian"; None if it is unknown."""
        name = Locale.parse(self.language).languages.get(code)
        return (
            None if name is None or code == "und" else name.replace("\u02bc", "’")
        )  # ISO 639-2: undetermined

    def language_name(self, code: str) -> str:
        """Return `known_language`, or else the language's name in itself, or else its code."""
        return self.known_language(code) or own_name(code)

    def date(self, moment: datetime, zone: tzinfo) -> str:
        """Return the date of `moment` in `zone`: "Nov 27, 2026"."""
        date = moment.astimezone(zone).date()
        if self.language in _FULL_MONTHS:
            written = format_date(date, format="long", locale=self.language)
        else:
            written = format_skeleton("yMMMd", date, locale=self.language)
        return _written(_YEAR_SIGN.sub(" року", written), self.language)

    def day(self, moment: datetime, zone: tzinfo) -> str:
        """Return the day of `moment` in `zone`, which is within a year: "Friday, November 27"."""
        date = moment.astimezone(zone).date()
        written = format_date(date, format="full", locale=self.language)
        without_year = re.sub(rf",?\s(?:de\s)?{date.year}(?:\sр\.)?$", "", written)
        if self.language == "es":  # it stands behind an article: "hasta el lunes 23 de noviembre"
            without_year = without_year.replace(",", "")
        return _written(without_year, self.language)

    def hour(self, hour: int) -> str:
        """Return a full hour as the language writes it: "8:00 AM", "8:00"."""
        return unbroken(format_time(time(hour), format="short", locale=self.language))

    def spoken_hour(self, hour: int) -> str:
        """Return `hour` for a sentence: "8:00 AM", but "noon" and "midnight"."""
        named = _NAMED_HOURS.get(hour) if self.language == SOURCE_LANGUAGE else None
        return named or self.hour(hour)

    def clock(self, moment: datetime, zone: tzinfo) -> str:
        """Return the time of day of `moment` in `zone`."""
        return unbroken(format_time(moment.astimezone(zone).time(), format="short", locale=self.language))

    def spoken_clock(self, moment: datetime, zone: tzinfo) -> str:
        """Return `clock` for a sentence: "8:05 AM", but "noon" and "midnight"."""
        there = moment.astimezone(zone)
        return self.spoken_hour(there.hour) if there.minute == 0 else self.clock(moment, zone)

    def short_moment(self, moment: datetime, zone: tzinfo) -> str:
        """Return the day and the time of `moment` in `zone`, for where the zone is named already."""
        skeleton = "MMMMEd" if self.language in _FULL_MONTHS else "MMMEd"
        day = format_skeleton(skeleton, moment.astimezone(zone), locale=self.language)
        if self.language == "es":  # a shortened word has a point (RAE)
            day = _SHORT_DAY.sub(r"\1.", day)
        return f"{_written(day, self.language)},{_NO_BREAK_SPACE}{self.clock(moment, zone)}"

    def span(self, span: timedelta) -> str:
        """Return a rough duration: "11 hours"."""
        return unbroken(format_timedelta(span, threshold=1.5, locale=self.language))

    def share(self, part: float) -> str:
        """Return a part of 1 as per cent; a part below one per cent as "< 1%"."""
        if 0 < part < _LEAST_SHARE:
            return f"< {format_percent(_LEAST_SHARE, locale=self.language)}"
        return format_percent(part, locale=self.language)

    def weekday(self, weekday: int) -> str:
        """Return the name of a weekday (Monday is 0), in the form that stands alone."""
        return _written(get_day_names("wide", "stand-alone", self.language)[weekday], self.language)

    def listed(self, parts: Sequence[str], *, style: Literal["standard", "or"] = "standard") -> str:
        """Return the parts as a list in words: "Saturday and Sunday", or "Saturday or Sunday"."""
        written = format_list(parts, style=style, locale=_LISTS.get(self.language, self.language))
        if self.language == "es":  # "español e inglés", "alemán u occitano"
            return _SPANISH_O.sub("u", _SPANISH_I.sub("e", written))
        if self.language == "uk":  # "німецька та англійська": «і» would stand between vowels
            return " та ".join(written.rsplit(" і ", 1))
        return written

    def listed_languages(self, codes: Sequence[str], *, style: Literal["standard", "or"] = "standard") -> str:
        """Return the names of languages as a list that may stand behind a preposition."""
        first, *others = [self.language_name(code) for code in codes]
        return self.listed([first, *(_REPEATED.get(self.language, "") + one for one in others)], style=style)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue: the source language first, then by code."""
    catalogues = sorted(path.parents[1].name for path in LOCALES.glob(f"*/{CATALOGUE}"))
    return (SOURCE_LANGUAGE, *catalogues)


@cache
def own_name(language: str) -> str:
    """Return the name of `language` in itself, for a button: "English", "Українська"; else its code."""
    name = Locale.parse(language).get_language_name(language) if localedata.exists(language) else None
    return capital(name.replace("\u02bc", "’")) if name else language


def choose(code: str | None, default: str) -> str:
    """Return the language of ours for Telegram's `language_code` ("uk", "en-GB", None), or `default`."""
    language = (code or "").lower().replace("_", "-").partition("-")[0]
    return language if language in languages() else default


@cache
def in_language(language: str) -> Texts:
    """Return the sentences of `language`, or of the source language if there is no catalogue."""
    path = LOCALES / language / CATALOGUE
    if language == SOURCE_LANGUAGE or not path.exists():
        source = NullTranslations()
        return Texts(SOURCE_LANGUAGE, source.gettext, source.ngettext)
    compiled = io.BytesIO()
    with path.open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale=language))
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    return Texts(language, translations.gettext, translations.ngettext)
