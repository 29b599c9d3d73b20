"""Obstacles: say why a page shows no story (paywall, consent dialog, login, video, list of stories …).

A long body counts as a story, whatever else the page says. Only if little or nothing was extracted, the page
is searched for the reason, so that a subscription box beside a real story does not refuse it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Any
from urllib.parse import urldefrag

from lxml import etree, html

from bot.articles.article import Article
from bot.articles.page import metadata
from bot.articles.page.blocks import fold, has_sentence, joined
from bot.articles.page.reasons import (
    CONSENT,
    EMPTY,
    JAVASCRIPT,
    LIST,
    LOGIN,
    MISSING,
    NO_STORY,
    PAYWALL,
    ROBOT,
    VIDEO,
)
from bot.language.rule_tables import alternatives, table

_A_STORY = 1000  # characters of the body; 10 of 150 real pages have less, and two of these are no story
_HARDLY_ANYTHING = 250  # characters of the body; less is no story
_A_FLASH = 100  # the same if the page says that it is a story: a news flash may be one sentence
_NOTHING = 30  # visible characters; a page with fewer is empty
_MOST_SEARCHED = 50_000  # visible characters of a page that are searched
_TEASERS = 4  # paragraphs below linked headings; a page with as many is a list of stories
_LONGEST_TEASER = 2  # paragraphs
_LARGEST_BOX = 1500  # characters around a linked heading; a larger box is no teaser
_MOST_HEADINGS = 100  # linked headings that are looked at
_MOSTLY_LINKS = 0.5  # share of the body's characters

_INVISIBLE = frozenset({"script", "style", "template"})
_MARKING_ATTRIBUTES = ("id", "class", "src", "action")


def find(page: html.HtmlElement, article: Article) -> str | None:
    """Return the sentence, with the place {host}, that says why this page shows no story; None if it does.

    `article` is what was extracted from the page.
    """
    seen = _Page(page, article)
    if len(article.body) < _A_STORY:
        found = next((sentence for sentence, applies in _OBSTACLES if applies(seen)), None)
        if found:
            return found
    if _is_list(seen):
        return LIST
    readable = article.headline and has_sentence(article.body)
    return None if readable else NO_STORY


def in_the_way(page: html.HtmlElement) -> str | None:
    """Return the sentence, as `find` does, if a check for robots or an error stands in place of a page.

    The page may be of any kind, and need have no story.
    """
    text = fold(" ".join(_visible_texts(page))[:_MOST_SEARCHED])
    if len(text) >= _A_STORY:
        return None
    seen = _Page(page, Article(headline="", body=text))
    if _checks_for_robots(seen):
        return ROBOT
    return MISSING if _is_missing(seen) else None


@dataclass(frozen=True)
class _Page:
    """A page, with cached answers to what several rules ask."""

    tree: html.HtmlElement
    article: Article

    @cached_property
    def metas(self) -> dict[str, str]:
        return metadata.meta_tags(self.tree)

    @cached_property
    def article_data(self) -> dict[str, Any]:
        return metadata.article_data(self.tree)

    @cached_property
    def claims_a_story(self) -> bool:
        """Whether its metadata say that it is a story; walls in front of a story do not say so."""
        named = self.metas.get("og:type") == "article" or "article:published_time" in self.metas
        return bool(named or self.article_data) or any(
            "articleBody" in (each.get("itemprop") or "") for each in self.tree.iter()
        )

    @cached_property
    def titles(self) -> list[str]:
        """Its headline and title; without a story also its <h1>, which beside one may belong to a box."""
        paths = ("head/title", "body//h1") if self.has_hardly_anything else ("head/title",)
        named = (each for path in paths for each in self.tree.iterfind(path))
        return [self.article.headline, *(fold("".join(each.itertext())) for each in named)]

    @cached_property
    def text(self) -> str:
        """All visible text, including what is shown without JavaScript."""
        return fold(" ".join(_visible_texts(self.tree))[:_MOST_SEARCHED])

    @property
    def read(self) -> str:
        """The extracted text; all visible text if hardly anything was extracted."""
        return self.text if self.has_hardly_anything else f"{self.article.headline}\n{self.article.body}"

    @cached_property
    def marks(self) -> str:
        return "\n".join(each.get(name) or "" for each in self.tree.iter() for name in _MARKING_ATTRIBUTES)

    @property
    def has_hardly_anything(self) -> bool:
        return len(self.article.body) < (_A_FLASH if self.claims_a_story else _HARDLY_ANYTHING)

    @property
    def is_wall(self) -> bool:
        """Whether it may be a wall in front of a story: it shows no story, or does not claim to be one."""
        return self.has_hardly_anything or not self.claims_a_story


def _visible_texts(page: html.HtmlElement) -> Iterator[str]:
    """Yield the page's texts in order, without scripts and styles."""
    body = page.find("body")
    for event, element in etree.iterwalk(page if body is None else body, events=("start", "end")):
        text = element.text if event == "start" else element.tail
        if text and (event == "end" or element.tag not in _INVISIBLE):
            yield text


