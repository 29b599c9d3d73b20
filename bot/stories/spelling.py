"""Typing errors: which known words a reader may have meant."""

from collections.abc import Iterable

_TWO_ERRORS = 8  # letters from which on a word may have two typing errors, not one
_LONGEST_END = 3


def errors_forgiven(word: str) -> int:
    """How many typing errors may be in a word of this length."""
    return 2 if len(word) >= _TWO_ERRORS else 1


def ends(word: str) -> tuple[str, str]:
    """A beginning and an ending, one of which stays whole under a single error, for words of four letters on.

    The two leave a letter between them, so that two letters that changed places cannot touch both. Two errors
    can spoil both ends: such a word is not found.
    """
    size = min(_LONGEST_END, (len(word) - 1) // 2)
    return word[:size], word[-size:]


def nearest(word: str, known: Iterable[str], *, most: int = 10) -> list[tuple[int, str]]:
    """The known words with the fewest errors, with their number, nearest first and at most so many."""
    forgiven = errors_forgiven(word)
    distances = ((distance(word, one, forgiven), one) for one in known)
    return sorted((errors, one) for errors, one in distances if errors <= forgiven)[:most]


def distance(one: str, other: str, limit: int) -> int:
    """How many letters were left out, put in, mistaken or swapped with the next; above `limit`: limit + 1.

    Optimal string alignment distance (Damerau 1964; Boytsov 2011, "Indexing methods for approximate
    dictionary searching"): the row before last answers for a swap.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for place, counterpart in enumerate(other, 1):
            cost = min(last[place] + 1, current[-1] + 1, last[place - 1] + (letter != counterpart))
            if row > 1 and place > 1 and letter == other[place - 2] and counterpart == one[row - 2]:
                cost = min(cost, before_last[place - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before_last, last = last, current
    return min(last[-1], limit + 1)
