"""The same story again, under another address or in nearly the same words.

A text is the set of its shingles: each run of three words in a row (of five characters where the script has
no spaces). What two texts share says whether they are one story: that is counted exactly, but only for the
few pairs whose MinHash signatures agree in a band, which the database finds by an index.

Bands are two values wide and 64 in number: a pair with Jaccard J shares one with 1 - (1 - J²)^64, which is
99 % from J = .27 on. So nearly every pair of the same story is met (J ≥ .60: missed once in 10^12), and
every copy that adds nothing and keeps 27 % of the story, or has a fifth of its own and keeps 37 %.
"""

import re
import struct
from enum import Enum
from operator import eq

_PERMUTATIONS = 128
_SEED = 20
_FORMAT = struct.Struct(f"<I{_PERMUTATIONS}I")  # how many shingles there are, and the signature
_BANDS = struct.Struct(f"<4x{_PERMUTATIONS // 2}q")  # the same bytes: two values are one band
_FEW = 20  # shingles; what a shorter text shares with another proves nothing
_WORDS = 20_000  # as many are looked at; the longest story of 1,400 that were looked through has 9,000
_NEAR = 0.15  # estimated Jaccard of a pair worth counting: .27 less three times the estimate's deviation

# Measured on real pairs (facts.md): shares from which two texts are one story, a copy cut short, related.
_SAME = 0.60
_CUT_SHORT = 0.80
_RELATED = 0.35

# A word, or one character of a script that is written without spaces (as in vocabulary.py).
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_CHARACTER = re.compile(rf"[{_UNSPACED}]")


class Likeness(Enum):
    """What two texts are to each other."""

    ALIKE = "the same story, perhaps shortened or reworded here and there"
    RELATED = "another story that shares much with it, such as the next one about the same thing"


def shingles(text: str) -> frozenset[str]:
    """The runs of three words (five characters where the script has no spaces) that a text consists of."""
    tokens = _TOKEN.findall(text.casefold())[:_WORDS]
    unspaced = sum(1 for token in tokens if _CHARACTER.match(token))
    width = 5 if 2 * unspaced > len(tokens) else 3
    return frozenset(" ".join(tokens[at : at + width]) for at in range(len(tokens) - width + 1))


def signature(text: str) -> bytes:
    """What of a text is compared first, in 516 bytes; empty where it is too short to be compared."""
    import rensa  # type: ignore[import-untyped]  # it has no types  # noqa: PLC0415  # only where stories are read

    found = shingles(text)
    if len(found) < _FEW:
        return b""
    hashed = rensa.RMinHash(_PERMUTATIONS, _SEED)
    hashed.update(list(found))
    return _FORMAT.pack(len(found), *hashed.digest())


def bands(signature: bytes) -> tuple[int, ...]:
    """The bands of a signature, as signed 64-bit numbers; texts that share none are not compared."""
    return _BANDS.unpack(signature) if signature else ()


def likeness(one: bytes, other: bytes) -> float:
    """The Jaccard of two texts as their signatures estimate it; its standard deviation is at most .044."""
    same: int = sum(map(eq, _FORMAT.unpack(one)[1:], _FORMAT.unpack(other)[1:]))
    return same / _PERMUTATIONS


def is_near(one: bytes, other: bytes) -> bool:
    """Is it worth while to count what these two share?"""
    return likeness(one, other) >= _NEAR


def kinship(one: frozenset[str], other: frozenset[str]) -> tuple[Likeness | None, float]:
    """What the texts with these shingles are to each other, and the larger share that they have in common."""
    shared = len(one & other)
    if not shared:
        return None, 0.0
    jaccard, containment = shared / len(one | other), shared / min(len(one), len(other))
    if jaccard >= _SAME or containment >= _CUT_SHORT:
        return Likeness.ALIKE, containment
    return (Likeness.RELATED if jaccard >= _RELATED else None), containment
