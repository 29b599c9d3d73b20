"""Sentence splitting: cut a text in any language into sentences, offline.

nupunkt decides which full stops end a sentence; it was the best of five splitters on English news (35 hard
cases, boundary F1 on CNN). Its model is English and joins sentences of other languages ("porte son nom. Il y
a"), so for those it gets only their abbreviations. The code here adds what punctuation does not show: a line
of its own is not joined to the next, a quotation keeps the words that name its speaker, a lost space is put
back, and no sentence is longer than a limit.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from nupunkt import PunktSentenceTokenizer
from nupunkt.core.parameters import PunktParameters
from nupunkt.models import load_default_model

from bot.language.lexicon import lexicon_of, plain_code

# Characters in each line but the last of a text that was wrapped by hand or by an e-mail program.
_WRAPPED_LINE = range(45, 101)
_LONGEST = 1200  # characters; longer "sentences" in news come from lists and unpaired quotation marks

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
# A full stop whose space was lost with the markup: "…in Germany.Earlier, doctors…".
_LOST_SPACE = re.compile(
    r"""[.!?…](?:(?<=[a-zà-ÿа-яіїєґ]{2}.)["”»]?|(?<=[a-zà-ÿа-яіїєґ]["”»].))"""
    r"""(?=[A-ZÀ-ÞА-ЯІЇЄҐ][a-zà-ÿа-яіїєґ'’]|[«“][A-ZÀ-ÞА-ЯІЇЄҐ])"""
)
_STOP = re.compile(r"[.!?…]")
_STOP_AND_CAPITAL = re.compile(r'\.["”]? (?=["“]?[A-ZÀ-ÖØ-Þ\u0400-\u042f])')
_DAY_OF_MONTH = re.compile(r"(?:^|\s)\d{1,2}\.$")
# Chinese and Japanese full stops need no space after them; those of Hindi, Arabic and Amharic have one.
_OTHER_STOPS = re.compile(r"(?<=[。！？])(?![」』”’）。！？])|(?<=[。！？][」』”’）])|(?<=[।॥؟۔።])\s+")
# Abbreviations that many languages share, for those without a list of their own.
_COMMON_ABBREVIATIONS = (
    *("dr", "prof", "st", "nr", "etc", "vs", "tel"),
    *("jr", "ing", "mr", "no", "art", "max", "min"),
)
_CLAUSE = re.compile(r"(?<=[,;:—])\s+|\s+")


def split(text: str, language: str | None = None) -> list[str]:
    """Return the sentences of `text` in order, each on one line without spaces around it.

    `language` is a tag such as "uk" or "en-GB"; for None, English rules apply, and for an unknown language
    common abbreviations. A line that ends no sentence (a headline, a credit) stays separate. No sentence is
    longer than 1,200 characters.
    """
    language = plain_code(language)
    return [sentence for unit in paragraphs(text) for sentence in _split_unit(unit, language)]


def paragraphs(text: str) -> list[str]:
    """Split a text by its layout into paragraphs and unwrapped lines, each returned as one line."""
    units: list[str] = []
    for block in _BLANK_LINE.split(text.replace("\r\n", "\n")):
        lines = [line for line in (" ".join(line.split()) for line in block.split("\n")) if line]
        units += [" ".join(lines)] if _is_wrapped(lines) else lines
    return units


def _is_wrapped(lines: list[str]) -> bool:
    """Return whether these lines are one paragraph that was wrapped at some width."""
    return (
        len(lines) > 1
        and all(len(line) in _WRAPPED_LINE for line in lines[:-1])
        and any(line[-1] not in '.!?…"”»' for line in lines[:-1])
    )


def _split_unit(unit: str, language: str | None) -> list[str]:
    unit = _LOST_SPACE.sub(r"\g<0> ", unit)
    pieces = [
        piece for part in _parted_at_words(unit, language) for piece in _split_by_nupunkt(part, language)
    ]
    if not unit.isascii():
        pieces = [part.strip() for piece in pieces for part in _OTHER_STOPS.split(piece) if part.strip()]
    return [part for sentence in _joined(pieces, language) for part in _bounded(sentence)]


def _joined(pieces: list[str], language: str | None) -> list[str]:
    """Join the pieces that belong to one sentence."""
    sentences: list[str] = []
    for piece in pieces:
        if sentences and _belong_together(sentences[-1], piece, language):
            sentences[-1] += " " + piece
        else:
            sentences.append(piece)
    return sentences


def _parted_at_words(unit: str, language: str | None) -> Iterator[str]:
    """Cut the unit where nupunkt always cuts: after a word that is no abbreviation, before a capital."""
    start = 0
    for stop in _STOP_AND_CAPITAL.finditer(unit):
        word = unit[unit.rfind(" ", 0, stop.start()) + 1 : stop.start()]
        if len(word) > 1 and word.isalpha() and word.lower() not in _abbreviations(language):
            yield unit[start : stop.end() - 1]
            start = stop.end()
    yield unit[start:]


def _split_by_nupunkt(part: str, language: str | None) -> list[str]:
    """Split a part with nupunkt, unless its only stop is at its end, as in most parts.

    nupunkt takes 11 µs for each stop between two words that it has not seen together: that would be a third
    of the time for a story's Summaries. Cutting at plain stops beforehand saves most of it and changed no
    sentence of 1,400 stories, each split by the rules of five languages.
    """
    if _STOP.search(part, 0, len(part) - 2) is None:
        return [part] if part else []
    spans = _tokenizer(language).span_tokenize(part)  # not texts(): it looks for layout, which one line lacks
    return [piece for start, end in spans if (piece := part[start:end].strip())]


def _belong_together(left: str, right: str, language: str | None) -> bool:
    """Return whether the full stop between these two pieces ends no sentence."""
    if right.lstrip("—–- ")[:1].islower():  # «Ні!» — сказав він.
        return True
    return lexicon_of(language).ordinals_take_a_stop and _DAY_OF_MONTH.search(left) is not None


def _bounded(sentence: str) -> list[str]:
    """Cut a sentence that is longer than the limit, at clauses or else between words."""
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
def _tokenizer(language: str | None) -> PunktSentenceTokenizer:
    """Return nupunkt with its English model, or for another language with only its abbreviations."""
    if language in (None, "en"):
        return load_default_model()
    abbreviations = set(lexicon_of(language).abbreviations or _COMMON_ABBREVIATIONS)
    return PunktSentenceTokenizer(PunktParameters(abbrev_types=abbreviations), include_common_abbrevs=False)
