"""The fields of an Appeal that editors write: what each may hold."""

import re
from enum import StrEnum

from babel import Locale

from bot.appeals import registries
from bot.articles.page.blocks import fold
from bot.errors import InvalidInputError
from bot.i18n import mark

LONGEST_PURPOSE = 600  # characters, as many as a help card shows
LONGEST_ORGANISATION = 200
LONGEST_REGISTRATION = 60


class AppealField(StrEnum):
    """What an editor may change of an Appeal; the values are the names of its columns."""

    URL = "url"
    ORGANISATION = "organisation"
    PURPOSE = "purpose"
    LANGUAGE = "language"
    REGISTRATION = "registration"


_TOO_LONG = {
    AppealField.ORGANISATION: (
        LONGEST_ORGANISATION,
        mark("The name of an organisation has at most {limit} characters."),
    ),
    AppealField.PURPOSE: (LONGEST_PURPOSE, mark("A purpose has at most {limit} characters.")),
    AppealField.REGISTRATION: (
        LONGEST_REGISTRATION,
        mark("A registration number has at most {limit} characters."),
    ),
}


def checked_words(field: AppealField, text: str) -> str:
    """Return the words for a field, made one line. Raises InvalidInputError if it cannot hold them."""
    words = fold(text)
    if field is AppealField.LANGUAGE:
        return _language(words)
    if field is AppealField.ORGANISATION and not words:
        raise InvalidInputError(mark("An appeal needs the name of its organisation."))
    limit, sentence = _TOO_LONG[field]
    if len(words) > limit:
        raise InvalidInputError(sentence, limit=limit)
    return _registration(words) if field is AppealField.REGISTRATION and words else words


def _registration(words: str) -> str:
    """Return a registry number in its usual form, behind the name of its register where we know that."""
    found = registries.read(words)
    return f"{found.register} {found.number}".strip()


def _language(code: str) -> str:
    """Return the ISO 639 code in lower case; "" where nobody says a language."""
    language = code.lower()
    if language and not (re.fullmatch(r"[a-z]{2,3}", language) and language in Locale("en").languages):
        raise InvalidInputError(
            mark("{code} is not a language code: give two or three letters, such as en or uk."),
            code=code[:20],
        )
    return language
