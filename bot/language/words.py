"""Words as sumy's summarizers count them: split, stemmed, and freed of stop words, for any language."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from sumy.nlp.stemmers import Stemmer as SumyStemmer
from sumy.utils import get_stop_words

from bot.language import sentences
from bot.language.scripts import UNSPACED
from bot.language.stemming import ENGLISH_NAMES, first_letters, snowball

# Languages with a stemmer or stop words in Snowball, sumy or NLTK, for which summaries were measured.
_NAMED = frozenset({
    "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hu", "it", "ja", "ko", "nb", "nl", "nn",
    "no", "pl", "pt", "ro", "ru", "sk", "sv", "th", "uk", "zh",
})  # fmt: skip

# A run of letters or digits, with inner apostrophes, hyphens and decimal marks: it's, Jean-Luc, 1.2.
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SHORT_WORD = 3
_REMEMBERED = 100_000  # words of one language; about 20 MB when full


class Vocabulary:
    """One language's words; it is the tokenizer object that sumy asks for sentences and words.

    A language without a list of stop words takes words of up to three letters for such: with an alphabet,
    most of them are.
    """

    def __init__(self, language: str | None) -> None:
        self.language = language
        code = language or "en"
        name = ENGLISH_NAMES[code] if code in _NAMED else None
        self.stem = _stemmer(name)
        self.stop_words = _stop_words(name)
        self._meanings = _Meanings(self._find_meaning)

    def to_sentences(self, paragraph: str) -> tuple[str, ...]:
        return tuple(sentences.split(paragraph, self.language))

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """The sentence's words in lower case; pairs of characters where the script has no spaces."""
        found: list[str] = _WORD.findall(sentence.lower())
        if sentence.isascii() or _UNSPACED.search(sentence) is None:
            return tuple(found)
        return tuple(pair for word in found for pair in _pairs(word))

    def stems(self, words: Iterable[str]) -> set[str]:
        """The stems of those words that carry meaning, each once."""
        stems = set(map(self._meanings.__getitem__, words))
        stems.discard("")
        return stems

    def _find_meaning(self, word: str) -> str:
        """The word's stem; empty for a stop word."""
        return "" if self._is_stop_word(word) else self.stem(word)

    def _is_stop_word(self, word: str) -> bool:
        if self.stop_words:
            return word in self.stop_words
        return len(word) <= _SHORT_WORD and word.isalpha() and _UNSPACED.match(word) is None


class _Meanings(dict[str, str]):
    """Each word's meaning, found once; a dict answers twice as fast as lru_cache, and is asked a lot."""

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = meaning = self._find(word)
        return meaning


@lru_cache(maxsize=16)
def vocabulary_of(language: str | None) -> Vocabulary:
    """The Vocabulary of an ISO 639-1 code; English for None. Kept, so that each stem is found only once."""
    return Vocabulary(language)


def _pairs(word: str) -> list[str]:
    if _UNSPACED.match(word) is None or len(word) == 1:
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _stemmer(name: str | None) -> Callable[[str], str]:
    """Return Snowball's stemmer, else sumy's, else the function that takes a word's first letters.

    Snowball is 20 times as fast as NLTK, which sumy would use, and knows Polish too.
    """
    stemmer = snowball(name)
    if stemmer is not None:
        return stemmer
    try:
        of_sumy: Callable[[str], str] = SumyStemmer(name)
        of_sumy("trial")  # Greek looks for its library only now
    except (LookupError, ValueError):
        return first_letters
    return of_sumy


def _stop_words(name: str | None) -> frozenset[str]:
    try:
        words: frozenset[str] = get_stop_words(name) if name else frozenset()
    except LookupError:
        return frozenset()
    return words
