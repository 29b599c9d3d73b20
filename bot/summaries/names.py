"""Names: find those that a sentence gives without a first name, and where the story gives them in full."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate, takewhile
from typing import NamedTuple

from bot.language.lexicon import Lexicon

_CAPITALS = "A-ZÀ-ÖØ-ÞĀĆČĐĘŁŃŚŠŹŻŽА-ЯІЇЄҐ"
_PARTICLE_WORDS = frozenset(
    {"al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du"}
    | {"el", "la", "le", "ter", "van", "von", "zu"}
)
_PARTICLES = rf"(?:(?:{'|'.join(sorted(_PARTICLE_WORDS))})[ -]|(?:d|l|al|el)['’-])"
_NAME = rf"[{_CAPITALS}][\w.’'-]*\w"
# A run of capitalised words, with particles between them: "Ursula von der Leyen".
_RUN = re.compile(rf"{_NAME}(?: (?:{_PARTICLES} ?){{0,2}}{_NAME})*")
_FORENAME = re.compile(rf"(?<![\w’'-])({_NAME}|[{_CAPITALS}]\.) (?:{_PARTICLES} ?){{0,2}}$")
_WORD_BEFORE = re.compile(r"([\w’'-]+) $")
_LOOK_BACK = 40  # characters that hold a first name and particles
_POSSESSIVE = re.compile(r"['’]s?$")
_ENDING = 2  # letters by which the cases of a name differ: "Коваль", "Ковалю"
_LONG_ENDING = 3  # of a long name: "Kowalski", "Kowalskiemu"
_LONG_NAME = 7
_SHORTEST = 3  # letters of a name
_ENDING_LETTERS = re.compile(r"\w*")


class BareName(NamedTuple):
    """A name of one word: whether its bearer speaks beside it, or it is the first word of its sentence."""

    name: str
    speaks: bool
    acts: bool


class Names:
    """The names of a story, and the sentences that give each one in full."""

    def __init__(
        self, texts: Sequence[str], headline: str, stop_words: AbstractSet[str], lexicon: Lexicon
    ) -> None:
        self._texts = texts
        self._headline = headline
        self._stop_words = stop_words
        self._lexicon = lexicon
        self._text = "\n".join(texts)
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]

    def unknown(self, number: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the names that this sentence gives bare, with the sentences that introduce each.

        A name that the headline gives, or that the story did not give before, is left out.
        """
        for bare in bare_names(self._texts[number], self._stop_words, self._lexicon):
            numbers = self._introduced(bare, number)
            if numbers:
                yield bare.name, numbers

    def _introduced(self, bare: BareName, number: int) -> tuple[int, ...]:
        """Return the sentences before `number` that give the name in full, if the first that has it does.

        If none does, return those that have it, but only for a name that speaks, or that acts and was never
        the name of a place.
        """
        name, inflects = bare.name, self._lexicon.names_inflect
        if not inflects and self._text.find(name, 0, self._starts[number]) < 0:
            return ()
        if any(True for _ in _mentions(self._headline, name, inflects=inflects)):
            return ()
        places = list(takewhile(self._starts[number].__gt__, _mentions(self._text, name, inflects=inflects)))
        if places and self._is_full(places[0]):
            places = [place for place in places if self._is_full(place)]
        elif not bare.speaks and (not bare.acts or any(map(self._is_place, places))):
            return ()
        return tuple(dict.fromkeys(bisect_right(self._starts, place) - 1 for place in places))

    def _is_full(self, place: int) -> bool:
        """Return whether a first name stands before this place of the text."""
        before = _FORENAME.search(self._text, max(0, place - _LOOK_BACK), place)
        if before is None:
            return False
        word = before[1].lower().rstrip(".")
        return word not in self._stop_words and word not in self._lexicon.titles

    def _is_place(self, place: int) -> bool:
        """Return whether "in", "at" or another such word stands before this place of the text."""
        before = _WORD_BEFORE.search(self._text, max(0, place - _LOOK_BACK), place)
        return before is not None and before[1].lower() in self._lexicon.locating


def bare_names(text: str, stop_words: AbstractSet[str], lexicon: Lexicon) -> list[BareName]:
    """Return the names of one word, without title and possessive."""
    found: dict[str, BareName] = {}
    for run in _RUN.finditer(text):
        words = run[0].split(" ")
        while words and _names_nobody(words[0].lower().rstrip("."), stop_words, lexicon):
            words.pop(0)
        name = _POSSESSIVE.sub("", words[-1]) if words else ""
        is_bare = sum(word[0].isupper() for word in words) == 1
        if is_bare and len(name) >= _SHORTEST and not name.isupper():
            beside = {*text[: run.start()].split()[-1:], *text[run.end() :].split(maxsplit=1)[:1]}
            speaks = any(word.strip(".,;:") in lexicon.speaking for word in beside)
            acts = not run.start() and text[run.end() : run.end() + 1] == " " and words[-1] == name
            found.setdefault(name, BareName(name, speaks, acts))
    return list(found.values())


def _names_nobody(word: str, stop_words: AbstractSet[str], lexicon: Lexicon) -> bool:
    return word in stop_words or word in lexicon.titles or word in _PARTICLE_WORDS


def _mentions(text: str, name: str, *, inflects: bool) -> Iterator[int]:
    """Yield where the name stands in the text as a word; with any ending where that changes with the case."""
    stem = name
    if inflects and len(name) > _SHORTEST + _ENDING:
        stem = name[: -(_LONG_ENDING if len(name) >= _LONG_NAME else _ENDING)]
    longest = 2 * _LONG_ENDING if inflects else 0
    place = text.find(stem)
    while place >= 0:
        ending = _ENDING_LETTERS.match(text, place + len(stem))
        if (not place or not text[place - 1].isalnum()) and ending and len(ending[0]) <= longest:
            yield place
        place = text.find(stem, place + len(stem))
