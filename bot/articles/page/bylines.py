"""Bylines: the persons who wrote a story, without what sites put in their place.

That is the site's own name, an address, a date, or the word for an editor.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from babel import Locale

from bot.articles.page.blocks import fold, plain, without_by
from bot.articles.page.json_values import listed, text_of
from bot.i18n import languages

_LONGEST = 200  # characters of a byline
_AUTHORS = ("author", "article:author", "byl", "dc.creator", "parsely-author", "sailthru.author")
_ABBREVIATED = re.compile(r"\s+\([a-z.]{2,5}\)$")  # "Ann Roe (aro)", as German newspapers sign
_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)
_NOBODY = frozenset(
    [
        *("admin", "administrator", "root", "user", "webmaster", "author", "editor", "editors", "staff"),
        *("newsroom", "unknown", "none", "null", "redaktion", "redakcja", "redacción", "rédaction"),
        *("редакція", "редактор", "адмін", "адміністратор"),
    ]
)


AuthorsAndDay = Callable[[], tuple[list[str], str]]
"""Returns the authors and the day of publication that a page's markup shows."""


def byline(
    known: Mapping[str, str], story: Mapping[str, Any], sites: Collection[str], in_markup: AuthorsAndDay
) -> str | None:
    """Return the authors' names, joined by commas; None if the page names nobody.

    An organisation is an author only where JSON-LD says so and no person is named.

    `known` are its <meta> tags, `story` its JSON-LD, `sites` the names of the site, as `plain` makes them;
    `in_markup` is only called if these name no person.
    """
    claims = [[text_of(author) for author in _flat(story.get("author"))]]
    claims += [[known.get(name, "")] for name in _AUTHORS]
    found = next(filter(None, (_joined(claim, sites) for claim in claims)), None)
    return found or _joined(in_markup()[0], sites) or _joined(claims[0], ())


def _flat(value: Any) -> Iterator[Any]:
    """Yield the items of a list, and the items of the lists in it."""
    for item in listed(value):
        yield from listed(item)


def _joined(names: Iterable[str], sites: Collection[str]) -> str | None:
    persons = (person for name in names for person in _persons(name, sites))
    line = ", ".join(dict.fromkeys(persons))
    return line if line and len(line) <= _LONGEST else None


def _persons(text: str, sites: Collection[str]) -> Iterator[str]:
    """Yield the names in a text such as "By Ann Roe, Ben Doe (bdo)"."""
    for part in without_by(fold(text)).split(", "):
        words = " ".join(word for word in part.split() if not _is_mail(word))
        name = _ABBREVIATED.sub("", words).strip(" -–—|,;:/")
        if name and not _is_nobody(name, sites):
            yield name


def _is_mail(word: str) -> bool:
    """Return whether a word is a mail address, perhaps in brackets."""
    name, _, host = word.partition("@")
    return bool(name) and "." in host[1:-1]


def _is_nobody(name: str, sites: Collection[str]) -> bool:
    """Return whether this is no person: the site, an address, a date or the word for an editor."""
    words = name.casefold().split()
    if plain(name) in sites or _ADDRESS.search(name) or not any(map(str.isalpha, name)):
        return True
    return all(
        word.strip(".,") in _NOBODY or word.strip(".,").isdigit() or word.strip(".,") in _calendar()
        for word in words
    )


@cache
def _calendar() -> frozenset[str]:
    """Return the names of months and days of the week in Comeback's languages."""
    locales = map(Locale.parse, languages())
    fields = (
        names
        for locale in locales
        for calendar in (locale.months, locale.days)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for names in calendar[context][width].values()
    )
    return frozenset(name.casefold().strip(".") for name in fields)
