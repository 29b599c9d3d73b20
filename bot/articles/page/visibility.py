"""Visibility: remove from a page what its readers do not see as its text, before it is read.

That is hidden text, and two things that are often longer than the story: readers' comments, and the layers
that ask for consent to cookies.
"""

import re
from copy import deepcopy
from functools import cache, lru_cache

from lxml import html

from bot.language.rule_tables import pattern, table

_SMALL_PART = 0.5  # share of the page's text; scripts often show a larger hidden part: it is the story
_LONGEST_CLASS = 400  # characters of class and id that are searched
_NEVER = frozenset({"html", "body", "main", "article"})  # their classes speak of the page


def visible(page: html.HtmlElement) -> html.HtmlElement:
    """Return a copy of the page without hidden elements, comments and consent layers."""
    copy = deepcopy(page)
    hidden, foreign = [], []
    for element in copy.iter("*"):
        names, identity, style = element.get("class"), element.get("id"), element.get("style")
        if (names and _is_foreign(names)) or (identity and _is_foreign(identity)):
            foreign.append(element)
        elif (
            (names and _hides(names))
            or (style and _pattern("styles").search(style))
            or element.get("hidden") is not None
        ):
            hidden.append(element)
    whole = _letters(copy) if hidden else 0
    out = [element for element in hidden if _letters(element) < _SMALL_PART * whole]
    out += [element for element in foreign if next(element.iter("h1", "main"), None) is None]
    for element in out:
        if element.tag not in _NEVER and element.getparent() is not None:
            element.drop_tree()
    return copy


def _letters(element: html.HtmlElement) -> int:
    return sum(len(text) for text in element.itertext() if not text.isspace())


@lru_cache(maxsize=4096)  # a page repeats its classes a hundred times
def _hides(names: str) -> bool:
    """Return whether these classes hide an element on every screen."""
    names = names[:_LONGEST_CLASS]
    return _pattern("classes").search(names) is not None and not _pattern("shown_on_some").search(names)


@lru_cache(maxsize=4096)
def _is_foreign(names: str) -> bool:
    """Return whether these classes, or this id, say that an element holds comments or asks for consent."""
    return any(_pattern(kind).search(names[:_LONGEST_CLASS]) for kind in ("comments", "consent"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    rows = table("page")["hidden"]
    return pattern(rows[name], rows)
