"""Recognise a message that is nothing but a request: STOP, «Відписатися», or "off" after /dayoff."""

import re
from functools import cache

from bot.language import rule_tables
from bot.subscribers.places.cities import folded

_LONGEST = 60  # characters; a longer message says more than that
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")


def asks_to_stop(message: str) -> bool:
    """Return whether the message, in any language of the bot, is nothing but a request to stop.

    Polite words may stand anywhere in it.
    """
    return _is_only(message, "stop")


def asks_to_end_day_off(words: str) -> bool:
    """Return whether the words after /dayoff, in any language of the bot, ask to end the day off."""
    return _is_only(words, "back")


def _is_only(message: str, table: str) -> bool:
    """Return whether the message is nothing but a request of the table, and polite words."""
    return len(message) <= _LONGEST and _essence(message) in _requests(table)


def _essence(message: str) -> str:
    """Return the words of a message, folded and without spaces, except the polite ones."""
    return "".join(_polite().sub("", _spaced(message)).split())


def _spaced(message: str) -> str:
    """Return the folded words of a message, each between spaces of its own."""
    return "".join(f" {folded(word)} " for word in _WORD.findall(message))


@cache
def _polite() -> re.Pattern[str]:
    """Return the pattern of a polite phrase in a spaced message, the longest ones first."""
    phrases = map(_spaced, rule_tables.table("stop")["polite"]["words"])
    return re.compile("|".join(sorted(phrases, key=len, reverse=True)))


@cache
def _requests(table: str) -> frozenset[str]:
    words = rule_tables.table(table)["words"]
    return frozenset(_essence(phrase) for phrases in words.values() for phrase in phrases) - {""}
