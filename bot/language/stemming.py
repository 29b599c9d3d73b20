"""Stemming: Snowball's stemmer by language, and a word's first letters for languages that have none."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import Stemmer

from bot.language import rule_tables

# English names as Snowball, sumy and NLTK use them. Norwegian's two written forms share one.
ENGLISH_NAMES = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "he": "hebrew", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "ja": "japanese", "ko": "korean", "lt": "lithuanian", "nb": "norwegian",
    "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sk": "slovak", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "th": "thai", "tr": "turkish", "uk": "ukrainian", "zh": "chinese",
}  # fmt: skip
_LETTERS = 5
_LEAST_STEM = 3  # letters that are left when an ending is taken off


def snowball(name: str | None) -> Callable[[str], str] | None:
    """Return Snowball's stemmer of the language with this English name, or None if it has none.

    It takes 1 µs a word and caches nothing.
    """
    if name not in Stemmer.algorithms():
        return None
    stem: Callable[[str], str] = Stemmer.Stemmer(name, 0).stemWord
    return stem


@lru_cache(maxsize=64)
def stemmer(language: str) -> Callable[[str], tuple[str, ...]]:
    """Return what takes a word in lower case to its stems: two forms of one word have a stem in common.

    It is Snowball's where there is one, else the language's table of endings; other languages keep the word.
    """
    known = snowball(ENGLISH_NAMES.get(language))
    if known is not None:
        return lambda word: (known(word),)
    table = rule_tables.table("endings").get(language)
    return _WithoutEndings(table) if table else lambda word: (word,)


class _WithoutEndings:
    """Takes the longest known ending off a word, and writes letters that change within a word as one."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._endings: list[str] = sorted(table["endings"], key=len, reverse=True)
        self._replaced: dict[str, str] = table["replaced"]
        self._changing = str.maketrans(table["changing"])

    def __call__(self, word: str) -> tuple[str, ...]:
        stems = [word]
        for ending in self._endings:
            if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM:
                stems = [word.removesuffix(ending)]
                break
        stems += [
            word.removesuffix(ending) + instead
            for ending, instead in self._replaced.items()
            if word.endswith(ending)
        ]
        return tuple(stem[:1] + stem[1:].translate(self._changing) for stem in stems)


def first_letters(word: str) -> str:
    """Return the first five letters, in place of a stem.

    They find related words nearly as well as a stemmer in languages that inflect much (McNamee & Mayfield
    2004, "Character n-gram tokenization for European language text retrieval").
    """
    return word[:_LETTERS]
