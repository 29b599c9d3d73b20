"""Language detection, offline, with py3langid."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.language.lexicon import plain_code

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# The languages to choose from: those of Telegram's interface and of the news texts in our measurements. Of
# the 140 that py3langid knows, small ones (Crimean Tatar, Walloon, Pidgin …) win too often on short texts.
LANGUAGES = """
am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko
ky lt lv mk ml mn mr ms my ne nl nn no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh
"""

_ENOUGH = 2000  # characters; a longer sample takes more time and changes no result
_LEAST_LETTERS = 4
_LEAST_CONFIDENCE = 0.35
# Codes of countries that sites give instead of the language.
_COUNTRIES = {
    "ua": "uk",
    "cz": "cs",
    "gr": "el",
    "jp": "ja",
    "kr": "ko",
    "cn": "zh",
    "dk": "da",
    "by": "be",
    "rs": "sr",
}
_SURE_FROM = 1000  # characters of it that are looked at
_SURE_LETTERS = 100  # a shorter text may be a quotation
_SURE = 0.95  # share of the text's language; a claim that differs is then wrong
_UNLIKELY = 0.01  # share of the claimed language; related ones (Norwegian and Danish) have more
_LETTER = re.compile(r"[^\W\d_]")


def detect(text: str) -> str | None:
    """Return the text's language as an ISO 639-1 code; None if the text is too short or too mixed."""
    start = text[:_ENOUGH]
    if _letters(start) < _LEAST_LETTERS:
        return None
    language, share = next(iter(_shares(start).items()))
    return language if share >= _LEAST_CONFIDENCE else None


def checked(claim: str | None, text: str) -> str | None:
    """Return the language that a text claims to be in, or the one that it is clearly in instead.

    Many sites say "en" whatever they write in, since their program did at first. None if nothing is claimed.
    """
    claimed = plain_code(claim)
    if claimed is None:
        return None
    claimed = _COUNTRIES.get(claimed, claimed)
    start = text[:_SURE_FROM]
    if _letters(start) < _SURE_LETTERS:
        return claimed
    shares = _shares(start)
    language, share = next(iter(shares.items()))
    return language if share >= _SURE and shares.get(claimed, 0.0) < _UNLIKELY else claimed


def _letters(text: str) -> int:
    return sum(1 for _ in _LETTER.finditer(text))


def _shares(text: str) -> dict[str, float]:
    """Return the likelihood of each language, 0 to 1, the likeliest first."""
    shares: dict[str, float] = {}
    for code, share in _identifier().rank(text):
        plain = plain_code(code) or code
        shares[plain] = shares.get(plain, 0.0) + float(share)
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    """Load the model, which takes a second and 60 MB: only worker processes call this."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # loads numpy

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES.split())
    return identifier
