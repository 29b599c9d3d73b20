"""The story's text in a page: trafilatura chooses the paragraphs; what follows adds and removes a few.

Each step below is named for what it does, and was kept because it helps on real pages that were not looked at
while it was written (`make bench-extraction`, column "check").
"""

import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from urllib.parse import urlsplit

from lxml import etree, html

from bot.articles.boilerplate import asks_for_help
from bot.articles.page import readings
from bot.articles.page.alignment import Reading, align, runs
from bot.articles.page.blocks import Block, joined, plain
from bot.articles.page.paragraphs import Markup, Paragraph, paragraphs_of
from bot.articles.page.visibility import visible

_LOST = 0.5  # share of the other reading; a story with less has lost too much
_COMMON = 0.1  # share of the story's letters; markup that holds less is not the story's own
_STORY = 250  # letters below the headline; with fewer, the story may stand above it
_FIRST = 10  # paragraphs below the headline, of which a story has at least one
_REPEATED = 0.9  # share of a paragraph's runs of words that the story has; with more it is a pull quote
_RUN = 5  # words
_SENTENCE = 40  # characters of a standfirst; a shorter line may be a byline or a date
_NEAR = 2  # paragraphs below a headline; a standfirst stands there or right above the story
_LINKED = 0.5  # share of a sentence's letters; with more in links it is a teaser
_LINK = 0.9  # share of a paragraph's letters; with more in links it is only a link
_TEASER = 600  # letters of the largest box around a linked heading; a larger one is a part of the story
_PADDING = 20  # letters beside a teaser's link (a time, a section) that are not yet its prose
_LIST = 3  # boxes alike; as many are a list of stories
_ENDS = re.compile(r"[.!?…:。！？؟।][\"'”’»“)\]]*$")


@dataclass(frozen=True, slots=True)
class StoryText:
    """The blocks of a story. `is_doubtful`: two readings differ so much that a person should compare."""

    blocks: Sequence[Block]
    is_doubtful: bool = False


def story_text(page: html.HtmlElement, base: str, headline: str) -> StoryText:
    """Return the story in the page below this headline; links are resolved against the address `base`."""
    seen = visible(page)
    paragraphs = paragraphs_of(seen)
    if readings.is_too_large(seen):
        return StoryText(_blocks(_all_prose(paragraphs), base))
    chooser = _Chooser(paragraphs, headline, base)
    choice = chooser.choose(readings.by_trafilatura(seen))
    pieces, is_doubtful = choice.pieces, False
    if _letters(pieces) < _LOST * _letters(each for each in paragraphs if not each.is_aside):
        other = chooser.choose(readings.by_readability(seen))
        is_doubtful = _letters(pieces) < _LOST * _letters(other.pieces)
        pieces = chooser.best_of(choice, other)
    return StoryText(_blocks(pieces or _all_prose(paragraphs), base), is_doubtful)


def whole_text(page: html.HtmlElement, base: str) -> StoryText:
    """Return all text of a page that has nothing but a story."""
    return StoryText(_blocks(paragraphs_of(page), base))


