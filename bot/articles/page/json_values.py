"""Values in a page's JSON-LD: each may be a text, an object, or a list of these."""

from typing import Any

from lxml import html

from bot.articles.page.blocks import fold


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text_of(value: Any, key: str = "name") -> str:
    """Return the first text in a JSON-LD value: a string, an object with `key`, or a list of these."""
    for item in listed(value):
        text = item.get(key) if isinstance(item, dict) else item
        if isinstance(text, str) and text.strip():
            return fold(_unescaped(text))
    return ""


def _unescaped(text: str) -> str:
    """Return the text without HTML entities and tags, which publishers put into JSON strings."""
    if "&" not in text and "<" not in text:
        return text
    try:
        return "".join(map(str, html.fromstring(f"<div>{text}</div>").itertext()))
    except ValueError:  # lxml's parser errors are ValueErrors here: control characters
        return text
