"""References: find the names and things that a sentence presupposes, and the sentence that introduced each.

A name is introduced where the story first gives it in full: "director Olena Koval", later "Koval". A noun
with a definite article ("the bridge") is introduced where the story first mentions it; in a language without
articles that is the noun with which a sentence begins. "This bridge", and "the man" where the story gave
only a name before, refer to the sentence before.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.language.lexicon import Lexicon, lexicon_of
from bot.language.words import Vocabulary
from bot.summaries.names import Names

_PHRASE = 4  # words behind an article among which its noun is
_WORDS_BEHIND = rf"(?=((?:[^\W\d_][\w'’-]*[ ]?){{1,{_PHRASE + 1}}}))"
_FIRST_WORD = re.compile(r"[^\W\d_][\w'’-]+")
_SHORTEST = 4  # letters of a noun with which a sentence begins


class Introduction(NamedTuple):
    """A thing that a sentence presupposes: its words, and the sentences that introduce it."""

    words: str
    numbers: tuple[int, ...]


class KnownPhrase(NamedTuple):
    """The words behind an article or demonstrative, its place, and whether it is a demonstrative."""

    words: list[str]
    place: int
    points: bool


class References:
    """What each sentence of a story presupposes, found on demand, since few sentences are tried."""

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
        self._ends = vocabulary.stop_words | self._lexicon.explaining
        self._names = Names(texts, headline, vocabulary.stop_words, self._lexicon)
        self._known = vocabulary.stems(vocabulary.to_words(headline))
        self._found: dict[int, tuple[Introduction, ...]] = {}
        self._vague: dict[int, int] = {}

    def of(self, number: int) -> tuple[Introduction, ...]:
        """Return what this sentence needs introduced; nothing for the first, which begins the story."""
        if number not in self._found:
            self._found[number] = tuple(self._things(number)) if number else ()
        return self._found[number]

    def vague(self, number: int) -> int:
        """Return how many nouns the sentence presupposes that the story never mentioned before.

        Mostly they follow from the sentence before: "the driver" after a crash.
        """
        self.of(number)
        return self._vague.get(number, 0)

    def _things(self, number: int) -> Iterator[Introduction]:
        for name, numbers in self._names.unknown(number):
            yield Introduction(name, numbers)
        yield from self._nouns(number)
        if not self._lexicon.articles:
            yield from self._topic(number)

    def _nouns(self, number: int) -> Iterator[Introduction]:
        """Find the nouns with an article or demonstrative that the sentence presupposes."""
        for phrase, place, points in self._known_phrases(number):
            stems = self._vocabulary.stems(phrase) - self._known
            if not stems or not stems.isdisjoint(self._stems_before(number, place)):
                continue
            numbers = self._mentions(stems, number)
            if not numbers and (points or not self._lexicon.kinds.isdisjoint(phrase)):
                numbers = (number - 1,)
            if numbers:
                yield Introduction(" ".join(phrase), numbers)
            else:
                self._vague[number] = self._vague.get(number, 0) + 1

    def _topic(self, number: int) -> Iterator[Introduction]:
        """Find the noun with which the sentence begins, if the story mentioned it before."""
        first = _FIRST_WORD.match(self._texts[number])
        if first is None or len(first[0]) < _SHORTEST:
            return
        stems = self._vocabulary.stems([first[0].lower()]) - self._known
        numbers = self._mentions(stems, number) if stems else ()
        if numbers:
            yield Introduction(first[0], numbers)

    def _mentions(self, stems: set[str], number: int) -> tuple[int, ...]:
        return tuple(other for other in range(number) if not stems.isdisjoint(self._stems[other]))

    def _stems_before(self, number: int, place: int) -> set[str]:
        return self._vocabulary.stems(self._vocabulary.to_words(self._texts[number][:place]))

    def _known_phrases(self, number: int) -> Iterator[KnownPhrase]:
        """Yield the words behind each article or demonstrative.

        The words reach to the next stop word, or where nouns have a capital to the first noun. A noun that
        the sentence explains itself ("the man who …", "the bridge of Lviv") is left out, and so is a name.
        """
        lexicon = self._lexicon
        for match in self._known_pattern.finditer(self._texts[number]):
            phrase, behind = self._noun_behind(match[2].split())
            low = [word.lower() for word in phrase]
            points = match[1].lower() in lexicon.demonstratives
            is_name = phrase and phrase[0][0].isupper() and not lexicon.capital_nouns
            if not phrase or is_name or not lexicon.common.isdisjoint(low):
                continue
            explains = behind in lexicon.explaining and not (points and behind in lexicon.locating)
            if explains or (points and not lexicon.times.isdisjoint((*low, behind))):
                continue
            yield KnownPhrase(low, match.start(), points)

    def _noun_behind(self, words: list[str]) -> tuple[list[str], str]:
        """Return the words behind an article that belong to its noun, and the word behind them."""
        lexicon, first = self._lexicon, words[0].lower()
        is_adjective = first in self._vocabulary.stop_words and first not in lexicon.explaining
        if is_adjective and first not in lexicon.common:
            words = words[1:]  # "the old bridge": some lists count such adjectives as stop words
        if lexicon.capital_nouns:
            end = next((place + 1 for place, word in enumerate(words) if word[0].isupper()), 0)
        else:
            ends = (place for place, word in enumerate(words) if word.lower() in self._ends)
            end = next(ends, len(words))
        end = min(end, _PHRASE)
        return words[:end], words[end].lower() if end < len(words) else ""


@lru_cache(maxsize=64)
def _known_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    """Return the pattern of an article or demonstrative with the words behind it."""
    known = sorted(lexicon.articles | lexicon.demonstratives) or ["(?!)"]
    return re.compile(rf"(?<![\w'’-])({'|'.join(known)})(?:\s|(?<=['’])){_WORDS_BEHIND}", re.IGNORECASE)
