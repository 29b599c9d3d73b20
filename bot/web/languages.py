"""The language of pages for people of whom nothing is known: that of their browser."""

import re

from aiohttp import web

from bot.i18n import SOURCE_LANGUAGE, Texts, choose, in_language

_MOST = 20  # languages of one header
_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)", re.IGNORECASE)


def browser_texts(request: web.Request) -> Texts:
    """Return the texts in the language that the browser likes best of those that we have."""
    return in_language(preferred(request.headers.get("Accept-Language", "")))


def preferred(header: str) -> str:
    """Return the language of ours that a header Accept-Language likes best; English for none of them."""
    liked = sorted(map(_weighed, header.split(",")[:_MOST]), reverse=True, key=lambda one: one[0])
    return next((found for weight, tag in liked if weight and (found := choose(tag, ""))), SOURCE_LANGUAGE)


def _weighed(part: str) -> tuple[float, str]:
    """Return the weight of one language in the header, and its tag (RFC 9110, 12.4.2)."""
    tag, _, weight = part.partition(";")
    found = _WEIGHT.fullmatch(weight.strip())
    return (float(found[1]) if found else float(not weight.strip())), tag.strip()
