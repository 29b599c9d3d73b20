"""What the parsers of formatted text share: entities with positions, and checks of links."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_SCHEMES = frozenset({"http", "https", "tg", "ton", "tonsite", "mailto", "tel", "ftp"})
_HOST = re.compile(
    r"^(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]*\.?$|^\d{1,3}(?:\.\d{1,3}){3}$|^localhost$"
)


class MarkupError(Exception):
    """The text cannot be parsed; the message follows "can't parse entities: "."""


@dataclass(slots=True)
class Span:
    """An entity with positions in the str, not yet in UTF-16 units."""

    start: int
    end: int
    kind: str
    extra: dict[str, Any] = field(default_factory=dict)


def host_of(url: str) -> str:
    """Return the host of an address; "" if it has none or cannot be parsed."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_url(url: str) -> bool:
    """Return whether Telegram would accept this as a link: a known scheme (or none) and a possible host."""
    url = url.strip()
    if not url or re.search(r"\s", url):
        return False
    try:
        parts = urlsplit(
            url if "://" in url or url.startswith(("mailto:", "tel:", "tg:")) else f"http://{url}"
        )
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme.lower() not in _SCHEMES:
        return False
    return bool(_HOST.match(host)) if parts.scheme.lower() in {"http", "https", "ftp"} else True


def completed(url: str) -> str:
    """Return a link as Telegram stores it: with a scheme, and with a slash after a bare host."""
    url = url.strip()
    if "://" not in url and not url.startswith(("mailto:", "tel:", "tg:")):
        url = f"http://{url}"
    scheme, separator, rest = url.partition("://")
    bare = separator and scheme.lower().startswith("http") and not re.search(r"[/?#]", rest)
    return f"{url}/" if bare else url
