"""Recognises the same story again, under another address or in nearly the same words.

A text is compared as the set of its shingles: runs of three words (of five characters in a script without
spaces). How many shingles two texts share says whether they are one story. That is counted exactly, but only
for the few pairs whose MinHash signatures agree in a band; the database finds those by an index.

A signature has 64 bands of two values. A pair with Jaccard similarity J shares a band with probability
1 - (1 - J²)^64, which is 99 % from J = .27 on. So nearly every pair of the same story is found (with J ≥ .60,
one in 10^12 is missed), and so is every copy that adds nothing and keeps 27 % of the story, or that keeps
37 % and is one fifth new.
"""

import re
import struct
from enum import Enum
from operator import eq

from bot.language.scripts import UNSPACED

_PERMUTATIONS = 128
_SEED = 20
_FORMAT = struct.Struct(f"<I{_PERMUTATIONS}I")  # the number of shingles, and the signature
_BANDS = struct.Struct(f"<4x{_PERMUTATIONS // 2}q")  # the same bytes: two values are one band
_FEW = 20  # shingles; what a shorter text shares with another proves nothing
_WORDS = 20_000  # further words are ignored; the longest story of 1,400 has 9,000
_NEAR = 0.15  # estimated Jaccard from which a pair is counted: .27 less three times the estimate's deviation

# Measured on real pairs (facts.md): shares from which two texts are one story, a copy cut short, related.
_SAME = 0.60
_CUT_SHORT = 0.80
_RELATED = 0.35

# A word, or one character of a script that is written without spaces.
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
_CHARACTER = re.compile(rf"[{UNSPACED}]")


class Likeness(Enum):
    """How two similar texts relate to each other."""

    ALIKE = "the same story, perhaps shortened or reworded here and there"
    RELATED = "another story that shares much with it, such as the next one about the same thing"


def shingles(text: str) -> frozenset[str]:
    """Return the runs of three words (five characters in a script without spaces) in a text."""
    tokens = _TOKEN.findall(text.casefold())[:_WORDS]
    unspaced = sum(1 for token in tokens if _CHARACTER.match(token))
    width = 5 if 2 * unspaced > len(tokens) else 3
    return frozenset(" ".join(tokens[at : at + width]) for at in range(len(tokens) - width + 1))


def signature(text: str) -> bytes:
    """Return the MinHash signature of a text in 516 bytes; empty if the text is too short to compare."""
    import rensa  # type: ignore[import-untyped]  # it has no types  # noqa: PLC0415  # only the pool needs it

    found = shingles(text)
    if len(found) < _FEW:
        return b""
    hashed = rensa.RMinHash(_PERMUTATIONS, _SEED)
    hashed.update(list(found))
    return _FORMAT.pack(len(found), *hashed.digest())


def bands(signature: bytes) -> tuple[int, ...]:
    """Return the bands of a signature as signed 64-bit numbers; texts that share none are not compared."""
    return _BANDS.unpack(signature) if signature else ()


def estimated_jaccard(one: bytes, other: bytes) -> float:
    """Return the Jaccard similarity that two signatures imply; its standard deviation is at most .044."""
    same: int = sum(map(eq, _FORMAT.unpack(one)[1:], _FORMAT.unpack(other)[1:]))
    return same / _PERMUTATIONS


def is_near(one: bytes, other: bytes) -> bool:
    """Return whether two signatures are similar enough to count the shingles that their texts share."""
    return estimated_jaccard(one, other) >= _NEAR


def compare(one: frozenset[str], other: frozenset[str]) -> tuple[Likeness | None, float]:
    """Return how two texts relate, given their shingles, and the larger share of the two that is common."""
    shared = len(one & other)
    if not shared:
        return None, 0.0
    jaccard, containment = shared / len(one | other), shared / min(len(one), len(other))
    if jaccard >= _SAME or containment >= _CUT_SHORT:
        return Likeness.ALIKE, containment
    return (Likeness.RELATED if jaccard >= _RELATED else None), containment
