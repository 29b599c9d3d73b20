"""Language detection, offline, with py3langid."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.language.lexicon import plain_code

# The languages to choose from: those of Telegram's interface and of the news texts in our measurements. Of
# the 140 that py3langid knows, small ones (Crimean Tatar, Walloon, Pidgin …) win too often on short texts.
LANGUAGES = """
am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko
ky lt lv mk ml mn mr ms my ne nl nn no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh
"""

_ENOUGH = 2000  # characters; a longer sample takes more time and changes no result
_LEAST_LETTERS = 4
_LEAST_CONFIDENCE = 0.35
_LETTER = re.compile(r"[^\W\d_]")


def detect(text: str) -> str | None:
    """Return the text's language as an ISO 639-1 code; None if the text is too short or too mixed."""
    start = text[:_ENOUGH]
    if sum(1 for _ in _LETTER.finditer(start)) < _LEAST_LETTERS:
        return None
    shares: dict[str, float] = {}
    for code, share in _identifier().rank(start):
        plain = plain_code(code) or code
        shares[plain] = shares.get(plain, 0.0) + share
    language, share = max(shares.items(), key=lambda pair: pair[1])
    return language if share >= _LEAST_CONFIDENCE else None


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """Load the model, which takes a second and 60 MB: only worker processes call this."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES.split())
    return identifier
