"""Paragraphs: everything that a page shows as text, in order, with its links and the elements around it.

The walk visits each element once and without recursion, so that the time for a hostile page grows only in
proportion to its size.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache, lru_cache

from lxml import etree, html

from bot.articles.page.blocks import Block, fold, joined, web_address
from bot.language.rule_tables import pattern, table

_PROSE = 60  # characters; a shorter paragraph may be a menu's entry
_LINKED = 0.5  # share of a paragraph's letters; with more in links it is a teaser
_SMALL_PART = 0.4  # share of the page's prose; a larger element is not aside because of its class
LONGEST_CLASS = 400  # characters of class and id that are searched
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")

Markup = tuple[tuple[str, str], ...]
"""Tag and classes of a paragraph's element and of the one around it."""


@dataclass(frozen=True, slots=True)
class _Tags:
    """The lists of `rules/page.toml`: tags, roles and classes."""

    no_text: frozenset[str]
    aside: frozenset[str]
    sometimes_around: frozenset[str]
    roles: frozenset[str]
    breaks: frozenset[str]
    around: re.Pattern[str]


@cache
def _tags() -> _Tags:
    rows = table("page")
    return _Tags(
        no_text=frozenset(rows["no_text"]),
        aside=frozenset(rows["aside"]),
        sometimes_around=frozenset(rows["sometimes_around"]),
        roles=frozenset(rows["roles"]),
        breaks=frozenset(rows["breaks"]),
        around=pattern(rows["around"]["says"], rows["words"]),
    )


@lru_cache(maxsize=4096)  # a page repeats its classes a hundred times
def _is_around(names: str) -> bool:
    return _tags().around.search(names[:LONGEST_CLASS]) is not None


@dataclass(slots=True, eq=False)
class Paragraph:
    """A paragraph of the page: its text, its links (as text and address), and the element that contains it.

    is_aside: it stands aside from a story, in a menu, caption, footer, box of related stories or the like.
    words: its words in small letters. linked: the share of its characters that are links, 0 to 1.
    heading: the heading that it is, or that is right around it.
    is_prose: it is long enough to be a sentence of a story, and neither teaser nor heading.
    """

    text: str
    owner: etree._Element
    links: tuple[tuple[str, str], ...] = ()
    is_aside: bool = False
    words: list[str] = field(init=False)
    linked: float = field(init=False)
    heading: etree._Element | None = field(init=False)
    is_prose: bool = field(init=False)

    def __post_init__(self) -> None:
        self.words = _WORD.findall(self.text.casefold())
        self.linked = sum(len(words) for words, _ in self.links) / (len(self.text) or 1)
        self.heading = next((each for each in self._near() if each.tag in _HEADINGS), None)
        self.is_prose = len(self.text) >= _PROSE and self.linked < _LINKED and self.heading is None

    def _near(self) -> Iterator[etree._Element]:
        """Yield its element and the one around it."""
        yield self.owner
        parent = self.owner.getparent()
        if parent is not None:
            yield parent

    @property
    def markup(self) -> Markup:
        """How the page marks the paragraph up: paragraphs of one text are marked up alike."""
        return tuple((str(each.tag), _classes(each)) for each in self._near())

    def block(self, base: str) -> Block:
        """Return text and links, these resolved against the address `base`."""
        found = ((words, web_address(joined(base, address))) for words, address in self.links)
        return Block(self.text, tuple((words, address) for words, address in found if address))


def _classes(element: etree._Element) -> str:
    """Return the element's classes in order, with numbers made alike ("part-1" and "part-2")."""
    names = (element.get("class") or "")[:LONGEST_CLASS].split()
    return _DIGITS.sub("#", " ".join(sorted(names)))


def paragraphs_of(page: html.HtmlElement) -> list[Paragraph]:
    """Return the page's paragraphs in order."""
    alive = list(page.iter())  # lxml would make the Python object of an element again for each walk
    paragraphs = _Reader(page).read()
    del alive
    return paragraphs


