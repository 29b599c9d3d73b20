"""Corrects typing errors: finds the known words that a typed word may stand for."""

from collections.abc import Iterable

_TWO_ERRORS = 8  # letters; a word of at least so many may have two typing errors, a shorter one may have one
_LONGEST_END = 3


def errors_forgiven(word: str) -> int:
    """Return how many typing errors a word of this length may have."""
    return 2 if len(word) >= _TWO_ERRORS else 1


def ends(word: str) -> tuple[str, str]:
    """Return a beginning and an ending of the word, one of which a single typing error leaves unchanged.

    The word needs at least four letters. There is a letter between the two ends, so that two swapped letters
    cannot change both. Two errors can change both: such a word is not found.
    """
    size = min(_LONGEST_END, (len(word) - 1) // 2)
    return word[:size], word[-size:]


def nearest(word: str, known: Iterable[str], *, most: int = 10) -> list[tuple[int, str]]:
    """Return at most `most` known words with their numbers of errors, the fewest errors first."""
    forgiven = errors_forgiven(word)
    distances = ((distance(word, one, forgiven), one) for one in known)
    return sorted((errors, one) for errors, one in distances if errors <= forgiven)[:most]


def distance(one: str, other: str, limit: int) -> int:
    """Return how many letters were omitted, inserted, replaced or swapped with the next; at most limit + 1.

    This is the optimal string alignment distance (Damerau 1964; Boytsov 2011, "Indexing methods for
    approximate dictionary searching"). A swap is computed from the row before the last one.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, counterpart in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != counterpart))
            if row > 1 and column > 1 and letter == other[column - 2] and counterpart == one[row - 2]:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before_last, last = last, current
    return min(last[-1], limit + 1)
