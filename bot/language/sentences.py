"""Sentences: a text cut into them, in any language, offline.

nupunkt decides what a full stop means; it was the best of five splitters on English news (35 hard cases,
boundary F1 on CNN). What it has learned is English and joins sentences of other languages ("porte son nom. Il
y a"), so those get their own abbreviations and nothing else. What punctuation alone cannot tell is decided
around it: a line of its own is never glued to the next, a quotation keeps the words that name its speaker, a
lost space is found again, and no sentence grows without end.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.language.lexicon import lexicon_of, plain_code

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

# A text wrapped by hand or by e-mail: every line but the last fills most of a line of 60 to 100 characters.
_WRAPPED_LINE = range(45, 101)
# No sentence of the news texts that were measured is longer; an unpaired mark or a list may make one.
_LONGEST = 1200

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
# "…in Germany.Earlier, doctors…": the space after a full stop was lost when markup was removed.
_LOST_SPACE = re.compile(
    r"""[.!?…](?:(?<=[a-zà-ÿа-яіїєґ]{2}.)["”»]?|(?<=[a-zà-ÿа-яіїєґ]["”»].))"""
    r"""(?=[A-ZÀ-ÞА-ЯІЇЄҐ][a-zà-ÿа-яіїєґ'’]|[«“][A-ZÀ-ÞА-ЯІЇЄҐ])"""
)
_STOP = re.compile(r"[.!?…]")
_STOP_AND_CAPITAL = re.compile(r'\.["”]? (?=["“]?[A-ZÀ-ÖØ-Þ\u0400-\u042f])')
_DAY_OF_MONTH = re.compile(r"(?:^|\s)\d{1,2}\.$")
# Chinese and Japanese stops need no space after them; those of Hindi, Arabic and Amharic are followed by one.
_OTHER_STOPS = re.compile(r"(?<=[。！？])(?![」』”’）。！？])|(?<=[。！？][」』”’）])|(?<=[।॥؟۔።])\s+")
# Where we know no abbreviations of a language: those that most share.
_COMMON_ABBREVIATIONS = (
    "dr",
    "prof",
    "st",
    "nr",
    "etc",
    "vs",
    "tel",
    "jr",
    "ing",
    "mr",
    "no",
    "art",
    "max",
    "min",
)
_CLAUSE = re.compile(r"(?<=[,;:—])\s+|\s+")


def split(text: str, language: str | None = None) -> list[str]:
    """The sentences of `text` in order, each on one line without spaces around it.

    `language` is a tag such as "uk" or "en-GB"; None or one that is not known is split by English rules,
    which hold wherever sentences end in a full stop. Lines that end no sentence (a headline, a credit) stay
    by themselves. No sentence is longer than 1,200 characters.
    """
    language = plain_code(language)
    return [sentence for unit in paragraphs(text) for sentence in _split_unit(unit, language)]


def paragraphs(text: str) -> list[str]:
    """What the layout keeps apart, each on one line: paragraphs, and lines that were not wrapped."""
    units: list[str] = []
    for block in _BLANK_LINE.split(text.replace("\r\n", "\n")):
        lines = [line for line in (" ".join(line.split()) for line in block.split("\n")) if line]
        units += [" ".join(lines)] if _is_wrapped(lines) else lines
    return units


def _is_wrapped(lines: list[str]) -> bool:
    """Whether these lines are one paragraph that was broken to fit a width."""
    return (
        len(lines) > 1
        and all(len(line) in _WRAPPED_LINE for line in lines[:-1])
        and any(line[-1] not in '.!?…"”»' for line in lines[:-1])
    )


def _split_unit(unit: str, language: str | None) -> list[str]:
    unit = _LOST_SPACE.sub(r"\g<0> ", unit)
    pieces = [piece for part in _parted_at_words(unit, language) for piece in _decided(part, language)]
    if not unit.isascii():
        pieces = [part.strip() for piece in pieces for part in _OTHER_STOPS.split(piece) if part.strip()]
    sentences: list[str] = []
    for piece in pieces:
        if sentences and _belong_together(sentences[-1], piece, language):
            sentences[-1] += " " + piece
        else:
            sentences.append(piece)
    return [part for sentence in sentences for part in _bounded(sentence)]


def _parted_at_words(unit: str, language: str | None) -> Iterator[str]:
    """The unit, cut where nupunkt always cuts: after a word that is no abbreviation, before a capital."""
    start = 0
    for stop in _STOP_AND_CAPITAL.finditer(unit):
        word = unit[unit.rfind(" ", 0, stop.start()) + 1 : stop.start()]
        if len(word) > 1 and word.isalpha() and word.lower() not in _abbreviations(language):
            yield unit[start : stop.end() - 1]
            start = stop.end()
    yield unit[start:]


def _decided(part: str, language: str | None) -> list[str]:
    """A part's sentences; most have no stop but their last, and nupunkt need not be asked about them.

    It takes 11 µs for each stop that it has not met between these two words before: a third of the time of
    a story's Summaries. Cutting beforehand saves most of that, and changed no sentence of 1,400 stories, each
    split by the rules of five languages.
    """
    if _STOP.search(part, 0, len(part) - 2) is None:
        return [part] if part else []
    spans = _tokenizer(language).span_tokenize(part)  # one line has no layout, which texts() would look for
    return [piece for start, end in spans if (piece := part[start:end].strip())]


def _belong_together(left: str, right: str, language: str | None) -> bool:
    """Whether the full stop between them ended no sentence."""
    if right.lstrip("—–- ")[:1].islower():  # «Ні!» — сказав він.
        return True
    return lexicon_of(language).ordinals_take_a_stop and _DAY_OF_MONTH.search(left) is not None


def _bounded(sentence: str) -> list[str]:
    """The sentence, cut at clauses or else words where it is longer than any sentence should be."""
    if len(sentence) <= _LONGEST:
        return [sentence]
    parts = [""]
    for clause in _CLAUSE.split(sentence):
        if parts[-1] and len(parts[-1]) + len(clause) >= _LONGEST:
            parts.append("")
        parts[-1] = f"{parts[-1]} {clause}".strip()
    return [part[i : i + _LONGEST] for part in parts for i in range(0, len(part), _LONGEST)]


@lru_cache(maxsize=32)
def _abbreviations(language: str | None) -> frozenset[str]:
    return frozenset(_tokenizer(language).abbreviations)


@lru_cache(maxsize=32)
def _tokenizer(language: str | None) -> "PunktSentenceTokenizer":
    """Punkt with what was learned from English, or else with nothing but the language's abbreviations."""
    # Here, since nupunkt takes 50 ms that only a process which splits should pay.
    from nupunkt import PunktSentenceTokenizer  # noqa: PLC0415
    from nupunkt.core.parameters import PunktParameters  # noqa: PLC0415
    from nupunkt.models import load_default_model  # noqa: PLC0415

    if language in (None, "en"):
        return load_default_model()
    abbreviations = set(lexicon_of(language).abbreviations or _COMMON_ABBREVIATIONS)
    return PunktSentenceTokenizer(PunktParameters(abbrev_types=abbreviations), include_common_abbrevs=False)
