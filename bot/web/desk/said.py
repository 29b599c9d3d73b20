"""A message as readers see it, in HTML: its text, with what Telegram would mark in it, and its buttons."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

_TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "spoiler": "mark",
}


def said(payload: Mapping[str, Any]) -> Markup:
    """Return the text of a message of ours with its entities as HTML. Links are shown and lead nowhere."""
    encoded = str(payload["text"]).encode("utf-16-le", "surrogatepass")
    marked = [
        (one["offset"], one["offset"] + one["length"], tag)
        for one in payload.get("entities", ())
        if (tag := _TAGS.get(one["type"], "u" if one["type"] == "text_link" else ""))
    ]
    places = sorted({0, len(encoded) // 2, *(place for start, end, _ in marked for place in (start, end))})
    drawn = Markup()
    for start, end in pairwise(places):
        piece = Markup.escape(encoded[start * 2 : end * 2].decode("utf-16-le", "replace"))
        for first, last, tag in marked:
            if first <= start and end <= last:
                piece = Markup(f"<{tag}>") + piece + Markup(f"</{tag}>")  # noqa: S704  # a tag of the table
        drawn += piece
    return drawn


def buttons(payload: Mapping[str, Any]) -> Sequence[str]:
    """Return the labels of the message's buttons."""
    rows = payload.get("reply_markup", {}).get("inline_keyboard", ())
    return [str(button["text"]) for row in rows for button in row]
