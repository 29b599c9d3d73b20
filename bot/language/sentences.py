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

_LONGEST_WORD = 30  # characters
_LOOKED_BACK = 60  # characters before a full stop; sentences of any length are joined, and searched again

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
# A full stop whose space was lost with the markup: "…in Germany.Earlier, doctors…".
_LOST_SPACE = re.compile(
    r"""[.!?…](?:(?<=[a-zà-ÿа-яіїєґ]{2}.)["”»]?|(?<=[a-zà-ÿа-яіїєґ]["”»].))"""
    r"""(?=[A-ZÀ-ÞА-ЯІЇЄҐ][a-zà-ÿа-яіїєґ'’]|[«“][A-ZÀ-ÞА-ЯІЇЄҐ])"""
)
_STOP = re.compile(r"[.!?…]")
_STOP_AND_CAPITAL = re.compile(r'\.["”]? (?=["“]?[A-ZÀ-ÖØ-Þ\u0400-\u042f])')
# A number with a stop at the end, and the word before it: "am 3.", "Gleis 4."
_ORDINAL = re.compile(r"(?:(\S+)\s)?\d{1,3}\.$")
_DATE = re.compile(r"\d{1,2}\.? \w{3,6}\.$")  # "5 лют.", which a year follows
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}$")  # "O.N.U."
_WORD_START = re.compile(r"[\s-]")  # "Japan-U.S."
_LAST_WORD = re.compile(r"([^\W\d_]+)\.$")
# A capital and consonants alone are no word: "Kl.", "Gl.".
_CONSONANTS = re.compile(r"[^\W\d_aeiouyäöüáéíóúàèâêîôûąęóøåæаеёиоуыэюяєії]{2,4}$", re.IGNORECASE)
# A closing guillemet right behind a stop: "»Ja.« Dann", never "Oui. « Non"
_GUILLEMET = re.compile(r"(?<=[.!?…]«)\s+(?=[^\W\d_a-zà-ÿ]|[\d»„“])")
_ABBREVIATION_AND_CAPITAL = re.compile(
    r"(?<=\w\w\.) (?=([A-ZÀ-ÖØ-Þ\u0400-\u042f][\w’']+) [^\W\d_A-ZÀ-ÖØ-Þ\u0400-\u042f])"
)
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
    return [sentence for _, sentence in placed(text, language)]


def placed(text: str, language: str | None = None) -> Iterator[tuple[int, str]]:
    """Yield the sentences of `text` as `split` does, each with the number of its paragraph (from 0)."""
    language = plain_code(language)
    for number, unit in enumerate(paragraphs(text)):
        for sentence in _split_unit(unit, language):
            yield number, sentence


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
        pieces = [part for piece in pieces for part in _GUILLEMET.split(piece)]
    pieces = [part for piece in pieces for part in _parted_at_openers(piece, language)]
    return [part for sentence in _joined(pieces, language) for part in _bounded(sentence)]


def _parted_at_openers(piece: str, language: str | None) -> Iterator[str]:
    """Cut after an abbreviation before a word that only a sentence's beginning writes with a capital."""
    if piece.find(". ") < 0:
        yield piece
        return
    lexicon, start = lexicon_of(language), 0
    for space in _ABBREVIATION_AND_CAPITAL.finditer(piece):
        abbreviation = piece[piece.rfind(" ", 0, space.start()) + 1 : space.start() - 1].lower()
        if lexicon.opens(space[1]) and abbreviation not in lexicon.titles:
            yield piece[start : space.start()]
            start = space.end()
    yield piece[start:]


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
    if left[-1] != ".":
        return False
    end = left[-_LOOKED_BACK:]
    is_date = right[:4].isdigit() and _DATE.search(end) is not None
    if not (is_date or _is_ordinal(end, language) or _is_abbreviated(end, language)):
        return False
    return not lexicon_of(language).opens(right.split(" ", 1)[0].rstrip(",.:"))


def _is_ordinal(left: str, language: str | None) -> bool:
    """Return whether the number at the end counts in order ("am 3."), as the word before it shows."""
    words = lexicon_of(language).before_ordinals
    number = _ORDINAL.search(left) if words and left[-2:-1].isdigit() else None
    if number is None:
        return False
    return number[1] is None or number[1].endswith(",") or number[1].lower().rstrip(".") in words


def _is_abbreviated(left: str, language: str | None) -> bool:
    """Return whether the last word is an abbreviation that nupunkt does not know as one.

    nupunkt knows none behind a hyphen ("Kto.-Nr.") or at the end of a word ("Bahnhofstr."), and letters with
    stops between ("O.N.U.") only in English.
    """
    listed = lexicon_of(language).abbreviations
    if _WORD_START.split(left[:-1])[-1].lower() in listed:
        return True
    if language in (None, "en"):
        return False
    word = _LAST_WORD.search(left, max(0, len(left) - _LONGEST_WORD))
    if word is None:
        return False
    low = word[1].lower()
    if low in listed or low.endswith(_word_ends(language)):
        return True
    is_title_case = word[1][0].isupper() and not word[1].isupper()
    return _INITIALS.search(left) is not None or (is_title_case and _CONSONANTS.match(word[1]) is not None)


@lru_cache(maxsize=32)
def _word_ends(language: str | None) -> tuple[str, ...]:
    """Return the abbreviations that end a word ("-str")."""
    return tuple(each[1:] for each in lexicon_of(language).abbreviations if each[0] == "-")


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
