"""Extract an Article from an HTML page or fragment, without what the site puts around the story.

The body is the deepest element that holds most of the page's prose, without the paragraphs that trafilatura
does not find (`second_reading.py`). All code here walks the page once and without recursion, so that the
time for a hostile page grows only in proportion to its size.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from lxml import etree, html

from bot.articles import metadata, second_reading
from bot.articles.article import Article
from bot.articles.blocks import Block, assemble, fold, web_address
from bot.language.rule_tables import pattern, table

# Least share of the page's prose that the story's element must hold. On 150 real pages the F1 of the body is
# .921, .930, .935, .941, .933 for .5, .6, .7, .8, .9.
_MOST_OF_THE_PROSE = 0.8
_PROSE = 60  # characters; a shorter paragraph may be a menu's entry
_A_STORY = 600  # characters of prose; an element marked as the story that holds less is ignored
_LINKED = 0.5  # share of a paragraph's letters; with more in links it is a list of teasers
_SMALL_PART = 0.4  # share of the page's prose; a larger element is not removed because of its class
_LONGEST_CLASS = 400  # characters of class and id that are searched


@dataclass(frozen=True, slots=True)
class _Tags:
    """The lists of `rules/page.toml`: tags, roles and classes."""

    not_prose: frozenset[str]
    sometimes_around: frozenset[str]
    roles: frozenset[str]
    breaks: frozenset[str]
    around: re.Pattern[str]


@cache
def _tags() -> _Tags:
    rows = table("page")
    return _Tags(
        not_prose=frozenset(rows["not_prose"]),
        sometimes_around=frozenset(rows["sometimes_around"]),
        roles=frozenset(rows["roles"]),
        breaks=frozenset(rows["breaks"]),
        around=pattern(rows["around"]["says"], rows["words"]),
    )


@dataclass(slots=True)
class _Paragraph:
    """A paragraph of the page, and the element that contains it."""

    owner: etree._Element
    pieces: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def block(self) -> Block:
        return Block(fold("".join(self.pieces)), tuple(self.links))

    @property
    def prose(self) -> int:
        """The characters that count as prose: all of the paragraph's, or 0 for a teaser or a label."""
        length = len("".join(self.pieces).strip())
        linked = sum(len(words) for words, _ in self.links)
        return length if length >= _PROSE and linked < _LINKED * length else 0


def extract(page: str, address: str | None = None, metas: Mapping[str, str] | None = None) -> Article:
    """Return the Article in an HTML page or fragment.

    `address` is the page's own: relative links are resolved against it, or against the page's <base> or
    canonical address. `metas` are values that are already known, named like <meta> tags; they take
    precedence. Headline and body are empty if the page has none.
    """
    root = parsed(page)
    return Article(headline="", body="") if root is None else read(root, address, metas)


def parsed(page: str) -> html.HtmlElement | None:
    """Parse the page into a tree; return None if it has no element."""
    # As bytes, since lxml refuses a str that declares an encoding.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return html.document_fromstring(page.replace("\0", "").encode("utf-8", "ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def read(
    root: html.HtmlElement, address: str | None = None, metas: Mapping[str, str] | None = None
) -> Article:
    """Return the Article in a parsed page; the rest is as for `extract`."""
    heading = metadata.heading(root, metas, address)
    base = next((href for tag in root.iter("base") if (href := tag.get("href"))), "")
    paragraphs = _Reader(root, metadata.joined(address or heading.address or "", base)).read()
    blocks = [paragraph.block for paragraph in _of_the_story(paragraphs)]
    return assemble(heading, second_reading.confirmed(root, blocks))