@dataclass(slots=True)
class _Open:
    """The paragraph that is being read."""

    owner: etree._Element
    is_aside: bool
    pieces: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)


class _Reader:
    """Walks a page and collects its paragraphs."""

    def __init__(self, page: etree._Element) -> None:
        body = page.find("body")
        self._top = page if body is None else body
        self._tags = _tags()
        self._prose = letters_within(self._top, {"a"} | self._tags.no_text)
        # The elements around a headline: their class describes the page, and never makes them stand aside.
        self._around = {each for top in page.iter("h1") for each in top.iterancestors()}
        self._paragraphs: list[Paragraph] = []
        self._asides: list[etree._Element] = []  # the open elements that stand aside
        self._current = _Open(self._top, is_aside=False)
        self._link: tuple[str, int] | None = None  # the open link: address, number of its first piece
        self._after_break = False  # nothing but white space since the last <br>

    def read(self) -> list[Paragraph]:
        walk = etree.iterwalk(self._top, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "end":
                self._end(element, tag)
            elif tag in self._tags.no_text:
                walk.skip_subtree()
            else:
                self._start(element, tag)
        self._next_paragraph(self._top)
        return self._paragraphs

    def _start(self, element: etree._Element, tag: str) -> None:
        if tag in self._tags.breaks:
            if element is not self._top and self._stands_aside(element, tag):
                self._asides.append(element)
            self._next_paragraph(element)
        elif tag == "br":
            self._break()
        elif tag == "a":
            self._open_link(element)
        self._add(element.text)

    def _end(self, element: etree._Element, tag: str) -> None:
        if tag == "a":
            self._close_link()
        elif tag in self._tags.breaks:
            if self._asides and self._asides[-1] is element:
                self._asides.pop()
            parent = element.getparent()
            self._next_paragraph(element if parent is None else parent)
        self._add(element.tail)

    def _stands_aside(self, element: etree._Element, tag: str) -> bool:
        """Return whether the element belongs to the site, not to the story.

        Class and id count only for an element that holds a small part of the prose.
        """
        tags = self._tags
        if tag in tags.aside or element.get("role") in tags.roles:
            return True
        names = (element.get("class"), element.get("id"))
        looks_so = tag in tags.sometimes_around or any(_is_around(name) for name in names if name)
        if not looks_so:
            return False
        small = self._prose[element] < _SMALL_PART * self._prose[self._top]
        return small and tag not in {"article", "main"} and element not in self._around

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
        done = self._current
        text = fold("".join(done.pieces)) if any(not piece.isspace() for piece in done.pieces) else ""
        if text:
            self._paragraphs.append(Paragraph(text, done.owner, tuple(done.links), done.is_aside))
        self._current = _Open(owner, is_aside=bool(self._asides))
        self._after_break = False

    def _open_link(self, element: etree._Element) -> None:
        address = element.get("href")
        self._link = (address, len(self._current.pieces)) if address else None

    def _close_link(self) -> None:
        if self._link:
            address, first = self._link
            words = fold("".join(self._current.pieces[first:]))
            if words:
                self._current.links.append((words, address))
            self._link = None


def letters_within(top: etree._Element, silent: AbstractSet[str]) -> Mapping[etree._Element, int]:
    """Count the characters of the texts in each element, including itself.

    Blank texts and those in elements with a `silent` tag do not count.
    """
    letters: dict[etree._Element, int] = {}
    before: list[int] = []  # the count at the beginning of each open element
    count = inside = 0  # inside: how many of the open elements are silent
    for event, element in etree.iterwalk(top, events=("start", "end")):
        if event == "start":
            before.append(count)
            inside += element.tag in silent
            text = element.text
        else:
            letters[element] = count - before.pop()
            inside -= element.tag in silent
            text = element.tail
        if text and not inside and not text.isspace():
            count += len(text)
    return letters
