"""A message of the bot as HTML: its text with bold, links and the like, as a Telegram client shows it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from bot.rendering.message import Entity, Message

_TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "spoiler": "mark",
}
_SCHEMES = {"http", "https"}


def to_html(message: Message) -> Markup:
    """Return the text of a message, escaped, with its formats; unknown formats are left out.

    Offsets of entities count UTF-16 units. Entities that overlap are cut where the outer one ends.
    """
    encoded = message.text.encode("utf-16-le", "surrogatepass")
    end = len(encoded) // 2
    shown = sorted((one for one in message.entities if _tag(one)), key=lambda one: (one.offset, -one.length))
    places = {place for one in shown for place in (one.offset, one.offset + one.length)}
    cuts = sorted({0, end, *(place for place in places if 0 <= place <= end)})
    pieces: list[Markup] = []
    open_: list[Entity] = []
    for begin, stop in pairwise(cuts):
        here = [one for one in shown if one.offset <= begin and one.offset + one.length >= stop]
        kept = _common(open_, here)
        pieces += [_closing(one) for one in reversed(open_[kept:])]
        pieces += [_opening(one) for one in here[kept:]]
        words = encoded[begin * 2 : stop * 2].decode("utf-16-le", "replace")
        pieces.append(escape(words))
        open_ = here
    pieces += [_closing(one) for one in reversed(open_)]
    return Markup().join(pieces)


def payload_to_html(payload: Mapping[str, Any]) -> Markup:
    """Return the same of the parameters of sendMessage, as Broadcasts freeze them."""
    entities = (
        Entity(one["type"], one["offset"], one["length"], one.get("url"))
        for one in payload.get("entities", ())
    )
    return to_html(Message(str(payload["text"]), tuple(entities)))


def buttons_of(payload: Mapping[str, Any]) -> Sequence[str]:
    """Return the labels of the buttons that the parameters of sendMessage hold."""
    rows = payload.get("reply_markup", {}).get("inline_keyboard", ())
    return [str(button["text"]) for row in rows for button in row]


def _common(one: Sequence[Entity], other: Sequence[Entity]) -> int:
    """Return how many entities both begin with: those stay open."""
    same = 0
    while same < min(len(one), len(other)) and one[same] is other[same]:
        same += 1
    return same


def _tag(entity: Entity) -> str:
    """Return the name of an entity's element; "" where there is none, as for a link to another scheme."""
    if entity.type != "text_link":
        return _TAGS.get(entity.type, "")
    return "a" if urlsplit(entity.url or "").scheme in _SCHEMES else ""


def _opening(entity: Entity) -> Markup:
    if entity.type == "text_link":
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">').format(entity.url)
    return Markup("<{}>").format(Markup(_tag(entity)))  # noqa: S704  # a name of ours


def _closing(entity: Entity) -> Markup:
    return Markup("</{}>").format(Markup(_tag(entity)))  # noqa: S704  # a name of ours
