"""Typical words: the nouns by which names of organisations are recognised ("Foundation", "Tierheim")."""

import re
from collections.abc import Iterator
from functools import cache

from bot.pleas.cues import language_table

_ANY_BEGINNING = r"\w*"  # of a German compound: "\w*verein"


@cache
def typical_words(language: str) -> re.Pattern[str]:
    """Return the pattern of the typical words of a language that has a table.

    What may have any beginning is one alternative of many endings, which takes a third of the time.
    """
    parts = list(_alternatives(language_table(language)["organisation"]["nouns"]))
    endings = [part.removeprefix(_ANY_BEGINNING) for part in parts if part.startswith(_ANY_BEGINNING)]
    whole = [part for part in parts if not part.startswith(_ANY_BEGINNING)]
    if endings:
        whole.append(rf"\w*(?:{'|'.join(endings)})")
    return re.compile(rf"\b(?:{'|'.join(whole)})\b", re.IGNORECASE)


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the alternatives of a pattern; those in brackets stay together."""
    depth, start = 0, 0
    for place, letter in enumerate(pattern):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            yield pattern[start:place]
            start = place + 1
    yield pattern[start:]
