"""A parsed feed and its entries, and the functions that clean the raw values of a feed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from itertools import pairwise

from yarl import URL

from bot.articles import urls
from bot.errors import InvalidInputError

MOST_ENTRIES = 200
"""How many entries of a feed are returned, the newest. Of 30 real feeds the longest has 77."""

_LONGEST_LINE = 300  # characters of a title, headline or byline
_LONGEST_CONTENT = 200_000  # characters; the longest story in 30 real feeds has 46,000
_FULL_TEXT = 1000  # characters without markup; a shorter text is a teaser
_SKEW = timedelta(minutes=10)  # how far a site's clock may be ahead of ours
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # the web is no older; an earlier date stands for a missing one
_TAG = re.compile(r"<[^<>]{1,2000}>")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One story in a feed.

    key: the SHA-256 checksum of the feed's id for it, else of its address, else of its headline.
    address: of its page, in canonical form; None without one that can be fetched.
    published: None if the date is missing or cannot be right, for example in the future.
    content: the full story as an HTML page; None if the feed has only a teaser.
    """

    key: str
    address: str | None = None
    headline: str | None = None
    published: datetime | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its title, the address of its site, and its newest entries, the newest first."""

    title: str | None
    site: str | None
    entries: tuple[FeedEntry, ...]


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """The addresses of feeds that a page names; empty if it names none or is not a page."""

    feeds: tuple[str, ...] = ()


def entry_of(
    base: str,
    now: datetime,
    *,
    identity: str | None,
    address: object,
    headline: object,
    moment: datetime | None,
    text: object,
    byline: object,
) -> FeedEntry:
    """Return an entry from a feed's raw values, which may be of any type.

    base: the feed's address, to resolve relative ones. identity: the id that the feed gives the entry.
    moment: when it was published. text: the longest text of the entry, as HTML.
    """
    found_at = canonical(base, address)
    line = plain_line(headline)
    published = moment if moment and _OLDEST <= moment <= now + _SKEW else None
    return FeedEntry(
        key=hashlib.sha256((identity or found_at or line or "").encode("utf-8", "replace")).hexdigest(),
        address=found_at,
        headline=line,
        published=published,
        content=_as_page(line, plain_line(byline), published, text),
    )


def newest(entries: Sequence[FeedEntry]) -> tuple[FeedEntry, ...]:
    """Return the newest entries, each once, the newest first.

    A feed has them in this order or in the opposite one; the majority of its dates decides which, so that a
    single wrong date moves no entry. An entry without address and text (the last one of a feed that was cut
    off) is left out: it may be complete the next time.
    """
    whole = [entry for entry in entries if entry.address or entry.content]
    by_key: dict[str, FeedEntry] = {}
    for entry in whole:
        by_key.setdefault(entry.key, entry)
    once = list(by_key.values())
    dates = [entry.published for entry in once if entry.published]
    rising = sum(one < other for one, other in pairwise(dates))
    falling = sum(one > other for one, other in pairwise(dates))
    return tuple(reversed(once) if rising > falling else once)[:MOST_ENTRIES]


def _as_page(
    headline: str | None, byline: str | None, published: datetime | None, text: object
) -> str | None:
    """Return an entry's full text as an HTML page that can be analysed like any other; None for a teaser."""
    if not isinstance(text, str) or not headline or len(_TAG.sub("", text).strip()) < _FULL_TEXT:
        return None
    metas = {"og:title": headline, "author": byline}
    metas["article:published_time"] = published.isoformat() if published else None
    head = "".join(
        f'<meta property="{name}" content="{escape(value)}">' for name, value in metas.items() if value
    )
    title = escape(headline)
    body = text[:_LONGEST_CONTENT]
    return f"<html><head>{head}</head><body><article><h1>{title}</h1>{body}</article></body></html>"


def canonical(base: str, location: object) -> str | None:
    """Return a feed's link, absolute and canonical; None if it cannot be fetched, such as `javascript:`."""
    if not isinstance(location, str):
        return None
    try:
        return urls.canonical(str(urls.join(URL(base), location)))
    except InvalidInputError:
        return None


def plain_line(value: object) -> str | None:
    """Return a text as one line, without markup and invisible characters; None if nothing is left."""
    if not isinstance(value, str):
        return None
    words = " ".join(unescape(_TAG.sub("", value[: 10 * _LONGEST_LINE])).split())
    visible = "".join(letter for letter in words if letter.isprintable())
    return visible[:_LONGEST_LINE] or None
