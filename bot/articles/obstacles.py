"""What a page shows instead of its story: a paywall, a question for consent, a login, a video, a list …

A body of some length is a story, whatever else its page says. Only where little or nothing was read is the
page looked at for why, so that a subscription box beside a real story refuses nothing.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Any

from lxml import etree, html

from bot.articles import metadata
from bot.articles.article import Article
from bot.articles.blocks import fold, has_sentence
from bot.articles.extract import is_marked_as_body
from bot.i18n import mark
from bot.language.rule_tables import alternatives, table

# Characters of the body. Of 150 real pages 10 have less, and two of these are no story.
_A_STORY = 1000
_HARDLY_ANYTHING = 250
_A_FLASH = 100  # is enough where the page says that it is a story: news may be one sentence long
_NOTHING = 30  # of all that can be seen: less is an empty page
_LONGEST_LOOK = 50_000  # characters of a page that are looked at
_TEASERS = 4  # paragraphs below headings that are links, from which a page is a list of stories
_BITS = 2  # paragraphs in a teaser, at most
_LARGEST_BOX = 1500  # characters around a linked heading; more is no teaser
_MOST_TEASERS = 100  # that are looked at
_MOSTLY_LINKS = 0.5  # share of the body

NO_STORY = mark("There is no story to read at {host}: paste the story's text instead.")
EMPTY = mark("The page at {host} is empty: check the address.")
_ROBOT = mark(
    "{host} lets nobody in before it knows that they are no robot: "
    "open the page in your browser and paste the story's text."
)
_MISSING = mark("{host} has no page at this address: check it in your browser.")
_CONSENT = mark(
    "{host} asks for consent to cookies before it shows a story: "
    "open the page in your browser and paste the story's text."
)
_PAYWALL = mark(
    "{host} shows the whole story only to people who pay: paste the story's text instead of its address."
)
_VIDEO = mark("The page at {host} is a video without a written story: paste a text that tells it.")
_LOGIN = mark("{host} shows this page only to people who log in: paste the story's text instead.")
_JAVASCRIPT = mark(
    "{host} shows its stories only to a browser (it needs JavaScript): "
    "open the page in yours and paste the story's text."
)
_LIST = mark("The page at {host} is a list of stories: give the address of the one that you mean.")

_UNSEEN = frozenset({"script", "style", "template"})
_TELLING = ("id", "class", "src", "action")


def find(page: html.HtmlElement, article: Article) -> str | None:
    """The sentence that says why this page shows no story, with a place for its {host}; None where it is one.

    `article` is what was read out of the page.
    """
    seen = _Page(page, article)
    if len(article.body) < _A_STORY:
        found = next((sentence for sentence, stands in _OBSTACLES if stands(seen)), None)
        if found:
            return found
    if _is_list(seen):
        return _LIST
    readable = article.headline and has_sentence(article.body)
    return None if readable else NO_STORY


@dataclass(frozen=True)
class _Page:
    """A page, with what is asked of it more than once."""

    tree: html.HtmlElement
    article: Article

    @cached_property
    def metas(self) -> dict[str, str]:
        return metadata.said(self.tree)

    @cached_property
    def story(self) -> dict[str, Any]:
        return metadata.story_data(self.tree)

    @cached_property
    def claims_a_story(self) -> bool:
        """Whether it says about itself that it is one: walls that stand in front of a story do not."""
        named = self.metas.get("og:type") == "article" or "article:published_time" in self.metas
        return bool(named or self.story) or any(map(is_marked_as_body, self.tree.iter()))

    @cached_property
    def titles(self) -> list[str]:
        """Its names; an <h1> beside a story may be that of a box."""
        paths = ("head/title", "body//h1") if self.has_hardly_anything else ("head/title",)
        named = (each for path in paths for each in self.tree.iterfind(path))
        return [self.article.headline, *(fold("".join(each.itertext())) for each in named)]

    @cached_property
    def text(self) -> str:
        """All that can be seen, what is shown without JavaScript too."""
        return fold(" ".join(_seen(self.tree))[:_LONGEST_LOOK])

    @property
    def read(self) -> str:
        """What was read; all that can be seen where that is hardly anything."""
        return self.text if self.has_hardly_anything else f"{self.article.headline}\n{self.article.body}"

    @cached_property
    def parts(self) -> str:
        return "\n".join(each.get(name) or "" for each in self.tree.iter() for name in _TELLING)

    @property
    def has_hardly_anything(self) -> bool:
        return len(self.article.body) < (_A_FLASH if self.claims_a_story else _HARDLY_ANYTHING)

    @property
    def is_wall(self) -> bool:
        """Whether it can be something in front of a story: it claims to be none, or shows none."""
        return self.has_hardly_anything or not self.claims_a_story


def _seen(page: html.HtmlElement) -> Iterator[str]:
    """The texts of the page in their order, without programs and styles."""
    body = page.find("body")
    for event, element in etree.iterwalk(page if body is None else body, events=("start", "end")):
        text = element.text if event == "start" else element.tail
        if text and (event == "end" or element.tag not in _UNSEEN):
            yield text


def _is_titled(page: _Page, name: str) -> bool:
    return any(_pattern(name, "title").fullmatch(title) for title in page.titles)


def _says(text: str, name: str) -> bool:
    return _pattern(name, "text").search(text) is not None


def _asks_who_you_are(page: _Page) -> bool:
    if not page.is_wall:
        return False
    if _is_titled(page, "robot") or _says(page.read, "robot"):
        return True
    return page.has_hardly_anything and _pattern("robot", "marks").search(page.parts) is not None


def _is_missing(page: _Page) -> bool:
    return page.is_wall and _is_titled(page, "missing")


def _asks_for_consent(page: _Page) -> bool:
    return not page.claims_a_story and (_is_titled(page, "consent") or _says(page.read, "consent"))


def _asks_for_money(page: _Page) -> bool:
    """By schema.org's isAccessibleForFree, or by what it says anywhere: the prompt is no part of the body."""
    return str(page.story.get("isAccessibleForFree")).casefold() == "false" or _says(page.text, "paywall")