def _is_titled(page: _Page, name: str) -> bool:
    return any(_pattern(name, "title").fullmatch(title) for title in page.titles)


def _says(text: str, name: str) -> bool:
    return _pattern(name, "text").search(text) is not None


def _checks_for_robots(page: _Page) -> bool:
    if not page.is_wall:
        return False
    if _is_titled(page, "robot") or _says(page.read, "robot"):
        return True
    return page.has_hardly_anything and _pattern("robot", "marks").search(page.marks) is not None


def _is_missing(page: _Page) -> bool:
    return page.is_wall and _is_titled(page, "missing")


def _asks_for_consent(page: _Page) -> bool:
    return not page.claims_a_story and (_is_titled(page, "consent") or _says(page.read, "consent"))


def _asks_for_money(page: _Page) -> bool:
    """Return whether schema.org's isAccessibleForFree or any text says so; the prompt is not in the body."""
    is_free = str(page.article_data.get("isAccessibleForFree")).casefold() != "false"
    return not is_free or _says(page.text, "paywall")


def _is_video(page: _Page) -> bool:
    if page.metas.get("og:type", "").startswith("video"):
        return True
    kinds = (item.get("@type") for item in metadata.linked_data(page.tree))
    return page.has_hardly_anything and "VideoObject" in kinds


def _asks_to_log_in(page: _Page) -> bool:
    if not page.is_wall:
        return False
    asks = any(field.get("type") == "password" for field in page.tree.iter("input"))
    return _is_titled(page, "login") or (page.has_hardly_anything and asks)


def _asks_for_javascript(page: _Page) -> bool:
    """Return whether the page says so, or shows nothing but has scripts."""
    shows_nothing = len(page.text) < _NOTHING and page.tree.find(".//script") is not None
    return page.has_hardly_anything and (shows_nothing or _says(page.text, "javascript"))


def _is_empty(page: _Page) -> bool:
    return len(page.text) < _NOTHING and not page.article.body


# The order matters: a robot check may ask for JavaScript too, and a consent dialog may name a subscription.
_OBSTACLES: tuple[tuple[str, Callable[[_Page], bool]], ...] = (
    (ROBOT, _checks_for_robots),
    (MISSING, _is_missing),
    (CONSENT, _asks_for_consent),
    (PAYWALL, _asks_for_money),
    (VIDEO, _is_video),
    (LOGIN, _asks_to_log_in),
    (JAVASCRIPT, _asks_for_javascript),
    (EMPTY, _is_empty),
)


def _is_list(page: _Page) -> bool:
    """Return whether the page lists stories: its body is mostly links, or texts beside linked headings."""
    paragraphs = page.article.paragraphs
    if page.claims_a_story or not paragraphs:
        return False
    linked = sum(len(link.words) for link in page.article.links)
    if linked > _MOSTLY_LINKS * len(page.article.body):
        return True
    teasers = _teasers(page)
    return len(teasers) >= _TEASERS and len(teasers) >= len(paragraphs) / 2


def _teasers(page: _Page) -> set[str]:
    """Return the paragraphs that stand in a small box with a linked heading."""
    teasers = set[str]()
    own = page.article.address or ""
    headings = (each for each in page.tree.iter("h2", "h3", "h4") if _leads_elsewhere(each, own))
    for heading in islice(headings, _MOST_HEADINGS):
        around = _around(heading)
        below = [paragraph for paragraph in page.article.paragraphs if paragraph in around]
        if len(below) <= _LONGEST_TEASER:
            teasers.update(below)
    return teasers


def _leads_elsewhere(heading: html.HtmlElement, own: str) -> bool:
    """Return whether the heading links to another page than its `own`; live reports link to their parts."""
    links = [*heading.iter("a"), *(each for each in (heading.getparent(),) if each is not None)]
    here = joined(own, "#").removesuffix("#")
    there = (joined(own, address) for link in links if (address := link.get("href")))
    return any(urldefrag(each).url != here for each in there)


def _around(heading: html.HtmlElement) -> str:
    """Return the text of the box around a linked heading; "" if the box is too large for a teaser."""
    box = next((each for each in heading.iterancestors() if each.tag != "a"), heading)
    text = " ".join(islice(box.itertext(), _LARGEST_BOX))
    return fold(text) if len(text) < _LARGEST_BOX else ""


@cache
def _pattern(name: str, where: str) -> re.Pattern[str]:
    """Compile a row of `rules/obstacles.toml`; after a title, dots and the site's name may follow."""
    words = alternatives(table("obstacles")[name][where])
    tail = r"\s*[.…!]*(?:\s+[|•·—–-]\s.*)?" if where == "title" else ""
    return re.compile(f"(?:{words}){tail}", re.IGNORECASE)
