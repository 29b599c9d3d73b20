"""Words as sumy's summarizers count them: split, stemmed, and freed of stop words, for any language."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import Stemmer
from sumy.nlp.stemmers import Stemmer as SumyStemmer
from sumy.utils import get_stop_words

from bot.language import sentences

# sumy's names of the languages for which it (or NLTK under it) has a stemmer or stop words.
_NAMES = {
    "ar": "arabic", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "he": "hebrew", "hu": "hungarian", "it": "italian",
    "ja": "japanese", "ko": "korean", "nb": "norwegian", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sk": "slovak", "sv": "swedish",
    "th": "thai", "uk": "ukrainian", "zh": "chinese",
}  # fmt: skip

# A run of letters or digits, with inner apostrophes, hyphens and decimal marks: it's, Jean-Luc, 1.2.
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
# Scripts written without spaces: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_SHORT_WORD = 3
_STEM_LETTERS = 5
_REMEMBERED = 100_000  # words of one language; about 20 MB when full


class Vocabulary:
    """One language's words; it is the tokenizer object that sumy asks for sentences and words.

    A language without a list of stop words takes words of up to three letters for such: with an alphabet,
    most of them are.
    """

    def __init__(self, language: str | None) -> None:
        self.language = language
        name = _NAMES.get(language or "en")
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
    """Snowball's stemmer, else sumy's, else a word's first letters.

    Snowball in C takes 1 µs a word, a twentieth of NLTK's, which sumy would use, and knows Polish too. Five
    letters find related words nearly as well as a stemmer in languages that inflect much (McNamee & Mayfield
    2004, "Character n-gram tokenization for European language text retrieval").
    """
    if name in Stemmer.algorithms():
        snowball: Callable[[str], str] = Stemmer.Stemmer(name, 0).stemWord
        return snowball
    try:
        stemmer: Callable[[str], str] = SumyStemmer(name)
        stemmer("trial")  # Greek looks for its library only now
    except (LookupError, ValueError):
        return _first_letters
    return stemmer


def _first_letters(word: str) -> str:
    return word[:_STEM_LETTERS]


def _stop_words(name: str | None) -> frozenset[str]:
    try:
        words: frozenset[str] = get_stop_words(name) if name else frozenset()
    except LookupError:
        return frozenset()
    return words
