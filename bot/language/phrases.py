"""Phrases: whether a sentence opens with one of a list, or holds one, without trying each.

A phrase is looked for only where its longest word (or its first, at the opening) stands in the sentence,
which for most sentences is nowhere: that takes a tenth of the time that one pattern of all phrases takes.
"""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

_WORD = re.compile(r"\w+")


def words_of(text: str) -> frozenset[str]:
    """The runs of letters and digits in `text`, which is in lower case."""
    return frozenset(_WORD.findall(text))


class Phrases:
    """A list of phrases in lower case. What they are looked for in is in lower case, too."""

    def __init__(self, phrases: frozenset[str]) -> None:
        longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
        self._pattern = re.compile("(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")
        self._openings = {found[0] for found in map(_WORD.match, longest_first) if found}
        self._by_longest_word: dict[str, list[str]] = {"": []}  # "": those without any, such as ©
        for phrase in longest_first:
            word = max(_WORD.findall(phrase), key=len, default="")
            self._by_longest_word.setdefault(word, []).append(phrase)

    def opening(self, text: str) -> re.Match[str] | None:
        """Where `text`, which begins with a letter or digit, opens with one of them as whole words."""
        first = _WORD.match(text)
        return self._pattern.match(text) if first and first[0] in self._openings else None

    def may_stand_in(self, words: AbstractSet[str]) -> bool:
        """False where a text of these words surely holds none of those that have a word."""
        return not self._by_longest_word.keys().isdisjoint(words)

    def stand_in(self, text: str, words: AbstractSet[str]) -> bool:
        """Whether `text`, whose words_of() are `words`, holds one of them as whole words."""
        return any(
            phrase in text and _stands_alone(phrase, text)
            for word in (self._by_longest_word.keys() & words) | {""}
            for phrase in self._by_longest_word[word]
        )


def _stands_alone(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


@lru_cache(maxsize=256)
def phrases_of(phrases: frozenset[str]) -> Phrases:
    """The Phrases of a lexicon's list; made once for each."""
    return Phrases(phrases)
