"""Alignment: find the paragraphs of a page that another program chose for its reading.

The reading decides what belongs to the story. We take the page's own paragraphs, because readings break
sentences and lose links. A line of the reading that is in no paragraph is kept as it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.articles.page.blocks import fold
from bot.articles.page.paragraphs import Paragraph

_RUN = 3  # words
_SHORT = 6  # words; a shorter paragraph may stand anywhere by chance, so it must follow the last one
_GAP = 9  # words of the reading that may lie between a paragraph and a short one below it
_SAME = 0.7  # share of a paragraph's runs of words that must be in the reading
_UNREAD = 0.6  # share of a line's words; with more that no paragraph has, the line itself is kept
_DRIFT = 0.15  # share of a paragraph's words; the reading may leave out or add as many in it
_MOST_PLACES = 20  # of one run of words; hostile pages repeat one a million times


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a page's paragraphs stand in a reading; a place is the number of a word, from 0.

    places: the place where each paragraph begins, by the paragraph's number; others are not in the reading.
    lines: the lines of the reading that are in no paragraph, each with its place.
    """

    places: dict[int, int]
    lines: list[tuple[int, str]]


def align(paragraphs: Sequence[Paragraph], text: str) -> Reading:
    """Find the paragraphs that are in the text; of equal ones, only as many as it has equal lines."""
    aligner = _Aligner(text)
    places = {}
    for number, paragraph in enumerate(paragraphs):
        place = aligner.claim(paragraph.words)
        if place is not None:
            places[number] = place
    return Reading(places, list(aligner.unclaimed()))


class _Aligner:
    def __init__(self, text: str) -> None:
        self._lines = [fold(line.strip("|- ")) for line in text.split("\n")]  # rows of tables, items of lists
        self._rows = {fold(line.strip("|- ")) for line in text.split("\n") if line.startswith("|")}
        self._words: list[str] = []
        self._line_of: list[int] = []
        self._whole: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)  # where each line begins
        for number, line in enumerate(self._lines):
            words = re.findall(r"\w+", line.casefold())
            self._whole[tuple(words)].append(len(self._words))
            self._words += words
            self._line_of += [number] * len(words)
        self._free = [True] * len(self._words)
        self._last = -1  # the place of the last claimed word
        self._places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, run in enumerate(runs(self._words, _RUN)):
            if len(self._places[run]) < _MOST_PLACES:
                self._places[run].append(place)

    def claim(self, words: Sequence[str]) -> int | None:
        """Return the place where these words begin, if they are in the text and still free; claim them."""
        if not words:
            return None
        found = self._find(words) if len(words) >= _SHORT else self._find_next(words)
        if found is None:
            return None
        first, end = found
        self._free[first:end] = [False] * (end - first)
        self._last = end - 1
        return first

    def _find(self, words: Sequence[str]) -> tuple[int, int] | None:
        """Return where the paragraph is a line, or where most of its runs of words stand together."""
        whole = self._whole.get(tuple(words))
        if whole:
            return whole[0], whole.pop(0) + len(words)
        hits = [
            (place, place - at)
            for at, run in enumerate(runs(words, _RUN))
            for place in self._places.get(run, ())
            if self._free[place]
        ]
        if not hits:
            return None
        [(best, _)] = Counter(start for _, start in hits).most_common(1)
        drift = _DRIFT * len(words)
        together = {place for place, start in hits if abs(start - best) <= drift}
        if len(together) < _SAME * (len(words) - _RUN + 1):
            return None
        return min(together), max(together) + _RUN

    def _find_next(self, words: Sequence[str]) -> tuple[int, int] | None:
        """Return where a few words are a line, right after the words that were claimed last."""
        size = len(words)
        for first in range(self._last + 1, min(self._last + 1 + _GAP, len(self._words) - size + 1)):
            if self._is_line(first, first + size) and self._words[first : first + size] == words:
                return first, first + size
        return None

    def _is_line(self, first: int, end: int) -> bool:
        """Return whether these words are still free, and one whole line or in the row of a table."""
        lines = self._line_of
        if self._lines[lines[first]] in self._rows:  # a paragraph of the page is one cell of it
            return all(self._free[first:end])
        begins = first == 0 or lines[first - 1] != lines[first]
        ends = end == len(lines) or lines[end] != lines[end - 1]
        return begins and ends and lines[first] == lines[end - 1] and self._free[first]

    def unclaimed(self) -> Iterator[tuple[int, str]]:
        """Yield the lines of the text that no paragraph has claimed, each with its place."""
        total = Counter(self._line_of)
        free = Counter(line for line, is_free in zip(self._line_of, self._free, strict=True) if is_free)
        first: dict[int, int] = {}
        for place, line in enumerate(self._line_of):
            first.setdefault(line, place)
        for line, words in free.items():
            if words >= _UNREAD * total[line]:
                yield first[line], self._lines[line]


def runs(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Return each run of `size` words in order."""
    return zip(*(words[start:] for start in range(size)), strict=False)
