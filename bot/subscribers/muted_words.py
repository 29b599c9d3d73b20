"""Muted words and names of a reader: read them from text, and keep them in one column."""

import re
from functools import lru_cache

from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark

MOST = 30
"""Words and names that one reader can mute."""

LONGEST = 40
"""Characters of a muted word or name."""

_LEAST = 2  # letters or digits: a single one says nothing


@lru_cache(maxsize=4096)  # there are few readers with muted words at a time, and many Stories for each
def listed(column: str) -> tuple[str, ...]:
    """Return the words and names in the column `muted_words`, in the order in which they were added."""
    return tuple(column.split("\n")) if column else ()


def parts(typed: str) -> list[str]:
    """Return the words and names in a typed text: separated by commas, semicolons or lines."""
    return [one for one in re.split(r"[,;،、，\n]", typed) if one.strip()] or [typed]


def read(typed: str) -> str:
    """Return a typed word or name as it is kept, with single spaces.

    Raises InvalidInputError if it is too long, or has less than two letters or digits.
    """
    phrase = " ".join(typed.split())
    if len(phrase) > LONGEST:
        raise InvalidInputError(
            mark("A muted word or name can have at most {limit} characters. Send a shorter one."),
            limit=LONGEST,
        )
    if sum(map(str.isalnum, phrase)) < _LEAST:
        raise InvalidInputError(
            mark("A muted word or name must have at least two letters. Send another one.")
        )
    return phrase


def added(column: str, phrase: str) -> str:
    """Return the column with this word or name at its end; unchanged if it is there.

    Raises RefusedError if there are too many.
    """
    known = listed(column)
    if _key(phrase) in map(_key, known):
        return column
    if len(known) >= MOST:
        raise RefusedError(
            mark("You have muted {limit} words, which is the limit. Unmute one first."), limit=MOST
        )
    return "\n".join((*known, phrase))


def removed(column: str, phrase: str) -> str:
    """Return the column without this word or name, in small or capital letters.

    Raises NotFoundError if it is not there.
    """
    left = [one for one in listed(column) if _key(one) != _key(phrase)]
    if len(left) == len(listed(column)):
        raise NotFoundError(
            mark("You have not muted “{word}”. Your muted words: /mute"), word=phrase[:LONGEST]
        )
    return "\n".join(left)


def _key(phrase: str) -> str:
    return " ".join(phrase.casefold().split())
