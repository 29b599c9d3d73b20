"""Find the language that a person names: by its code ("uk", "en-GB") or its name ("Ukrainian", "Deutsch")."""

import re
from functools import cache

from babel import Locale

from bot import i18n
from bot.subscribers.places.cities import folded

MISTAKEN_CODES = {"ua": "uk"}  # a country's code, taken for that of its language
_CODE = re.compile("[a-z]{2,3}")


def parse(text: str) -> str | None:
    """Return the code of the language; None if no language has this code or name."""
    code = text.strip().lower().replace("_", "-").partition("-")[0]
    code = MISTAKEN_CODES.get(code, code)
    return code if code in _codes() else _by_name().get(folded(text))


@cache
def _codes() -> frozenset[str]:
    return frozenset(_by_name().values())


@cache
def _by_name() -> dict[str, str]:
    """Return the codes of languages by their folded names in each language of the bot (CLDR)."""
    return {
        folded(name): code
        for language in i18n.languages()
        for code, name in Locale.parse(language).languages.items()
        if _CODE.fullmatch(code)
    }
