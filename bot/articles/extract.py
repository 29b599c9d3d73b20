"""An HTML page or fragment → Article: the story without what a site puts around it.

The body is the deepest element that holds most of the page's prose, less what a second reader does not
confirm (`witness.py`). Everything here walks the page once and without recursion, so that a hostile page
costs time in proportion to its size.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from lxml import etree, html

from bot.articles import metadata, second_reading
from bot.articles.article import Article
from bot.articles.blocks import Block, assemble, fold, web_address
from bot.language.rule_tables import pattern, table

# Share of the page's prose that the story's element holds: F1 of the body .921, .930, .935, .941, .933 for
# .5, .6, .7, .8, .9 on 150 real pages.
_MOST_OF_THE_PROSE = 0.8
_PROSE = 60  # characters; a shorter paragraph does not tell a story from a menu
_A_STORY = 600  # characters of prose that an element marked as the story must hold to be believed
_LINKED = 0.5  # share of a block's letters in links, above which it is a list of teasers
_SMALL_PART = 0.4  # share of the page's prose; a larger element is not left out for its class
_LONGEST_CLASS = 400  # characters


@dataclass(frozen=True, slots=True)
class _Tags:
    """What `rules/page.toml` says about tags, roles and classes."""

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
    """A paragraph of the page, and the element that it stands in."""

    owner: etree._Element
    pieces: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def block(self) -> Block:
        return Block(fold("".join(self.pieces)), tuple(self.links))

    @property
    def prose(self) -> int:
        """How many characters speak for its element being the story: none for teasers and labels."""
        length = len("".join(self.pieces).strip())
        linked = sum(len(words) for words, _ in self.links)
        return length if length >= _PROSE and linked < _LINKED * length else 0


def extract(page: str, address: str | None = None, metas: Mapping[str, str] | None = None) -> Article:
    """The Article in an HTML page, whole or a fragment.

    `address` is where the page came from: relative links are resolved against it (or against the page's own
    <base> or canonical address). `metas` are known beforehand, named like <meta> tags, and win. Headline and
    body stay empty where the page has none.
    """
    root = parsed(page)
    return Article(headline="", body="") if root is None else read(root, address, metas)


def parsed(page: str) -> html.HtmlElement | None:
    """The page as a tree; None where it has no element at all."""
    # Bytes in a known charset: lxml refuses a str that declares an encoding.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return html.document_fromstring(page.replace("\0", "").encode("utf-8", "ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def read(
    root: html.HtmlElement, address: str | None = None, metas: Mapping[str, str] | None = None
) -> Article:
    """The Article in a parsed page; as `extract` otherwise."""
    heading = metadata.heading(root, metas, address)
    base = next((href for tag in root.iter("base") if (href := tag.get("href"))), "")
    paragraphs = _Reader(root, metadata.joined(address or heading.address or "", base)).read()
    blocks = [paragraph.block for paragraph in _of_the_story(paragraphs)]
    return assemble(heading, second_reading.confirmed(root, blocks))


class _Reader:
    """Gathers the paragraphs outside menus, forms, captions and the like, in the page's order."""

    def __init__(self, root: etree._Element, base: str) -> None:
        body = root.find("body")
        self._top = root if body is None else body
        self._base = base
        self._tags = _tags()
        self._prose = _prose_within(self._top)
        self._paragraphs: list[_Paragraph] = []
        self._current = _Paragraph(self._top)
        self._link: tuple[str, int] | None = None  # the open link: its address, and its first piece
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
        """Whether the element is of the site, not of the story; by its class only if it is a small part."""
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
        """One <br> is white space, two part paragraphs."""
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
    """How many characters of <p> each element holds, itself included."""
    prose: dict[etree._Element, int] = {}
    for _, element in etree.iterwalk(top, events=("end",)):
        inside = sum(prose[child] for child in element)
        prose[element] = len("".join(element.itertext())) if element.tag == "p" and not inside else inside
    return prose


def _of_the_story(paragraphs: list[_Paragraph]) -> Iterable[_Paragraph]:
    """The paragraphs of the deepest element that holds most of the prose; all where there is none."""
    prose: Counter[etree._Element] = Counter()
    for paragraph in paragraphs:
        weight = paragraph.prose
        if weight:
            prose[paragraph.owner] += weight
            prose.update(dict.fromkeys(paragraph.owner.iterancestors(), weight))
    if not prose:
        return paragraphs
    # Each element was counted before what it stands in: the page is last, an inner article before an outer.
    story = max(reversed(prose), key=prose.__getitem__)
    marked = [element for element in prose if _is_marked_as_story(element)]
    best = max(marked, key=prose.__getitem__, default=story)
    if prose[best] >= _A_STORY:
        story = best
    enough = _MOST_OF_THE_PROSE * prose[story]
    owners = {paragraph.owner for paragraph in paragraphs if paragraph.prose}  # each holds one paragraph
    while (child := next((c for c in story if prose[c] >= enough and c not in owners), None)) is not None:
        story = child
    inside = set(story.iter())
    return (paragraph for paragraph in paragraphs if paragraph.owner in inside)


def _is_marked_as_story(element: etree._Element) -> bool:
    return element.tag == "article" or is_marked_as_body(element)


def is_marked_as_body(element: etree._Element) -> bool:
    """Whether schema.org's mark says that the element holds a story's text."""
    return "articleBody" in (element.get("itemprop") or "")
