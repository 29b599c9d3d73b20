"""Names of Topics and the slugs by which people type them."""

import re
from collections.abc import Sequence

from bot.errors import InvalidInputError
from bot.i18n import mark

LONGEST_NAME = 64  # characters that are stored of a Topic's name; a button shows fewer
NAMELESS = mark("A topic’s name needs at least one letter or digit.")
_LONGEST_SLUG = 48  # characters; with a callback's other parts it fits Telegram's 64 bytes


def slug(name: str) -> str:
    """Return a Topic's name as people type it and buttons carry it: lower case, hyphens between words."""
    return "-".join(re.findall(r"\w+", name.lower()))[:_LONGEST_SLUG]


def names_by_slug(names: Sequence[str]) -> dict[str, str]:
    """Return the names as they are stored, by slug.

    Raises InvalidInputError for a name without letters and digits.
    """
    by_slug = {slug(name): name.strip()[:LONGEST_NAME] for name in names}
    if "" in by_slug:
        raise InvalidInputError(NAMELESS)
    return by_slug
