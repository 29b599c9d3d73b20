"""References: find what a sentence speaks of as known, and the sentence of the story that introduced it.

A name is introduced where the story first gives it in full: "director Olena Koval", later "Koval". A noun
with a definite article ("the bridge") is introduced where the story first mentions it. "This bridge", and
"the man" of whom the story had only spoken by name, go back to the sentence before.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import NamedTuple

from bot.language.lexicon import Lexicon, lexicon_of
from bot.language.words import Vocabulary

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
_LOOK_BACK = 40  # characters that hold a first name and particles
_POSSESSIVE = re.compile(r"['’]s?$")
_ENDING = 2  # letters by which the cases of a name differ: "Коваль", "Ковалю"
_LONG_ENDING = 3  # of a long name: "Kowalski", "Kowalskiemu"
_LONG_NAME = 7
_SHORTEST = 3  # letters of a name
_ENDING_LETTERS = re.compile(r"\w*")
_PHRASE = 4  # words behind an article among which its noun is
_WORDS_BEHIND = rf"(?=((?:[^\W\d_][\w'’-]*[ ]?){{1,{_PHRASE + 1}}}))"


class Introduction(NamedTuple):
    """A thing that a sentence speaks of as known: its words, and the sentences that introduce it."""

    words: str
    numbers: tuple[int, ...]


class References:
    """What each sentence of a story speaks of as known: on demand, since few sentences are tried."""

    def __init__(
        self,
        texts: Sequence[str],
        stems: Sequence[set[str]],
        headline: str,
        vocabulary: Vocabulary,
    ) -> None:
        self._texts = texts
        self._stems = stems
        self._vocabulary = vocabulary
        self._lexicon = lexicon_of(vocabulary.language)
        self._known_pattern = _known_pattern(self._lexicon)
        self._text = "\n".join(texts)
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]
        self._headline = headline
        self._known = vocabulary.stems(vocabulary.to_words(headline))
        self._found: dict[int, tuple[Introduction, ...]] = {}

    def of(self, number: int) -> tuple[Introduction, ...]:
        """Return what this sentence needs introduced; nothing for the first, which begins the story."""
        if number not in self._found:
            found = (*self._names(number), *self._nouns(number)) if number else ()
            self._found[number] = found
        return self._found[number]

    def _names(self, number: int) -> Iterator[Introduction]:
        """Find the names that were introduced before, and that this sentence and the headline do not give."""
        names = _bare_names(self._texts[number], self._vocabulary.stop_words, self._lexicon)
        for name, speaks in names.items():
            numbers = self._introduced(name, number, speaks=speaks)
            if numbers:
                yield Introduction(name, numbers)

    def _introduced(self, name: str, number: int, *, speaks: bool) -> tuple[int, ...]:
        """Return the sentences before `number` that give the name in full, if the first that has it does.

        If none does and the name is a speaker's, return the first that has it.
        """
        inflects = self._lexicon.names_inflect
        if not inflects and self._text.find(name, 0, self._starts[number]) < 0:
            return ()
        if any(True for _ in _mentions(self._headline, name, inflects=inflects)):
            return ()
        places = list(takewhile(self._starts[number].__gt__, _mentions(self._text, name, inflects=inflects)))
        if not places:
            return ()
        if not self._is_full(places[0]):
            return (self._sentence_at(places[0]),) if speaks else ()
        return tuple(dict.fromkeys(self._sentence_at(place) for place in places if self._is_full(place)))

    def _sentence_at(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _is_full(self, place: int) -> bool:
        """Return whether a first name stands before this place of the text."""
        before = _FORENAME.search(self._text, max(0, place - _LOOK_BACK), place)
        if before is None:
            return False
        word = before[1].lower().rstrip(".")
        return word not in self._vocabulary.stop_words and word not in self._lexicon.titles

    def _nouns(self, number: int) -> Iterator[Introduction]:
        """Find the nouns with an article or demonstrative that the sentence takes for known."""
        for phrase, place, points in self._known_phrases(number):
            stems = self._vocabulary.stems(phrase) - self._known
            if not stems or stems & self._stems_before(number, place):
                continue
            numbers = tuple(other for other in range(number) if not stems.isdisjoint(self._stems[other]))
            if not numbers and (points or not self._lexicon.kinds.isdisjoint(phrase)):
                numbers = (number - 1,)
            if numbers:
                yield Introduction(" ".join(phrase), numbers)

    def _stems_before(self, number: int, place: int) -> set[str]:
        return self._vocabulary.stems(self._vocabulary.to_words(self._texts[number][:place]))

    def _known_phrases(self, number: int) -> Iterator[tuple[list[str], int, bool]]:
        """Yield the words behind each article or demonstrative, its place, and whether it is the latter.

        The words reach to the next stop word. A noun that the sentence explains itself ("the man who …",
        "the bridge of Lviv") is left out, and so is a name.
        """
        lexicon, stop_words = self._lexicon, self._vocabulary.stop_words
        for match in self._known_pattern.finditer(self._texts[number]):
            words = match[2].lower().split()
            if words[0] in stop_words and words[0] not in lexicon.explaining | lexicon.common:
                words.pop(0)  # "the old bridge": some lists count such adjectives as stop words
            end = next((place for place, word in enumerate(words) if word in stop_words), len(words))
            phrase = words[: min(end, _PHRASE)]
            behind = words[len(phrase) : len(phrase) + 1]
            points = match[1].lower() in lexicon.demonstratives
            if not phrase or match[2][0].isupper() or not lexicon.common.isdisjoint(phrase):
                continue
            if not lexicon.explaining.isdisjoint(behind) or (
                points and not lexicon.times.isdisjoint((*phrase, *behind))
            ):
                continue
            yield phrase, match.start(), points


@lru_cache(maxsize=64)
def _known_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    """Return the pattern of an article or demonstrative with the words behind it."""
    known = sorted(lexicon.articles | lexicon.demonstratives) or ["(?!)"]
    return re.compile(rf"(?<![\w'’-])({'|'.join(known)})(?:\s|(?<=['’])){_WORDS_BEHIND}", re.IGNORECASE)


def _bare_names(text: str, stop_words: AbstractSet[str], lexicon: Lexicon) -> dict[str, bool]:
    """Return the names of one word, without title and possessive, and whether each one speaks."""
    found: dict[str, bool] = {}
    for run in _RUN.finditer(text):
        words = run[0].split(" ")
        while words and _names_nobody(words[0].lower().rstrip("."), stop_words, lexicon):
            words.pop(0)
        name = _POSSESSIVE.sub("", words[-1]) if words else ""
        is_bare = sum(word[0].isupper() for word in words) == 1
        if is_bare and len(name) >= _SHORTEST and not name.isupper():
            beside = {*text[: run.start()].split()[-1:], *text[run.end() :].split(maxsplit=1)[:1]}
            found.setdefault(name, any(word.strip(".,;:") in lexicon.speaking for word in beside))
    return found


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
