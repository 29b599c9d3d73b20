"""Read all that a typed text can mean in one language.

The rules of `hours` and `days` are a context-free grammar over the kinds of `words`. Every word of the text
must be used. All meanings are returned; the caller refuses a text with two.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

from bot.subscribers.moments import words
from bot.subscribers.moments.days import DAY_RULES
from bot.subscribers.moments.hours import HOUR_RULES
from bot.subscribers.moments.values import HOUR, Build, Meaning, NoSuchDayError, Parts, Seen

_NUMBERS = {
    "figure": re.compile("[0-9]{1,3}"),
    "figure_with_dot": re.compile(r"[0-9]{1,2}\."),
    "decimal": re.compile("[0-9]{1,2}[.,][0-9]"),
    "year": re.compile("20[0-9]{2}"),
}
_TIME = re.compile(r"(?!20[0-9]{2}$)([0-9]{1,2})([:.-]|(?<=[0-9]{2}))([0-9]{2})")
_DATE = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2}))?\.?")
_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_LEAST_MINUTE = 25  # of a time with a dash: "18-30" is a time, "9-15" may be a range of hours or a date


_Production = tuple[Sequence[str], Build]


class Reading:
    """Reads one text in one language, seen from `today`. `no_such_day` is set if it names a wrong date."""

    def __init__(self, text: str, language: str, today: date) -> None:
        self._seen = Seen(language, today)
        self.no_such_day = False
        self._words = words.split(text)
        self._lexicon = words.lexicon(language)
        self._known: dict[tuple[str, int], list[tuple[Any, int]]] = {}

    def moments(self) -> set[Meaning]:
        """Return the meanings of the text as a moment, or as a part of one (a day without an hour)."""
        found = {Meaning(ahead=length) for length in self._whole("ahead")}
        return found | set(self._arranged(0, Parts()))

    def ends(self) -> set[date]:
        """Return the meanings of the text as the end of a day off: "until Friday", "3 days"."""
        return {day.date for day in self._whole("end")}

    def _whole(self, symbol: str) -> list[Any]:
        return [value for value, end in self._at(symbol, 0) if end == len(self._words)]

    def _arranged(self, place: int, parts: Parts) -> Iterator[Meaning]:
        """Yield the meanings of day, time and part of the day in any order, each at most once."""
        if place == len(self._words):
            meaning = parts.meaning()
            if meaning is not None:
                yield meaning
            return
        if parts.day is None:
            for day, end in self._at("day", place):
                yield from self._arranged(end, replace(parts, day=day, after_clock=False))
        if parts.clock is None:
            for clock, end in self._at("clock", place):
                yield from self._arranged(end, replace(parts, clock=clock, after_clock=True))
        if parts.period is None:
            for period, end in self._at("period", place):
                yield from self._arranged(end, replace(parts, period=period, of_clock=parts.after_clock))

    def _at(self, symbol: str, place: int) -> list[tuple[Any, int]]:
        """Return the values of a symbol that begins at this word, each with the place after it."""
        key = symbol, place
        if key not in self._known:
            rules = _RULES.get(symbol)
            found = self._by_rules(rules, place) if rules else self._in_words(symbol, place)
            self._known[key] = list(dict.fromkeys(found))
        return self._known[key]

    def _in_words(self, kind: str, place: int) -> Iterator[tuple[Any, int]]:
        for sense, end in self._lexicon.at(self._words, place):
            if sense.kind == kind:
                yield sense.value, end
        if place < len(self._words):
            for found, value in _figures(self._words[place]):
                if found == kind:
                    yield value, place + 1

    def _by_rules(self, rules: Sequence[_Production], place: int) -> Iterator[tuple[Any, int]]:
        for pattern, build in rules:
            for values, end in self._sequence(pattern, place):
                try:
                    value = build(values, self._seen)
                except NoSuchDayError:
                    self.no_such_day = True
                    continue
                except OverflowError:  # beyond the year 9999
                    continue
                if value is not None:
                    yield value, end

    def _sequence(self, pattern: Sequence[str], place: int) -> Iterator[tuple[dict[str, Any], int]]:
        if not pattern:
            yield {}, place
            return
        for value, after in self._at(pattern[0], place):
            for values, end in self._sequence(pattern[1:], after):
                yield {pattern[0]: value} | values, end


def _figures(word: str) -> Iterator[tuple[str, Any]]:
    """Yield the kinds and values of a word in figures: a number, a time, a date, a year."""
    for kind, form in _NUMBERS.items():
        if form.fullmatch(word):
            yield kind, float(word.replace(",", ".")) if kind == "decimal" else int(word.rstrip("."))
    yield from _times(word)
    iso, figures = _ISO.fullmatch(word), _DATE.fullmatch(word)
    if iso:
        yield "iso_date", (int(iso[1]), int(iso[3]), int(iso[4]))
    elif figures and (figures[4] or figures[2] != "-"):
        yield "figure_date", (int(figures[1]), figures[2], int(figures[3]), figures[4])


def _times(word: str) -> Iterator[tuple[str, tuple[int, int]]]:
    found = _TIME.fullmatch(word)
    if found is None or int(found[3]) >= HOUR:
        return
    hour, minute = int(found[1]), int(found[3])
    if found[2] == "":
        yield "joined_time", (hour, minute)
    elif found[2] != "-":
        yield "time", (hour, minute)
    elif minute == 0 or minute >= _LEAST_MINUTE:
        yield "time_with_dash", (hour, minute)


def _expanded() -> dict[str, list[_Production]]:
    """Return the rules by symbol, each once with and once without every part that may be missing."""
    found: dict[str, list[_Production]] = {}
    for symbol, pattern, build in (*HOUR_RULES, *DAY_RULES):
        choices = [(name[:-1], None) if name.endswith("?") else (name,) for name in pattern.split()]
        for chosen in product(*choices):
            found.setdefault(symbol, []).append((tuple(name for name in chosen if name), build))
    return found


_RULES: Mapping[str, Sequence[_Production]] = _expanded()
