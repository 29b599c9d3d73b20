"""Spelling: compare the names in a story with the addresses of pages, which mostly spell them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import urlsplit

from bot.pleas.cues import fold

_PREFIX = 4  # letters by which a word is found in a host, whatever its case ending
_SHORTEST_LABEL = 6  # letters of a host's part that can be the name alone
_MOST_WORDS = 8  # of a name
_MOST_PLACES = 8  # of a pair of words that are looked at
_MOST_SPELLED = 20_000  # words that are remembered as a host spells them
_WORD = re.compile(r"[^\W_]+")
_LONG_WORD = re.compile(r"[^\W_]{3,}")
_CYRILLIC = dict(
    zip(
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        re.findall(r"\S+", "a b v h g d e ye zh z y i yi i k l m n o p r s t u f kh ts ch sh shch _ yu ya"),
        strict=True,
    )
)


@lru_cache(maxsize=_MOST_SPELLED)
def spelled(text: str) -> str:
    """Return a text as a host would spell it: Latin letters and digits only."""
    latin = "".join(_CYRILLIC.get(letter, letter) for letter in fold(text))
    return re.sub(r"[^a-z0-9]", "", latin)


def host_of(url: str | None) -> str:
    """Return the host of an address as letters and digits; "" without an address."""
    return spelled(urlsplit(url).hostname or "") if url else ""


def likeness(name: str, host: str, nouns: re.Pattern[str]) -> float:
    """Return how well a host spells a name, from 0 to 6: the share of its words, and their number.

    A word counts by its first letters, since cases change its end; a typical word ("Foundation") may lack.
    A word of letters that no host has (Greek, Arabic) counts neither way.
    """
    if not host:
        return 0.0
    words = [(word, letters) for word in _LONG_WORD.findall(name) if (letters := spelled(word))]
    there = sum(letters[:_PREFIX] in host for _, letters in words)
    needed = sum(letters[:_PREFIX] in host or nouns.fullmatch(word) is None for word, letters in words)
    return 4.0 * there / needed + 0.7 * min(there, 3) if there else 0.0


class Words:
    """The words of a text as a host would spell them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = [(match.start(), match.end(), spelled(match[0])) for match in _WORD.finditer(text)]
        self._pairs: dict[str, list[int]] = {}  # the letters of two words → where the pair stands, in order
        for number, ((_, _, first), (_, _, second)) in enumerate(pairwise(self._words)):
            places = self._pairs.setdefault(first + second, [])
            if len(places) < _MOST_PLACES:
                places.append(number)

    def written_out(self, url: str | None) -> str | None:
        """Return the words, at least two, that a part of the host spells letter by letter; or None.

        "bandeapicot.org" spells "Bande à Picot".
        """
        starts = (
            (number, label)
            for label in _labels(url)
            for length in range(1, len(label) + 1)
            for number in self._pairs.get(label[:length], ())
        )
        found = (self._from(number, label) for number, label in sorted(starts))
        return next(filter(None, found), None)

    def _from(self, number: int, label: str) -> str | None:
        """Return the words from this one on that are a label, or None."""
        start, letters = self._words[number][0], ""
        for _, end, more in self._words[number : number + _MOST_WORDS]:
            letters += more
            if letters == label and _is_name(self._text, start, end):
                return self._text[start:end]
            if not label.startswith(letters):
                break
        return None


def _labels(url: str | None) -> Iterator[str]:
    """Yield the parts of a host that may be a name: all but the last."""
    for label in (urlsplit(url or "").hostname or "").split(".")[:-1]:
        letters = spelled(label)
        if len(letters) >= _SHORTEST_LABEL:
            yield letters


def _is_name(text: str, start: int, end: int) -> bool:
    """Return whether words are a name as written, and not a part of an address."""
    in_address = text[start - 1 : start] in {"/", "@", "."} or re.match(r"[./@-]\w", text[end : end + 2])
    return not in_address and " " in text[start:end]