def _is_video(page: _Page) -> bool:
    if page.metas.get("og:type", "").startswith("video"):
        return True
    kinds = (thing.get("@type") for thing in metadata.linked_data(page.tree))
    return page.has_hardly_anything and "VideoObject" in kinds


def _asks_to_log_in(page: _Page) -> bool:
    if not page.is_wall:
        return False
    asks = any(field.get("type") == "password" for field in page.tree.iter("input"))
    return _is_titled(page, "login") or (page.has_hardly_anything and asks)


def _asks_for_javascript(page: _Page) -> bool:
    """By what it says, or by showing nothing and bringing programs."""
    shows_nothing = len(page.text) < _NOTHING and page.tree.find(".//script") is not None
    return page.has_hardly_anything and (shows_nothing or _says(page.text, "javascript"))


def _is_empty(page: _Page) -> bool:
    return len(page.text) < _NOTHING and not page.article.body


# In this order: a wall against robots asks for JavaScript too, one for consent names a subscription.
_OBSTACLES: tuple[tuple[str, Callable[[_Page], bool]], ...] = (
    (_ROBOT, _asks_who_you_are),
    (_MISSING, _is_missing),
    (_CONSENT, _asks_for_consent),
    (_PAYWALL, _asks_for_money),
    (_VIDEO, _is_video),
    (_LOGIN, _asks_to_log_in),
    (_JAVASCRIPT, _asks_for_javascript),
    (EMPTY, _is_empty),
)


def _is_list(page: _Page) -> bool:
    """Whether what was read are teasers: links, or bits of text beside headings that are links."""
    paragraphs = page.article.paragraphs
    if page.claims_a_story or not paragraphs:
        return False
    linked = sum(len(link.words) for link in page.article.links)
    if linked > _MOSTLY_LINKS * len(page.article.body):
        return True
    teasers = set[str]()
    headings = (each for each in page.tree.iter("h2", "h3", "h4") if _is_linked(each))
    for heading in islice(headings, _MOST_TEASERS):
        around = _around(heading)
        below = [paragraph for paragraph in paragraphs if paragraph in around]
        if len(below) <= _BITS:
            teasers.update(below)
    return len(teasers) >= _TEASERS and len(teasers) >= len(paragraphs) / 2


def _is_linked(heading: html.HtmlElement) -> bool:
    parent = heading.getparent()
    return heading.find(".//a") is not None or (parent is not None and parent.tag == "a")


def _around(heading: html.HtmlElement) -> str:
    """The text of the box that a linked heading stands in; nothing where that is too large for a teaser."""
    box = next((each for each in heading.iterancestors() if each.tag != "a"), heading)
    text = " ".join(islice(box.itertext(), _LARGEST_BOX))
    return fold(text) if len(text) < _LARGEST_BOX else ""


@cache
def _pattern(name: str, where: str) -> re.Pattern[str]:
    """A row of `rules/obstacles.toml`; a title may end in dots and the site's name."""
    said = alternatives(table("obstacles")[name][where])
    tail = r"\s*[.…!]*(?:\s+[|•·—–-]\s.*)?" if where == "title" else ""
    return re.compile(f"(?:{said}){tail}", re.IGNORECASE)
