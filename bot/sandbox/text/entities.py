"""A bot's formatted text as Telegram stores it: plain text and entities with offsets in UTF-16 units.

Three ways in: a parse mode, explicit entities, or nothing. The rules follow core.telegram.org/bots/api
(section "Formatting options") and what Telegram's server is seen to answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.sandbox.bot_api.refusals import bad_request
from bot.sandbox.text.markup_html import parse_html
from bot.sandbox.text.markup_markdown import parse_markdown
from bot.sandbox.text.recognise import Entity, recognise, utf16_length
from bot.sandbox.text.spans import MarkupError, Span, is_url

if TYPE_CHECKING:
    from collections.abc import Callable

PARSERS: dict[str, Callable[[str], tuple[str, list[Span]]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown,
}
# More are dropped by Telegram without a word; a bot that needs them has a fault, so the sandbox refuses.
MAX_ENTITIES = 100
# What an entity must carry besides its place.
NEEDS = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}
FOUND = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
BLOCKS = frozenset({"blockquote", "expandable_blockquote", "code", "pre"})
KINDS = frozenset(NEEDS) | FOUND | STYLES | BLOCKS
# Inside these Telegram looks for no links or commands of its own.
OPAQUE = frozenset(
    {"code", "pre", "text_link", "text_mention", "custom_emoji", "date_time", "url", "mention"}
)
# Control characters become spaces, as Telegram does; a line break stays.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def formatted(text: str, parse_mode: str | None, entities: list[Entity] | None) -> tuple[str, list[Entity]]:
    """The text and entities that a message gets; raises Refusal where Telegram would.

    A parse mode goes before entities, as at Telegram's. The lists are shared: nobody may change them.
    """
    if parse_mode:
        return _parsed(text, parse_mode)
    return _trimmed(*_explicit(text, entities or []))


# A push says one thing to many: parsing a story's message takes 140 µs, the rest of the call about as much.
@lru_cache(maxsize=64)
def _parsed(text: str, parse_mode: str) -> tuple[str, list[Entity]]:
    parser = PARSERS.get(parse_mode.lower())
    if parser is None:
        raise bad_request("unsupported parse_mode")
    try:
        plain, spans = parser(text)
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from None
    return _trimmed(plain, spans)


def _explicit(text: str, entities: list[Entity]) -> tuple[str, list[Span]]:
    if len(entities) > MAX_ENTITIES:
        raise bad_request(f"can't parse entities: more than {MAX_ENTITIES} of them")
    units = text.encode("utf-16-le")
    spans = [_span(entity, units) for entity in entities]
    _check_nesting(spans)
    return text, spans


def _span(entity: Entity, units: bytes) -> Span:
    kind, offset, length = entity["type"], entity["offset"], entity["length"]
    if kind not in KINDS:
        raise bad_request(f'can\'t parse entities: unsupported type "{kind}"')
    if offset < 0 or length <= 0 or offset + length > len(units) // 2:
        raise bad_request(f"can't parse entities: {kind} at {offset} of length {length} is outside the text")
    start, end = _position(units, offset), _position(units, offset + length)
    need = NEEDS.get(kind)
    if need and need not in entity:
        raise bad_request(f'can\'t parse entities: {kind} needs "{need}"')
    if kind == "text_link" and not is_url(entity["url"]):
        raise bad_request(f"can't parse entities: {entity['url']!r} is no link")
    return Span(start, end, kind, {k: v for k, v in entity.items() if k not in {"type", "offset", "length"}})


def _position(units: bytes, offset: int) -> int:
    """A UTF-16 offset as a position in the str; inside a surrogate pair there is none."""
    try:
        return len(units[: offset * 2].decode("utf-16-le"))
    except UnicodeDecodeError:
        raise bad_request(f"can't parse entities: offset {offset} is inside a character") from None


def _check_nesting(spans: list[Span]) -> None:
    """Entities may be one inside another, but not overlap in part."""
    open_ends: list[int] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        while open_ends and open_ends[-1] <= span.start:
            open_ends.pop()
        if open_ends and span.end > open_ends[-1]:
            raise bad_request("can't parse entities: entities overlap in part")
        open_ends.append(span.end)


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Entity]]:
    """Cut white space at both ends, drop what became empty, add what Telegram recognises by itself."""
    text = _CONTROL.sub(" ", text.replace("\r", "")) if _CONTROL.search(text) else text
    body = text.rstrip()
    lead = len(body) - len(body.lstrip())
    body = body[lead:]
    kept = []
    for span in spans:
        start, end = max(span.start - lead, 0), min(span.end - lead, len(body))
        if start < end and (body[start:end].strip() or span.kind in {"code", "pre"}):
            kept.append(Span(start, end, span.kind, span.extra))
    entities = [_entity(body, span) for span in kept]
    closed = [e for e in entities if e["type"] in OPAQUE]
    found = [e for e in recognise(body) if not any(_touch(e, other) for other in closed)]
    return body, sorted(entities + found, key=lambda e: (e["offset"], -e["length"]))


def _touch(one: Entity, other: Entity) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )


def _entity(text: str, span: Span) -> Entity:
    offset = utf16_length(text[: span.start])
    return {
        "type": span.kind,
        "offset": offset,
        "length": utf16_length(text[span.start : span.end]),
        **span.extra,
    }