class _Reader:
    """Collects a page's paragraphs in order, except those in menus, forms, captions and similar elements."""

    def __init__(self, root: etree._Element, base: str) -> None:
        body = root.find("body")
        self._top = root if body is None else body
        self._base = base
        self._tags = _tags()
        self._prose = _prose_within(self._top)
        self._paragraphs: list[_Paragraph] = []
        self._current = _Paragraph(self._top)
        self._link: tuple[str, int] | None = None  # the open link: address, number of its first piece
        self._after_break = False  # nothing but white space since the last <br>

    def read(self) -> list[_Paragraph]:
        walk = etree.iterwalk(self._top, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._end(element)
            elif element is not self._top and self._is_around(element):
                walk.skip_subtree()
            else:
                self._start(element)
        self._next_paragraph(self._top)
        return self._paragraphs

    def _is_around(self, element: etree._Element) -> bool:
        """Return whether the element belongs to the site, not to the story.

        Class and id count only for an element that holds a small part of the prose.
        """
        tags = self._tags
        if (
            element.tag in tags.not_prose
            or element.get("role") in tags.roles
            or element.get("hidden") is not None
        ):
            return True
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"[:_LONGEST_CLASS]
        looks_so = element.tag in tags.sometimes_around or tags.around.search(marks) is not None
        small = self._prose[element] < _SMALL_PART * self._prose[self._top]
        return looks_so and small and element.tag not in {"article", "main"}

    def _start(self, element: etree._Element) -> None:
        if element.tag in self._tags.breaks:
            self._next_paragraph(element)
        elif element.tag == "br":
            self._break()
        elif element.tag == "a":
            self._open_link(element)
        self._add(element.text)

    def _end(self, element: etree._Element) -> None:
        if element.tag == "a":
            self._close_link()
        elif element.tag in self._tags.breaks:
            parent = element.getparent()
            self._next_paragraph(element if parent is None else parent)
        self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if text:
            self._current.pieces.append(text)
            self._after_break = self._after_break and text.isspace()

    def _break(self) -> None:
        """Read a <br>: one is white space, two in a row begin a new paragraph."""
        if self._after_break:
            self._next_paragraph(self._current.owner)
        self._current.pieces.append(" ")
        self._after_break = True

    def _next_paragraph(self, owner: etree._Element) -> None:
        self._close_link()
        if any(not piece.isspace() for piece in self._current.pieces):
            self._paragraphs.append(self._current)
        self._current = _Paragraph(owner)
        self._after_break = False

    def _open_link(self, element: etree._Element) -> None:
        address = web_address(metadata.joined(self._base, element.get("href") or ""))
        self._link = (address, len(self._current.pieces)) if address else None

    def _close_link(self) -> None:
        if self._link:
            address, first = self._link
            words = fold("".join(self._current.pieces[first:]))
            if words:
                self._current.links.append((words, address))
            self._link = None


def _prose_within(top: etree._Element) -> dict[etree._Element, int]:
    """Count the characters in <p> elements for each element, including itself."""
    prose: dict[etree._Element, int] = {}
    for _, element in etree.iterwalk(top, events=("end",)):
        inside = sum(prose[child] for child in element)
        prose[element] = len("".join(element.itertext())) if element.tag == "p" and not inside else inside
    return prose


def _of_the_story(paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """Return the paragraphs of the deepest element that holds most of the prose; all if there is no prose."""
    prose = _prose_of_elements(paragraphs)
    if not prose:
        return paragraphs
    story = _story_element(prose)
    enough = _MOST_OF_THE_PROSE * prose[story]
    owners = {paragraph.owner for paragraph in paragraphs if paragraph.prose}  # each holds one paragraph
    while (child := next((c for c in story if prose[c] >= enough and c not in owners), None)) is not None:
        story = child
    inside = set(story.iter())
    return [paragraph for paragraph in paragraphs if paragraph.owner in inside]


def _prose_of_elements(paragraphs: list[_Paragraph]) -> Counter[etree._Element]:
    """Count the characters of prose in each element, with an inner element always before its outer ones."""
    prose: Counter[etree._Element] = Counter()
    for paragraph in paragraphs:
        characters = paragraph.prose
        if characters:
            prose[paragraph.owner] += characters
            prose.update(dict.fromkeys(paragraph.owner.iterancestors(), characters))
    return prose


def _story_element(prose: Counter[etree._Element]) -> etree._Element:
    """Return the element marked as the story that holds most prose; the whole page if none holds enough."""
    # Of equals `max` takes the first: the page, which is last in `prose`, but an inner article.
    page = max(reversed(prose), key=prose.__getitem__)
    marked = [element for element in prose if _is_marked_as_story(element)]
    best = max(marked, key=prose.__getitem__, default=page)
    return best if prose[best] >= _A_STORY else page


def _is_marked_as_story(element: etree._Element) -> bool:
    return element.tag == "article" or is_marked_as_body(element)


def is_marked_as_body(element: etree._Element) -> bool:
    """Return whether the element is marked as a story's text in schema.org's vocabulary."""
    return "articleBody" in (element.get("itemprop") or "")
