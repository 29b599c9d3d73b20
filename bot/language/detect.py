"""Which language a text is in, told offline by py3langid."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.language.lexicon import plain_code

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# py3langid knows 140; the small ones (Crimean Tatar, Walloon, Pidgin …) win against big ones on short texts.
# These are the languages of Telegram's interface and of the news that was measured.
LANGUAGES = """
am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko
ky lt lv mk ml mn mr ms my ne nl nn no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh
"""

_ENOUGH = 2000  # characters; more changes no answer and costs time
_LEAST_LETTERS = 4
_LEAST_CONFIDENCE = 0.35
_LETTER = re.compile(r"[^\W\d_]")


def detect(text: str) -> str | None:
    """The text's language as an ISO 639-1 code; None where it is too short or too mixed to say."""
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
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - a second and 60 MB, workers only

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES.split())
    return identifier
