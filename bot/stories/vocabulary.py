"""Words as sumy's summarizers count them: split, stemmed, and freed of stop words, for any language."""

import re
from collections.abc import Callable
from functools import lru_cache

from sumy.nlp.stemmers import Stemmer, null_stemmer
from sumy.utils import get_stop_words

from bot.stories import sentences

# sumy's names of the languages for which it (or NLTK under it) has a stemmer or stop words.
_NAMES = {
    "ar": "arabic", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "he": "hebrew", "hu": "hungarian", "it": "italian",
    "ja": "japanese", "ko": "korean", "nb": "norwegian", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sk": "slovak", "sv": "swedish",
    "th": "thai", "uk": "ukrainian", "zh": "chinese",
}  # fmt: skip

# A letter or digit run, with inner apostrophes, hyphens and decimal marks: it's, Jean-Luc, 1.2.
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
# Scripts written without spaces: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")


class Vocabulary:
    """One language's words; it is the tokenizer object that sumy asks for sentences and words.

    A language that sumy does not know keeps its words as they are, in lower case, and takes words of up to
    three letters for stop words: in every language with an alphabet most of them are.
    """

    def __init__(self, language: str | None) -> None:
        self.language = language
        name = _NAMES.get(language or "en")
        self.stem: Callable[[str], str] = lru_cache(maxsize=50_000)(_stemmer(name))
        self.stop_words = _stop_words(name)

    def to_sentences(self, paragraph: str) -> tuple[str, ...]:
        return tuple(sentences.split(paragraph, self.language))

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """The sentence's words in lower case; pairs of characters where the script has no spaces."""
        found: list[str] = _WORD.findall(sentence.lower())
        if _UNSPACED.search(sentence) is None:
            return tuple(found)
        return tuple(part for word in found for part in _pairs(word))

    def is_stop_word(self, word: str) -> bool:
        if self.stop_words:
            return word in self.stop_words
        return len(word) <= 3 and word.isalpha() and not _UNSPACED.match(word)

    def content(self, words: tuple[str, ...]) -> frozenset[str]:
        """The stems of those words that carry meaning."""
        stem, is_stop_word = self.stem, self.is_stop_word
        return frozenset(stem(word) for word in words if not is_stop_word(word))


@lru_cache(maxsize=16)
def vocabulary_of(language: str | None) -> Vocabulary:
    """The Vocabulary of an ISO 639-1 code; English for None. Kept, so that stems are found only once."""
    return Vocabulary(language)


def _pairs(word: str) -> list[str]:
    if not _UNSPACED.match(word) or len(word) <= 2:
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _stemmer(name: str | None) -> Callable[[str], str]:
    if name is None:
        return null_stemmer  # type: ignore[no-any-return] # sumy ships no types
    try:
        return Stemmer(name)  # type: ignore[no-any-return] # same
    except LookupError:
        return null_stemmer  # type: ignore[no-any-return] # same


def _stop_words(name: str | None) -> frozenset[str]:
    if name is None:
        return frozenset()
    try:
        return get_stop_words(name)  # type: ignore[no-any-return] # sumy ships no types
    except LookupError:
        return frozenset()