def _all_prose(paragraphs: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """Return the paragraphs that do not stand aside; of a longer page only the prose among them."""
    shown = [each for each in paragraphs if not each.is_aside]
    prose = [each for each in shown if each.is_prose]
    return prose if _letters(prose) >= _STORY else shown


def _blocks(pieces: Iterable[Paragraph], base: str) -> Sequence[Block]:
    return [piece.block(base) for piece in pieces]


def _letters(pieces: Iterable[Paragraph]) -> int:
    return sum(len(piece.text) for piece in pieces)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A story as it was chosen. `begins`: it has a paragraph from right below the headline."""

    pieces: Sequence[Paragraph]
    begins: bool


class _Chooser:
    """Chooses the paragraphs of one page that belong to its story."""

    def __init__(self, paragraphs: Sequence[Paragraph], headline: str, base: str) -> None:
        self._paragraphs = paragraphs
        self._base = base
        self._headline = _place_of(headline, paragraphs)
        self._end = _next_story(paragraphs, self._headline)
        self._boxes = set(_teaser_boxes(paragraphs, base))
        self._chosen: set[int] = set()  # the numbers of the chosen paragraphs

    def choose(self, reading: str) -> _Choice:
        """Return the paragraphs that the reading chooses, with the corrections of this module."""
        found = align(self._paragraphs, reading)
        self._chosen = {number for number in found.places if number < self._end}
        self._drop_above_headline()
        self._chosen = {number for number in self._chosen if not self._is_around(number)}
        self._add_alike()
        first = self.below_headline()[:_FIRST]
        begins = not first or any(self._paragraphs[number] in first for number in self._chosen)
        self._add_standfirst()
        self._add_help()
        pieces = self._with_lines(found)
        return _Choice(_without_last_headings(_without_tail(pieces)) if pieces else [], begins)

    def below_headline(self) -> Sequence[Paragraph]:
        """Return all prose from the headline to the next heading that leads to another story."""
        below = self._paragraphs[self._headline + 1 : self._end] if self._headline >= 0 else ()
        same = takewhile(lambda each: each.heading is None or not _leads_elsewhere(each, self._base), below)
        return [each for each in same if each.is_prose and not each.is_aside]

    def best_of(self, one: _Choice, other: _Choice) -> Sequence[Paragraph]:
        """Return the story that begins below the headline; of two the first, if it has half of the other.

        If none does, both may be another story: return what is below the headline, if it is longer.
        """
        if one.begins != other.begins:
            return one.pieces if one.begins else other.pieces
        long = other.pieces if _letters(one.pieces) < _LOST * _letters(other.pieces) else one.pieces
        below = () if one.begins else self.below_headline()
        return below if _letters(long) < _letters(below) else long

    def _is_around(self, number: int) -> bool:
        """Return whether a paragraph stands aside, is only a link, or is in a box with another story."""
        paragraph = self._paragraphs[number]
        return paragraph.is_aside or _is_only_link(paragraph) or _is_inside(paragraph.owner, self._boxes)

    def _with_lines(self, found: Reading) -> Sequence[Paragraph]:
        """Return the chosen paragraphs in order, and the reading's other lines where they stand in it."""
        pieces = [(number, 0, self._paragraphs[number]) for number in self._chosen]
        starts = sorted((start, number) for number, start in found.places.items())
        for place, text in found.lines:
            above = bisect(starts, (place, 0))
            number = starts[above - 1][1] if above else -1
            pieces.append((number, place, Paragraph(text, etree.Element("p"))))
        return [piece for _, _, piece in sorted(pieces, key=lambda piece: piece[:2])]

    def _drop_above_headline(self) -> None:
        """Drop what stands above the headline (menus, layers), if there is a story below it."""
        below = {number for number in self._chosen if number > self._headline}
        if _letters(self._paragraphs[number] for number in below) >= _STORY:
            self._chosen = below

    def _add_alike(self) -> None:
        """Add prose that is marked up as the story is: trafilatura may read one of its parts only."""
        own = _common_markup(self._paragraphs[number] for number in self._chosen)
        known = {run for number in self._chosen for run in runs(self._paragraphs[number].words, _RUN)}
        for number in range(self._headline + 1, self._end):
            paragraph = self._paragraphs[number]
            is_text = paragraph.is_prose or self._is_sentence(number)
            if not is_text or number in self._chosen or paragraph.markup not in own:
                continue
            own_runs = list(runs(paragraph.words, _RUN))
            repeated = sum(run in known for run in own_runs)
            if not self._is_around(number) and repeated <= _REPEATED * len(own_runs):
                known.update(own_runs)
                self._chosen.add(number)

    def _add_standfirst(self) -> None:
        """Add whole sentences between the headline and the first paragraph."""
        first = min(self._chosen, default=0)
        below = range(self._headline + 1, self._headline + 1 + _NEAR) if self._headline >= 0 else ()
        for number in {*below, first - 1}:
            is_between = self._headline < number < first
            if is_between and self._is_sentence(number) and len(self._paragraphs[number].text) >= _SENTENCE:
                self._chosen.add(number)

    def _add_help(self) -> None:
        """Add links that ask for help, and sentences right below the story that do: sites give them a box."""
        if not self._chosen:
            return
        last = max(self._chosen)
        for number in range(min(self._chosen), min(last + 1 + _NEAR, self._end)):
            paragraph = self._paragraphs[number]
            is_link = paragraph.linked > _LINK and not self._is_around(number)
            is_below = number > last and self._is_sentence(number)
            if (is_link or is_below) and asks_for_help(paragraph.text):
                self._chosen.add(number)

    def _is_sentence(self, number: int) -> bool:
        paragraph = self._paragraphs[number]
        is_whole = paragraph.heading is None and _ENDS.search(paragraph.text) is not None
        return is_whole and paragraph.linked < _LINKED and not self._is_around(number)


def _place_of(headline: str, paragraphs: Sequence[Paragraph]) -> int:
    """Return the number of the heading that says the headline, or of the only <h1>; -1 if there is none."""
    wanted = plain(headline)
    headings = [(n, each) for n, each in enumerate(paragraphs) if each.heading is not None]
    same = next((n for n, each in headings if wanted and plain(each.text) == wanted), None)
    tops = [
        n
        for n, each in headings
        if each.heading is not None and each.heading.tag == "h1" and not each.is_aside
    ]
    return same if same is not None else tops[0] if len(tops) == 1 else -1


def _next_story(paragraphs: Sequence[Paragraph], headline: int) -> int:
    """Return the number of the next story's headline; the number of paragraphs if there is none.

    That is a heading in another <article>, of the same rank as the headline in its own.
    """
    own = _article_of(paragraphs[headline]) if headline >= 0 else None
    if own is None:
        return len(paragraphs)
    rank = _rank(paragraphs[headline])
    same = (n for n in range(headline + 1, len(paragraphs)) if _rank(paragraphs[n]) == rank)
    return next((n for n in same if _article_of(paragraphs[n]) not in {own, None}), len(paragraphs))


def _rank(paragraph: Paragraph) -> str | None:
    """Return the tag of the heading that the paragraph is in; None if it is in none."""
    return None if paragraph.heading is None else str(paragraph.heading.tag)


def _article_of(paragraph: Paragraph) -> etree._Element | None:
    return next(paragraph.owner.iterancestors("article"), None)


def _common_markup(pieces: Iterable[Paragraph]) -> set[Markup]:
    """Return the markup of a tenth of the text and two paragraphs each; of the most text if there is none."""
    letters: Counter[Markup] = Counter()
    paragraphs: Counter[Markup] = Counter()
    for piece in pieces:
        letters[piece.markup] += len(piece.text)
        paragraphs[piece.markup] += 1
    common = {m for m, n in letters.items() if n >= _COMMON * letters.total() and paragraphs[m] > 1}
    return common or {markup for markup, _ in letters.most_common(1)}


def _is_only_link(piece: Paragraph) -> bool:
    return piece.linked > _LINK and not _ENDS.search(piece.text) and not asks_for_help(piece.text)


def _is_inside(element: etree._Element, boxes: set[etree._Element]) -> bool:
    if not boxes:
        return False
    return element in boxes or any(each in boxes for each in element.iterancestors())


def _teaser_boxes(paragraphs: Sequence[Paragraph], base: str) -> Iterator[etree._Element]:
    """Yield the small boxes around what leads to another page of the site.

    That is a heading; or a mere link, if there are several boxes alike.
    """
    links: defaultdict[tuple[str, str | None], list[etree._Element]] = defaultdict(list)
    sizes: dict[etree._Element, int] = {}
    for each in paragraphs:
        is_heading = each.heading is not None
        if each.is_aside or not each.links:
            continue
        if (is_heading or _is_only_link(each)) and _leads_elsewhere(each, base):
            box = _box_around(each, sizes)
            if box is not None and is_heading:
                yield box
            elif box is not None:
                links[str(box.tag), box.get("class")].append(box)
    for boxes in links.values():
        if len(boxes) >= _LIST:
            yield from boxes


def _box_around(piece: Paragraph, sizes: dict[etree._Element, int]) -> etree._Element | None:
    """Return the innermost element that holds more than the paragraph, if it is small and has no headline.

    `sizes` keeps the letters of elements, since a hostile page has thousands of links in one.
    """
    box: etree._Element | None = piece.owner
    while box is not None:
        if box not in sizes:
            texts = islice(box.itertext(), _TEASER)
            sizes[box] = sum(len(text) for text in texts if not text.isspace())
        if sizes[box] > len(piece.text) + _PADDING:
            return box if sizes[box] < _TEASER and next(box.iter("h1"), None) is None else None
        box = box.getparent()
    return None


def _leads_elsewhere(piece: Paragraph, base: str) -> bool:
    """Return whether a link in it leads to another page of the site; live reports link to themselves."""
    here, there = urlsplit(base), [urlsplit(joined(base, url)) for _, url in piece.links]
    return any(
        each.hostname == here.hostname and each.path.rstrip("/") != here.path.rstrip("/") for each in there
    )


def _without_tail(pieces: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """Drop what follows the last paragraph that is marked up as the story is; ways to help stay."""
    own = _common_markup(pieces)
    last = max(n for n, piece in enumerate(pieces) if piece.markup in own or asks_for_help(piece.text))
    return pieces[: last + 1]


def _without_last_headings(pieces: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """Drop headings that have no text below them."""
    last = max((n for n, piece in enumerate(pieces) if piece.heading is None), default=-1)
    return pieces[: last + 1]
