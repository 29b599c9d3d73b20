"""Visibility: remove from a page what its readers do not see as its text, before it is read.

That is hidden text, and two things that are often longer than the story: readers' comments, and the layers
that ask for consent to cookies.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from functools import cache, lru_cache
from itertools import takewhile

from lxml import etree, html

from bot.articles.page.paragraphs import LONGEST_CLASS, letters_within
from bot.language.rule_tables import pattern, table

_SMALL_PART = 0.5  # share of the page's text; scripts often show a larger hidden part: it is the story
_SCRIPTS = frozenset({"script", "style", "title"})  # their texts stand nowhere on the page
_NEVER = frozenset({"html", "body", "main", "article"})  # their classes describe the page


def visible(page: html.HtmlElement) -> html.HtmlElement:
    """Return a copy of the page without hidden elements, comments and consent layers.

    What it shows without JavaScript is visible if it is most of the text: the rest is made by scripts.
    """
    copy = deepcopy(page)
    alive = list(copy.iter("*"))  # lxml would make the Python object of an element again for each walk
    hidden = {each for each in alive if _is_hidden(each)}
    fallbacks = [each for each in alive if each.tag == "noscript"]
    letters = letters_within(copy, _SCRIPTS) if hidden or fallbacks else {}
    for each in fallbacks:
        if letters[each] > _SMALL_PART * letters[copy]:
            each.tag = "div"
    headed = _around(copy.iter("h1", "main"))

    def is_unseen(element: html.HtmlElement) -> bool:
        if element.tag in _NEVER or element is copy:
            return False
        if element.tag == "noframes":  # every browser has frames
            return True
        if element in hidden and letters[element] < _SMALL_PART * letters[copy]:
            return True
        return _is_foreign(element) and element not in headed

    _drop_runs(list(_outermost(copy, is_unseen)))
    return copy


def _is_hidden(element: html.HtmlElement) -> bool:
    """Return whether an attribute or usual class hides the element on every screen."""
    names, style = element.get("class"), element.get("style")
    return (
        (names is not None and _hides(names))
        or (style is not None and _pattern("styles").search(style) is not None)
        or element.get("hidden") is not None
    )


def _is_foreign(element: html.HtmlElement) -> bool:
    """Return whether the element's class or id says that it holds comments or asks for consent."""
    return any(names and _names_foreign(names) for names in (element.get("class"), element.get("id")))


def _around(elements: Iterable[html.HtmlElement]) -> set[html.HtmlElement]:
    """Return these elements and all elements around them."""
    around: set[html.HtmlElement] = set()
    for element in elements:
        each: html.HtmlElement | None = element
        while each is not None and each not in around:
            around.add(each)
            each = each.getparent()
    return around


def _outermost(
    top: html.HtmlElement, wanted: Callable[[html.HtmlElement], bool]
) -> Iterator[html.HtmlElement]:
    """Yield the wanted elements in order, but none inside another."""
    walk = etree.iterwalk(top, events=("start",))
    for _, element in walk:
        if wanted(element):
            walk.skip_subtree()
            yield element


def _drop_runs(elements: Sequence[html.HtmlElement]) -> None:
    """Remove elements; the text behind them stays.

    Those right beside each other are removed together, because each text that is appended to another takes
    time in proportion to both.
    """
    out = set(elements)
    for first in elements:
        before, parent = first.getprevious(), first.getparent()
        if parent is None or before in out:  # removed already
            continue
        run = [first, *takewhile(out.__contains__, first.itersiblings())]
        text = "".join(each.tail or "" for each in run)
        for each in run:
            each.tail = None
            parent.remove(each)
        if before is None:
            parent.text = (parent.text or "") + text
        else:
            before.tail = (before.tail or "") + text


@lru_cache(maxsize=4096)  # a page repeats its classes a hundred times
def _hides(names: str) -> bool:
    """Return whether these classes hide an element on every screen."""
    names = names[:LONGEST_CLASS]
    return _pattern("classes").search(names) is not None and not _pattern("shown_on_some").search(names)


@lru_cache(maxsize=4096)
def _names_foreign(names: str) -> bool:
    return any(_pattern(kind).search(names[:LONGEST_CLASS]) for kind in ("comments", "consent"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    rows = table("page")["hidden"]
    return pattern(rows[name], {})
