"""Words of the other direction within a sentence: kept together, so that they turn nothing around them."""

from unicodedata import bidirectional

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"  # Unicode's UAX 9; Telegram's apps know them
_RIGHT_TO_LEFT = {"R", "AL"}


def isolated(words: str) -> str:
    """The words in isolates where any letter of them is written from right to left; else as they are."""
    if words.isascii() or not any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in words):
        return words
    return f"{_FIRST_STRONG_ISOLATE}{words}{_POP_ISOLATE}"
