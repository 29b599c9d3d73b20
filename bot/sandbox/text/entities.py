"""Entities: turn a bot's text into plain text and entities (offsets in UTF-16 units), as Telegram does.

The bot gives a parse mode, entities, or neither. The rules follow core.telegram.org/bots/api (section
"Formatting options") and observed answers of Telegram's server.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from bot.sandbox.bot_api.refusals import bad_request
from bot.sandbox.text.markup_html import parse_html
from bot.sandbox.text.markup_markdown import parse_markdown
from bot.sandbox.text.recognise import Entity, recognise, utf16_length
from bot.sandbox.text.spans import MarkupError, Span, is_url

PARSERS: dict[str, Callable[[str], tuple[str, list[Span]]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown,
}
# Telegram silently drops more entities; the sandbox refuses them, to reveal the bot's mistake.
MAX_ENTITIES = 100
# The field that an entity of this type must have besides its position.
REQUIRED_FIELDS = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}
RECOGNISED = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
BLOCKS = frozenset({"blockquote", "expandable_blockquote", "code", "pre"})
KINDS = frozenset(REQUIRED_FIELDS) | RECOGNISED | STYLES | BLOCKS
# Inside these Telegram recognises no links, commands and the like.
OPAQUE = frozenset(
    {"code", "pre", "text_link", "text_mention", "custom_emoji", "date_time", "url", "mention"}
)
# Control characters that Telegram replaces by spaces: all but the line break.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def formatted(text: str, parse_mode: str | None, entities: list[Entity] | None) -> tuple[str, list[Entity]]:
    """Return the text and entities that a message gets. Raises Refusal as Telegram does.

    With a parse mode, entities are ignored, as by Telegram. The lists are cached: do not change them.
    """
    if parse_mode:
        return _parsed(text, parse_mode)
    return _trimmed(*_explicit(text, entities or []))


# Cached, since a push sends one text to many: parsing it takes 140 µs, as long as the rest of the call.
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
    _check_fields(entity, kind)
    return Span(start, end, kind, {k: v for k, v in entity.items() if k not in {"type", "offset", "length"}})


def _check_fields(entity: Entity, kind: str) -> None:
    required = REQUIRED_FIELDS.get(kind)
    if required and required not in entity:
        raise bad_request(f'can\'t parse entities: {kind} needs "{required}"')
    if kind == "text_link" and not is_url(entity["url"]):
        raise bad_request(f"can't parse entities: {entity['url']!r} is no link")


def _position(units: bytes, offset: int) -> int:
    """Convert a UTF-16 offset to a position in the str. Raises Refusal inside a surrogate pair."""
    try:
        return len(units[: offset * 2].decode("utf-16-le"))
    except UnicodeDecodeError:
        raise bad_request(f"can't parse entities: offset {offset} is inside a character") from None


def _check_nesting(spans: list[Span]) -> None:
    """Raise Refusal if entities overlap in part; one may be inside another."""
    open_ends: list[int] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        while open_ends and open_ends[-1] <= span.start:
            open_ends.pop()
        if open_ends and span.end > open_ends[-1]:
            raise bad_request("can't parse entities: entities overlap in part")
        open_ends.append(span.end)


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Entity]]:
    """Trim white space, drop entities that became empty, and add those that Telegram recognises itself."""
    text = _CONTROL.sub(" ", text.replace("\r", "")) if _CONTROL.search(text) else text
    body = text.rstrip()
    lead = len(body) - len(body.lstrip())
    body = body[lead:]
    moved = (Span(max(s.start - lead, 0), min(s.end - lead, len(body)), s.kind, s.extra) for s in spans)
    entities = [_entity(body, span) for span in moved if _has_text(body, span)]
    found = _recognised(body, entities)
    return body, sorted(entities + found, key=lambda entity: (entity["offset"], -entity["length"]))


def _recognised(text: str, entities: list[Entity]) -> list[Entity]:
    opaque = [entity for entity in entities if entity["type"] in OPAQUE]
    return [entity for entity in recognise(text) if not any(_overlap(entity, other) for other in opaque)]


def _has_text(text: str, span: Span) -> bool:
    """Return whether a span covers more than white space; code may be white space."""
    covered = text[span.start : span.end] if span.start < span.end else ""
    return bool(covered) and (not covered.isspace() or span.kind in {"code", "pre"})


def _overlap(one: Entity, other: Entity) -> bool:
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
