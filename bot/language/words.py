"""Words for sumy's summarizers in any language: tokenization, stemming and stop words."""

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
_SHORT_WORD = 3  # letters
_REMEMBERED = 100_000  # words of one language; about 20 MB when full


class Vocabulary:
    """The words of one language; sumy uses it as its tokenizer.

    For a language without a list of stop words, words of up to three letters count as stop words: in an
    alphabet most of them are.
    """

    def __init__(self, language: str | None) -> None:
        self.language = language
        code = language or "en"
        name = ENGLISH_NAMES[code] if code in _NAMED else None
        self.stem = _stemmer(name)
        self.stop_words = _stop_words(name)
        self._stems = _StemCache(self._stem_or_nothing)

    def to_sentences(self, paragraph: str) -> tuple[str, ...]:
        return tuple(sentences.split(paragraph, self.language))

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """Return the sentence's words in lower case; pairs of characters in a script without spaces."""
        found: list[str] = _WORD.findall(sentence.lower())
        if sentence.isascii() or _UNSPACED.search(sentence) is None:
            return tuple(found)
        return tuple(pair for word in found for pair in _pairs(word))

    def stems(self, words: Iterable[str]) -> set[str]:
        """Return the distinct stems of the words that are not stop words."""
        stems = set(map(self._stems.__getitem__, words))
        stems.discard("")
        return stems

    def _stem_or_nothing(self, word: str) -> str:
        """Return the word's stem; "" for a stop word."""
        return "" if self._is_stop_word(word) else self.stem(word)

    def _is_stop_word(self, word: str) -> bool:
        if self.stop_words:
            return word in self.stop_words
        return len(word) <= _SHORT_WORD and word.isalpha() and _UNSPACED.match(word) is None


class _StemCache(dict[str, str]):
    """A cache of stems. It is called very often, and a dict is twice as fast as lru_cache."""

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = stem = self._find(word)
        return stem


@lru_cache(maxsize=16)
def vocabulary_of(language: str | None) -> Vocabulary:
    """Return the Vocabulary of an ISO 639-1 code (English for None), made once to share its stems."""
    return Vocabulary(language)


def _pairs(word: str) -> list[str]:
    if _UNSPACED.match(word) is None or len(word) == 1:
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _stemmer(name: str | None) -> Callable[[str], str]:
    """Return Snowball's stemmer, else sumy's, else one that takes a word's first letters.

    Snowball in C takes 1 µs a word, a twentieth of the time of NLTK's stemmer, which sumy would use; and it
    has Polish.
    """
    stemmer = snowball(name)
    if stemmer is not None:
        return stemmer
    try:
        of_sumy: Callable[[str], str] = SumyStemmer(name)
        of_sumy("trial")  # sumy loads the library for Greek only at the first call
    except (LookupError, ValueError):
        return first_letters
    return of_sumy


def _stop_words(name: str | None) -> frozenset[str]:
    try:
        words: frozenset[str] = get_stop_words(name) if name else frozenset()
    except LookupError:
        return frozenset()
    return words
