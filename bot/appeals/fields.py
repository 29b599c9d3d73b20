"""The fields of an Appeal that editors write: what each may hold."""

import re
from collections.abc import Mapping
from enum import StrEnum

from babel import Locale
from yarl import URL

from bot.appeals import registries
from bot.articles.page.blocks import fold
from bot.errors import InvalidInputError
from bot.i18n import mark

LONGEST_PURPOSE = 600  # characters, as many as a help card shows
LONGEST_ORGANISATION = 200
LONGEST_REGISTRATION = 60
LONGEST_LINK = 2000  # every browser accepts so many

_HTTPS_PORT = 443
# Labels of 1 to 63 letters, digits and inner hyphens, 253 characters in all (RFC 1035); the last one begins
# with a letter, so that no IP address fits.
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class AppealField(StrEnum):
    """What an editor may change of an Appeal; the values are the names of its columns."""

    URL = "url"
    ORGANISATION = "organisation"
    PURPOSE = "purpose"
    LANGUAGE = "language"
    REGISTRATION = "registration"


FIELDS: Mapping[AppealField, str] = {
    AppealField.URL: mark("Link"),
    AppealField.ORGANISATION: mark("Organisation"),
    AppealField.PURPOSE: mark("Purpose"),
    AppealField.LANGUAGE: mark("Language of the page"),
    AppealField.REGISTRATION: mark("Registration number"),
}
"""What editors call each."""


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


def checked(field: AppealField, text: str) -> str:
    """Return what is stored for a field of an Appeal. Raises InvalidInputError if it cannot hold `text`."""
    return checked_link(text) if field is AppealField.URL else _checked_words(field, text)


def checked_link(address: str) -> str:
    """Return an address in the form in which it may be a help link: https, a public host name, no password.

    A host name with other than ASCII letters is returned in its ASCII form (xn--…), so that it cannot pass
    for a name that looks the same. Raises InvalidInputError for any other address.
    """
    refusal = InvalidInputError(
        mark("“{address}” cannot be a help link: give a full address, such as https://example.org/help"),
        address=address.strip()[:200],
    )
    try:
        url = URL(address.strip())
    except ValueError as error:
        raise refusal from error
    host = url.raw_host or ""
    if (
        url.scheme != "https"
        or not _HOST.fullmatch(host)
        or url.user
        or url.password
        or url.port != _HTTPS_PORT
    ):
        raise refusal
    if len(str(url)) > LONGEST_LINK or re.search(r"\s", address.strip()):
        raise refusal
    return str(url)


def _checked_words(field: AppealField, text: str) -> str:
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
