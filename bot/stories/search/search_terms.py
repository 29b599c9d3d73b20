"""Search terms: split a text in any language into the lower-case, stemmed words that /search compares."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from bot.language.stemming import ENGLISH_NAMES, first_letters, snowball
from storage.engine.fulltext import Term
from storage.stories.search import IndexEntry

_BODY = 50_000  # characters that are indexed: eight thousand words; PostgreSQL indexes at most 1 MB of a text
_HEADLINE = 1_000  # characters that are indexed
_LONGEST = 48  # characters of a word; the rest is cut off
_LEAST_BEGINNING = 4  # letters from which on a word also finds longer ones: "cat" does not mean "category"
_CORRECTED = range(4, 25)  # letters of a word that a typing error can be corrected to

# Scripts without spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese), and Hangul, whose words
# include their particles. In them, pairs of characters are indexed instead of words.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
# Signs that belong to the letter before them: accents, Hebrew and Arabic points, the vowel signs of India.
_SIGNS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff"
_LETTER = rf"[^\W_\u02b0-\u02ff{_UNSPACED}]"
_WORD = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|{_LETTER}+(?:[{_SIGNS}]+{_LETTER}*)*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_INNER_APOSTROPHE = re.compile(
    r"(?<=[\u0400-\u052f])['’ʼ`](?=[\u0400-\u052f])"
)  # Ukrainian: сім'я is one word
_INVISIBLE = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF]
)  # soft hyphens, joiners, directions
_KEPT_CLASSES = {0, 7, 9}  # Unicode combining classes: letters, and the nukta and virama of India


def words(text: str) -> list[str]:
    """Return the words of a text in lower case: runs of letters or digits.

    Single letters are left out, because they say nothing; single digits and Chinese characters are words.
    """
    return [
        match[0][:_LONGEST]
        for match in _found_words(text)
        if len(match[0]) > 1 or match["unspaced"] or match[0].isdigit()
    ]


def every_word(text: str) -> list[str]:
    """Return the words of a text as `words` does, single letters too; a run of an unspaced script is one."""
    return [match[0][:_LONGEST] for match in _found_words(text)]


def is_unspaced(word: str) -> bool:
    """Return whether the word is of a script without spaces between words."""
    return _IS_UNSPACED.match(word) is not None


def _found_words(text: str) -> Iterator[re.Match[str]]:
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).lower()
    return _WORD.finditer(_INNER_APOSTROPHE.sub("", plain))


def terms_of(word: str, languages: Iterable[str]) -> list[Term]:
    """Return the index terms that find `word` in Stories of these languages; a Story must have them all.

    For most words it is one term: the word, its stem in any of the languages, or a longer word that begins
    with it. In a script without spaces there is one term for each pair of characters.
    """
    if _IS_UNSPACED.match(word):
        pairs = [word[at : at + 2] for at in range(len(word) - 1)]
        return [Term((pair,)) for pair in pairs] or [Term((), beginning=word)]
    plain = without_accents(word)
    forms = {plain: None} | dict.fromkeys(_stem(word, language) for language in sorted(set(languages)))
    beginning = plain if len(plain) >= _LEAST_BEGINNING and not plain.isdigit() else None
    return [Term(tuple(forms), beginning)]


def index_entry(headline: str, body: str, language: str) -> IndexEntry:
    """Return what the index stores of a Story."""
    of_headline, of_body = words(headline[:_HEADLINE]), words(body[:_BODY])
    spelling = {without_accents(word) for word in {*of_headline, *of_body} if can_be_corrected(word)}
    return IndexEntry(
        language, _with_stems(of_headline, language), _with_stems(of_body, language), frozenset(spelling)
    )


def can_be_corrected(word: str) -> bool:
    """Return whether the word consists of letters and is long enough to tell a typing error in it."""
    return len(word) in _CORRECTED and word.isalpha() and not _IS_UNSPACED.match(word)


def without_accents(word: str) -> str:
    """Return the word without accents, because a reader may lack the keys for them."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    kept = "".join(part for part in parts if unicodedata.combining(part) in _KEPT_CLASSES)
    return unicodedata.normalize("NFC", kept)


def _with_stems(found: Sequence[str], language: str) -> list[str]:
    """Return each word, followed by its stem if that differs; pairs of letters in unspaced scripts."""
    indexed: list[str] = []
    for word in found:
        if _IS_UNSPACED.match(word):
            indexed += [word[at : at + 2] for at in range(len(word))]
            continue
        plain, stem = without_accents(word), _stem(word, language)
        indexed += [plain] if plain == stem else [plain, stem]
    return indexed


def _stem(word: str, language: str) -> str:
    """Return the stem by Snowball's rules; the first letters in other languages, such as Ukrainian."""
    stemmer = _stemmer(language)
    return first_letters(without_accents(word)) if stemmer is None else without_accents(stemmer(word))


@lru_cache(maxsize=32)
def _stemmer(language: str) -> Callable[[str], str] | None:
    return snowball(ENGLISH_NAMES.get(language))
