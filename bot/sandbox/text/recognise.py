"""Recognition of the entities that Telegram finds itself: commands, mentions, tags, links, e-mail."""

import re
from typing import Any

Entity = dict[str, Any]

# Top-level domains that make a link without a scheme; Telegram's own list is much longer.
_ENDINGS = "com|org|net|info|eu|ua|uk|de|fr|pl|io|me|gov|edu|int|aid|charity|foundation|ngo|ong|news"
_URL = rf"(?:https?://[^\s<>\"]+|(?<![\w@.])(?:[\w-]+\.)+(?:{_ENDINGS})\b(?:[/?#][^\s<>\"]*)?)"
_PATTERN = re.compile(
    rf"(?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    rf"|(?P<url>{_URL})"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w@])@[A-Za-z0-9_]{3,32}\b)"
    r"|(?P<hashtag>(?<![\w#])#(?=\w*[^\W\d])\w{1,256})"
    r"|(?P<cashtag>(?<![\w$])\$[A-Z]{1,8}\b)"
)
# Punctuation that ends a sentence and is not part of a link before it.
_TAIL = ".,;:!?'\"»”)]}…"


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 units, in which Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def recognise(text: str) -> list[Entity]:
    """Return the entities of a text in order, with offsets in UTF-16 units."""
    if not any(sign in text for sign in "/@#$."):
        return []
    return [_entity(text, match) for match in _PATTERN.finditer(text)]


def _entity(text: str, match: re.Match[str]) -> Entity:
    kind, value = str(match.lastgroup), match.group()
    if kind == "url":
        value = _without_tail(value)
    return {
        "type": kind,
        "offset": utf16_length(text[: match.start()]),
        "length": utf16_length(value),
    }


def _without_tail(url: str) -> str:
    """Return the link without punctuation at its end, but with a bracket that it opened itself."""
    while url and url[-1] in _TAIL and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url
