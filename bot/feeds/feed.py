"""A parsed feed and its entries, and the functions that clean the raw values of a feed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from itertools import pairwise
from textwrap import shorten

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
_TAG = re.compile(r"<[/!?a-z][^<>]{0,2000}>", re.IGNORECASE)  # not "5 < 7 > 3"
_BREAK = re.compile(r"</p>|<br\s{0,9}/?>|</h\d>|\n", re.IGNORECASE)
_LONGEST_BEGINNING = 120  # characters


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One story in a feed.

    key: the SHA-256 checksum of the feed's id for it, else of its address with fragment, or its headline.
    address: of its page, in canonical form; None without one that can be fetched, or where several entries
    share it and the feed has their own texts.
    headline: the feed's, or the beginning of the text of an entry without one, as social networks have them.
    published: None if the date is missing or cannot be right, for example in the future.
    content: the full story as an HTML page; None if the feed has only a teaser.
    """

    key: str
    address: str | None = None
    headline: str | None = None
    published: datetime | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry as the feed has it; `page` is its text as an HTML page, also if it is only a teaser."""

    entry: FeedEntry
    page: str | None


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
) -> FoundEntry:
    """Return an entry from a feed's raw values, which may be of any type.

    base: the feed's address, to resolve relative ones. identity: the id that the feed gives the entry.
    moment: when it was published. text: the longest text of the entry, as HTML.
    """
    found_at = canonical(base, address)
    given = plain_line(headline)
    line = given or _beginning(text)
    published = moment if moment and _OLDEST <= moment <= now + _SKEW else None
    own = identity or (found_at and found_at + _fragment(address)) or line or ""
    html = text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""  # no half characters
    words = _TAG.sub("", html).strip()
    is_whole = given is None or len(words) >= _FULL_TEXT
    page = _as_page(line, plain_line(byline), published, html) if words and line else None
    entry = FeedEntry(
        key=hashlib.sha256(own.encode("utf-8", "replace")).hexdigest(),
        address=found_at,
        headline=line,
        published=published,
        content=page if is_whole else None,
    )
    return FoundEntry(entry, page)


def newest(found: Sequence[FoundEntry]) -> tuple[FeedEntry, ...]:
    """Return the newest entries, each once, the newest first.

    A feed has them in this order or in the opposite one; the majority of its dates decides which, so that a
    single wrong date moves no entry. An entry without address and text (the last one of a feed that was cut
    off) is left out: it may be complete the next time.
    """
    by_key: dict[str, FoundEntry] = {}
    for each in found:
        if each.entry.address or each.entry.content:
            by_key.setdefault(each.entry.key, each)
    entries = _with_own_texts(list(by_key.values()))
    return tuple(reversed(entries) if _is_oldest_first(entries) else entries)[:MOST_ENTRIES]


def _is_oldest_first(entries: Sequence[FeedEntry]) -> bool:
    """Return whether more dates rise than fall from an entry to the next."""
    dates = [entry.published for entry in entries if entry.published]
    rising = sum(one < other for one, other in pairwise(dates))
    return rising > sum(one > other for one, other in pairwise(dates))


def _with_own_texts(found: Sequence[FoundEntry]) -> list[FeedEntry]:
    """Return the entries; those that share an address with others are read from the feed, if it has a text.

    The page behind a shared address (a live blog, the home page) is the story of none of them. Entries with
    the same headline too are one that the feed has twice.
    """
    headlines: dict[str, set[str | None]] = {}
    for each in found:
        headlines.setdefault(each.entry.address or "", set()).add(each.entry.headline)
    return [
        replace(each.entry, address=None, content=each.page)
        if each.page and each.entry.address and len(headlines[each.entry.address]) > 1
        else each.entry
        for each in found
    ]


def _beginning(text: object) -> str | None:
    """Return the first line of a text, cut at a word, as the headline of an entry that has none."""
    if not isinstance(text, str):
        return None
    first = next((line for part in _BREAK.split(text) if (line := plain_line(part))), None)
    return shorten(first, _LONGEST_BEGINNING, placeholder="…") if first else None


def _fragment(address: object) -> str:
    """Return the part of a link from its # on, in which the links to posts of one page differ."""
    _, sign, fragment = str(address).partition("#")
    return sign + fragment.strip()


def _as_page(headline: str, byline: str | None, published: datetime | None, text: str) -> str:
    """Return an entry's text as an HTML page that can be analysed like any other."""
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
