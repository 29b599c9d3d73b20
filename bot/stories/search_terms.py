"""Words as /search compares them: split, freed of case and accents, and stemmed; in any language."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import Stemmer

from storage.engine.fulltext import Term
from storage.stories.search import IndexEntry

_SEARCHED = 50_000  # characters of a body: eight thousand words; PostgreSQL indexes at most 1 MB of a text
_SEARCHED_HEADLINE = 1_000  # the same of a headline
_LONGEST = 48  # characters of a word; what is longer is no word
_STEM_LETTERS = 5
_LEAST_BEGINNING = 4  # letters that may stand for all words that begin so: "cat" does not mean "category"
_SPELLED = range(4, 25)  # letters of a word that a typing error can be corrected by

# Scripts without spaces between words, and Hangul, whose words carry their particles: Thai, Lao, Burmese,
# Khmer, Japanese, Chinese, Korean. Pairs of characters find words in them.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
# Signs that belong to the letter before: accents, Hebrew and Arabic points, the vowel signs of India.
_SIGNS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff"
_LETTER = rf"[^\W_\u02b0-\u02ff{_UNSPACED}]"
_WORD = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|{_LETTER}+(?:[{_SIGNS}]+{_LETTER}*)*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_INNER_APOSTROPHE = re.compile(
    r"(?<=[\u0400-\u052f])['’ʼ`](?=[\u0400-\u052f])"
)  # Ukrainian: сім'я is one word
_UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])  # soft hyphens, joiners, directions
_JOINS = {0, 7, 9}  # combining classes of what makes another letter: India's nukta and virama

# Snowball's names; Norwegian's two written forms share one.
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip


def words(text: str) -> list[str]:
    """The words of a text that can be searched, in lower case: runs of letters or digits.

    A single letter says nothing and is left out; a digit or a Chinese character stays.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).lower()
    plain = _INNER_APOSTROPHE.sub("", plain)
    found = _WORD.finditer(plain)
    return [
        match[0][:_LONGEST] for match in found if len(match[0]) > 1 or match["unspaced"] or match[0].isdigit()
    ]


def sought(word: str, languages: Iterable[str]) -> list[Term]:
    """What to look for to find `word` in Stories of these languages: as it stands, stemmed, or begun so."""
    if _IS_UNSPACED.match(word):
        pairs = [word[place : place + 2] for place in range(len(word) - 1)]
        return [Term((pair,)) for pair in pairs] or [Term((), beginning=word)]
    plain = folded(word)
    forms = {plain: None} | dict.fromkeys(_stem(word, language) for language in sorted(set(languages)))
    beginning = plain if len(plain) >= _LEAST_BEGINNING and not plain.isdigit() else None
    return [Term(tuple(forms), beginning)]


def entry(headline: str, body: str, language: str) -> IndexEntry:
    """What the index keeps of a Story."""
    of_headline, of_body = words(headline[:_SEARCHED_HEADLINE]), words(body[:_SEARCHED])
    spelling = {folded(word) for word in {*of_headline, *of_body} if can_be_corrected(word)}
    return IndexEntry(
        language, _indexed(of_headline, language), _indexed(of_body, language), frozenset(spelling)
    )


def can_be_corrected(word: str) -> bool:
    """Is it long enough to tell a typing error from another word, and of letters only?"""
    return len(word) in _SPELLED and word.isalpha() and not _IS_UNSPACED.match(word)


def folded(word: str) -> str:
    """The word without its accents: a reader may lack the keys for them."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    kept = "".join(part for part in parts if unicodedata.combining(part) in _JOINS)
    return unicodedata.normalize("NFC", kept)


def _indexed(found: Sequence[str], language: str) -> list[str]:
    """Each word as it stands and, where that is another, its stem; pairs of characters without spaces."""
    kept: list[str] = []
    for word in found:
        if _IS_UNSPACED.match(word):
            kept += [word[place : place + 2] for place in range(len(word))]
            continue
        plain, stem = folded(word), _stem(word, language)
        kept += [plain] if plain == stem else [plain, stem]
    return kept


def _stem(word: str, language: str) -> str:
    """By Snowball's rules; a word's first letters where it has none for the language, Ukrainian for one.

    Five letters find related words nearly as well in languages that inflect much (McNamee & Mayfield 2004,
    "Character n-gram tokenization for European language text retrieval").
    """
    stemmer = _stemmer(language)
    if stemmer is None:
        return folded(word)[:_STEM_LETTERS]
    stem: str = stemmer.stemWord(word)
    return folded(stem)


@lru_cache(maxsize=32)
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _SNOWBALL.get(language)
    return Stemmer.Stemmer(name, 0) if name in Stemmer.algorithms() else None
