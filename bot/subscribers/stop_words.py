"""Recognise a message that is nothing but a request: STOP, «Відписатися», or "off" after /dayoff."""

import re
from functools import cache

from bot.language import rule_tables
from bot.subscribers.cities import folded

_LONGEST = 60  # characters; a longer message says more than that
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")


def asks_to_stop(message: str) -> bool:
    """Return whether the message, in any language of the bot, is nothing but a request to stop."""
    return _is_only(message, "stop")


def asks_to_end_day_off(words: str) -> bool:
    """Return whether the words after /dayoff, in any language of the bot, ask to end the day off."""
    return _is_only(words, "back")


def _is_only(message: str, table: str) -> bool:
    """Return whether the message is nothing but a request of the table, and polite words."""
    if len(message) > _LONGEST:
        return False
    requests, polite = _phrases(table)
    words = [folded(word) for word in _WORD.findall(message)]
    for length in range(len(words) + 1):
        before, after = "".join(words[:length]), "".join(words[length:])
        if (before in requests and after in polite) or (before in polite and after in requests):
            return True
    return False


@cache
def _phrases(table: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the requests and the polite words, folded and without spaces; no polite word is one too."""
    words = rule_tables.table(table)["words"]
    requests = {folded(phrase) for phrases in words.values() for phrase in phrases}
    polite = rule_tables.table("stop")["polite"]["words"]
    return frozenset(requests), frozenset({""} | {folded(phrase) for phrase in polite})
