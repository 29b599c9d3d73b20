"""Recognise a message that asks for no more messages: STOP, «Відписатися», "hör bitte auf"."""

import re
from functools import cache

from bot.language import rule_tables
from bot.subscribers.cities import folded

_LONGEST = 60  # characters; a longer message says more than that
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")


def asks_to_stop(message: str) -> bool:
    """Return whether the message, in any language of the bot, is nothing but a request to stop.

    Polite words may stand anywhere in it.
    """
    return len(message) <= _LONGEST and _essence(message) in _requests()


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
def _requests() -> frozenset[str]:
    table = rule_tables.table("stop")["words"]
    return frozenset(_essence(phrase) for phrases in table.values() for phrase in phrases) - {""}
