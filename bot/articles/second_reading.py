"""A second reading of a page with trafilatura, to confirm the paragraphs that our own reader found.

Two independent readers err on different pages. On 150 real pages each alone has an F1 of the body of .948 or
.949; our paragraphs without those that trafilatura leaves out have .958, and are better for each of the data
sets (`make bench-extraction`). We keep our own paragraphs and links, because trafilatura breaks sentences at
links.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from itertools import islice

import trafilatura
from lxml import html
from trafilatura.metadata import extract_metadata

from bot.articles.blocks import Block
from bot.articles.boilerplate import asks_for_help

# For both shares, any value between .5 and .9 gives the same F1 within .001.
_SAME = 0.7  # share of a paragraph's runs of words; with as many in trafilatura's text it is confirmed
_MOST = 0.7  # share of our text; if less is confirmed, trafilatura missed the story and is ignored
_RUN = 3  # words
_MOST_ELEMENTS = 20_000  # no second reading above: 150 real pages have at most 3,319, hostile ones 300,000

for _noisy in (
    "trafilatura",
    "htmldate",
):  # they log a warning for each page without a story; our refusal says it
    logging.getLogger(_noisy).setLevel(logging.CRITICAL)


def confirmed(page: html.HtmlElement, blocks: Sequence[Block]) -> Sequence[Block]:
    """Return the blocks that trafilatura finds in the page too; all of them if it misses most.

    A block that asks for help always stays: trafilatura leaves out two of three paragraphs that consist of
    one link.
    """
    if _is_too_large(page):
        return blocks
    confirming = set(_runs(_text(page)))
    kept = [block for block in blocks if asks_for_help(block.text) or _is_among(block, confirming)]
    return kept if _length(kept) >= _MOST * _length(blocks) else blocks


def _is_too_large(page: html.HtmlElement) -> bool:
    return next(islice(page.iter(), _MOST_ELEMENTS, None), None) is not None


def _text(page: html.HtmlElement) -> str:
    """Return trafilatura's text of the body, without its slower fallbacks, which lower F1 by .001 here."""
    found = trafilatura.bare_extraction(page, fast=True, include_comments=False)
    return (found.text or "") if isinstance(found, trafilatura.settings.Document) else ""


def _is_among(block: Block, confirming: set[tuple[str, ...]]) -> bool:
    runs = list(_runs(block.text, shorter=False))
    return bool(runs) and sum(run in confirming for run in runs) >= _SAME * len(runs)


def _runs(text: str, *, shorter: bool = True) -> Iterator[tuple[str, ...]]:
    """Yield each run of three words; runs of one or two with `shorter`, or if the text has no more words."""
    words = re.findall(r"\w+", text.casefold())
    for length in range(1 if shorter else min(_RUN, len(words)), _RUN + 1):
        yield from zip(*(words[start:] for start in range(length)), strict=False)


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def authors_and_day(page: html.HtmlElement) -> tuple[list[str], str]:
    """Return the authors and the day of publication (ISO 8601) from the page's markup; "" if unknown.

    It takes 5 ms, so use it only if <meta> tags say nothing. Dates in the running text do not count.
    """
    if _is_too_large(page):
        return [], ""
    found = extract_metadata(page, extensive=False)
    return [name.strip() for name in (found.author or "").split(";") if name.strip()], found.date or ""
