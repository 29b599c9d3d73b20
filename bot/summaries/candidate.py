"""Candidates: one sentence of a story, prepared for the rules that it is tried by."""

import re
from typing import NamedTuple

from bot.language.lexicon import Lexicon
from bot.language.phrases import words_of

TOKEN = re.compile(r"\w+(?:['.-]\w+)*")
QUOTE_MARKS = "\"“„«'‘「"
_LEADING_MARKS = re.compile(r"^[\W_]+")
_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|„[^”“]*[”“]|«[^»]*»|(?<!\w)['‘](?:[^'’]|['’](?=\w))*['’](?!\w)|「[^」]*」"
)


class Candidate(NamedTuple):
    """One sentence.

    bare: the text in lower case, with straight apostrophes, from its first letter or digit on. words: those
    of `bare`.
    """

    text: str
    bare: str
    words: frozenset[str]
    lexicon: Lexicon


def candidate_of(text: str, lexicon: Lexicon) -> Candidate:
    """Prepare the sentence."""
    bare = text.replace("’", "'").lower()
    return Candidate(text, bare if bare[:1].isalnum() else without_marks(bare), words_of(bare), lexicon)


def without_marks(text: str) -> str:
    """Return the text from its first letter or digit on."""
    return _LEADING_MARKS.sub("", text)


def without_quotations(text: str) -> str:
    """Return the text with a space for each quotation."""
    return _QUOTED.sub(" ", text)
