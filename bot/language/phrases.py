"""Phrases: find out quickly whether a sentence begins with a phrase of a list, or contains one.

A phrase is searched for only if the sentence has the phrase's longest word (or begins with its first). Most
sentences do not, so that this takes a tenth of the time of one pattern of all phrases.
"""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

_WORD = re.compile(r"\w+")


def words_of(text: str) -> frozenset[str]:
    """Return the runs of letters and digits in `text`, which is in lower case."""
    return frozenset(_WORD.findall(text))


class Phrases:
    """A list of phrases in lower case; the texts that they are searched for in are in lower case too."""

    def __init__(self, phrases: frozenset[str]) -> None:
        longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
        self._pattern = re.compile("(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")
        self._first_words = {found[0] for found in map(_WORD.match, longest_first) if found}
        self._by_longest_word: dict[str, list[str]] = {"": []}  # "": phrases without a word, such as ©
        for phrase in longest_first:
            word = max(_WORD.findall(phrase), key=len, default="")
            self._by_longest_word.setdefault(word, []).append(phrase)

    def match_start(self, text: str) -> re.Match[str] | None:
        """Match a phrase, as whole words, at the start of `text`, which begins with a letter or digit."""
        first = _WORD.match(text)
        return self._pattern.match(text) if first and first[0] in self._first_words else None

    def may_occur_in(self, words: AbstractSet[str]) -> bool:
        """Return False if a text of these words cannot contain any phrase that has a word."""
        return not self._by_longest_word.keys().isdisjoint(words)

    def occur_in(self, text: str, words: AbstractSet[str]) -> bool:
        """Return whether `text`, whose `words_of` are `words`, contains a phrase as whole words."""
        return any(
            phrase in text and _stands_alone(phrase, text)
            for word in (self._by_longest_word.keys() & words) | {""}
            for phrase in self._by_longest_word[word]
        )


def _stands_alone(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


@lru_cache(maxsize=256)
def phrases_of(phrases: frozenset[str]) -> Phrases:
    """Return the Phrases of a lexicon's list, made once for each list."""
    return Phrases(phrases)
