"""Cues: the words of a sentence that speak for or against a plea or a way to help, by class.

The tables are `bot/language/rules/help.<language>.toml`, one string of entries for each class. In an entry,
`*` stands for the rest of a word ("donat*") or for its beginning ("*йте"), `…` for up to three words, and
`^` begins an entry that counts only at the start of a clause. Letter case, accents and apostrophes do not
matter: "ayúdennos" is written "ayudennos", "don't" is two words. Addresses, accounts, sums and hours need
no table: `_SHAPES`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from bot.language.lexicon import plain_code
from bot.language.rule_tables import names, table
from bot.pleas.addresses import ACCOUNT, EMAIL, PHONE, pages

_FALLBACK = "en"
_WORD = re.compile(r"[^\W_]+")
_BREAK = re.compile(r"[.!?…,:;()\"“”„«»‘’‚–—-]")
_NOT_LATIN = re.compile(r"[^\u0000-\u024f]")
_SINGLE = str.maketrans({"ł": "l", "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ґ": "г"})
_GAP = "…"
_LONGEST_GAP = 3  # words
_SHORTEST_STEM = 2  # letters
_LEAST_BEFORE_ENDING = 2  # letters
_MOST_KNOWN = 50_000  # words that are remembered with their entries
_CURRENCY = (
    r"[€$£₴₽]|(?:zł|грн|гривень|гривні|євро|eur[oa]?s?|dollars?|pounds?|złotych|franken|francs?|pesos|dólares|rs|ksh"
    r"|mln|млн|тис)\b"
)
_PATTERNS = {
    "mail": EMAIL,
    "phone": PHONE,
    "account": ACCOUNT,
    "sum": re.compile(rf"[€$£₴]\s?\d|\b\d[\d., \u00a0\u202f]*(?:{_CURRENCY})", re.IGNORECASE),
    "hours": re.compile(
        r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?(?:a\.?m|p\.?m|uhr|h)\b"
        r"|\b\d{1,2} ?(?:[–-]|до|to|till|until|bis|à|a|do) ?\d{1,2}\b",
        re.IGNORECASE,
    ),
    "street": re.compile(
        r"\b(?:вул|просп|бульв|ul|al|pl)\. ?[^\W\d]|\bc/ ?[^\W\d]|\bn\.º ?\d"
        r"|\b[^\W\d_]\w+(?:straße|strasse|gasse|weg|platz|ring|allee) \d"
        r"|\b(?:rue|avenue|boulevard|chaussée|calle|avenida|plaza|carrera|street|road|lane|avenue|quay|parkway)\b",
        re.IGNORECASE,
    ),
    "era": re.compile(r"\b1[5-9]\d\d\b"),
    "question": re.compile(r"\?"),
    "outcry": re.compile(r"!"),
}
_SHAPES: dict[str, Callable[[str], Iterator[re.Match[str]]]] = {
    "url": pages,
    **{kind: pattern.finditer for kind, pattern in _PATTERNS.items()},
}
_DIGIT = re.compile(r"\d")
_WITHOUT_DIGITS = {kind: _SHAPES[kind] for kind in ("url", "mail", "street", "question", "outcry")}


class Cue(NamedTuple):
    """A cue of a class, and its first character."""

    kind: str
    start: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry: its class, the words after the first one, and whether it needs a clause's start."""

    kind: str
    rest: tuple[str, ...]
    initial: bool


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries whose first word is the same: by their second word if it is a certain one, else `free`."""

    free: tuple[_Entry, ...]
    before: Mapping[str, tuple[_Entry, ...]]

    @classmethod
    def of(cls, entries: Iterable[_Entry]) -> "_Entries":
        free: list[_Entry] = []
        before: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            certain = entry.rest and entry.rest[0] != _GAP and not entry.rest[0].endswith("*")
            (before[entry.rest[0]] if certain else free).append(entry)
        return cls(tuple(free), {word: tuple(found) for word, found in before.items()})


class Cues:
    """The cues of one language. soft: words after which a clause still begins ("and come")."""

    def __init__(self, classes: Mapping[str, str], soft: frozenset[str] = frozenset()) -> None:
        self._soft = soft
        self.classes = frozenset(classes)
        self._exact: dict[str, list[_Entry]] = defaultdict(list)
        self._stems: dict[str, list[_Entry]] = defaultdict(list)
        self._endings: dict[str, list[_Entry]] = defaultdict(list)
        for kind, entries in classes.items():
            for entry in filter(None, map(str.strip, entries.replace("\n", " ").split(","))):
                self._add(kind, entry)
        self._longest_stem = max(map(len, self._stems), default=0)
        self._longest_ending = max(map(len, self._endings), default=0)
        self._known: dict[str, _Entries] = {}

    def find(self, text: str) -> list[Cue]:
        """Return the cues in a text, those of words before those of shapes."""
        return [*self._in_words(text), *_in_shapes(text)]

    def _add(self, kind: str, entry: str) -> None:
        initial = entry.startswith("^")
        first, *rest = entry.lstrip("^").split()
        target = self._exact
        if first.endswith("*"):
            target = self._stems
        elif first.startswith("*"):
            target = self._endings
        target[fold(first.strip("*"))].append(_Entry(kind, tuple(map(fold, rest)), initial))

    def _in_words(self, text: str) -> Iterator[Cue]:
        found = list(_WORD.finditer(text))
        words = [fold(match[0]) for match in found]
        opens = True
        for number, word in enumerate(words):
            gap = text[found[number - 1].end() : found[number].start()] if number else "."
            opens = (gap != " " and _BREAK.search(gap) is not None) or (
                opens and words[number - 1] in self._soft
            )
            entries = self._entries(word)
            following = words[number + 1] if number + 1 < len(words) else ""
            for entry in (*entries.free, *entries.before.get(following, ())):
                if (opens or not entry.initial) and _follow(entry.rest, words, number):
                    yield Cue(entry.kind, found[number].start())

    def _entries(self, word: str) -> _Entries:
        """Return the entries whose first word is this one."""
        known = self._known.get(word)
        if known is None:
            stems = (
                self._stems.get(word[:n], ())
                for n in range(_SHORTEST_STEM, min(len(word), self._longest_stem) + 1)
            )
            endings = (
                self._endings.get(word[-n:], ())
                for n in range(1, min(len(word) - _LEAST_BEFORE_ENDING, self._longest_ending) + 1)
            )
            found = (*self._exact.get(word, ()), *(entry for each in (*stems, *endings) for entry in each))
            known = _Entries.of(found)
            if len(self._known) < _MOST_KNOWN:
                self._known[word] = known
        return known


def _follow(rest: tuple[str, ...], words: list[str], number: int) -> bool:
    """Return whether `rest` follows the word with this number."""
    for place, wanted in enumerate(rest):
        if wanted == _GAP:
            after = rest[place + 1 :]
            return any(_follow(after, words, number + skipped) for skipped in range(_LONGEST_GAP + 1))
        number += 1
        if number >= len(words) or not _is(words[number], wanted):
            return False
    return True


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _in_shapes(text: str) -> Iterator[Cue]:
    for kind, shape in (_SHAPES if _DIGIT.search(text) else _WITHOUT_DIGITS).items():
        for match in shape(text):
            yield Cue(kind, match.start())


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Return a word in lower case; a Latin one without accents."""
    word = word.lower().translate(_SINGLE)
    if word.isascii() or _NOT_LATIN.search(word):
        return word
    return "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    )


def cues_of(language: str | None) -> Cues:
    """Return the cues of a language; the English ones for None and for a language without a table."""
    return _cues_of(table_language(language))


@cache
def _cues_of(language: str) -> Cues:
    payments = ", ".join(table("organisations")["payments"])
    rows = language_table(language)
    return Cues({**rows["cues"], "pay": payments}, frozenset(map(fold, rows["clauses"]["soft"].split())))


def table_language(language: str | None) -> str:
    """Return the code of the table for a language tag, "en" if there is none.

    A page names its language itself: caches are keyed by this code, so that pages cannot fill them.
    """
    code = plain_code(language)
    return code if code in _table_languages() else _FALLBACK


@cache
def _table_languages() -> frozenset[str]:
    return names("help.")


def language_table(language: str | None) -> dict[str, dict[str, str]]:
    """Return the table of a language, or the English one."""
    return table(f"help.{table_language(language)}")
