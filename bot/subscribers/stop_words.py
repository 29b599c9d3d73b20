"""Recognise a message that asks for no more messages: STOP, «Відписатися», "abmelden"."""

import re
from functools import cache

from bot.language import rule_tables
from bot.subscribers.cities import folded

_LONGEST = 60  # characters; a longer message says more than that
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")


def asks_to_stop(message: str) -> bool:
    """Return whether the message, in any language of the bot, is nothing but a request to stop."""
    if len(message) > _LONGEST:
        return False
    requests, polite = _phrases()
    words = [folded(word) for word in _WORD.findall(message)]
    for length in range(len(words) + 1):
        before, after = "".join(words[:length]), "".join(words[length:])
        if (before in requests and after in polite) or (before in polite and after in requests):
            return True
    return False


@cache
def _phrases() -> tuple[frozenset[str], frozenset[str]]:
    """Return the requests and the polite words, folded and without spaces; no polite word is one too."""
    table = rule_tables.table("stop")
    requests = {folded(phrase) for phrases in table["words"].values() for phrase in phrases}
    return frozenset(requests), frozenset({""} | {folded(phrase) for phrase in table["polite"]["words"]})
