"""A feed that was fetched → Feed: RSS, Atom, RDF and JSON Feed, also where they are malformed.

CPU-bound, and hostile input can make it slow: run `read` in the ProcessPool.
"""

import hashlib
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from itertools import pairwise
from typing import Any

import orjson
from yarl import URL

from bot.articles import charset, urls
from bot.articles.article import FetchedPage
from bot.errors import InvalidInputError
from bot.i18n import mark

LOOKED_AT = 200
"""Entries of a feed that are looked at, the newest. Of 30 real feeds the longest has 77; what lies below is
ignored, and is past for us."""

_READ_AT_EACH_END = 500  # entries: a feed of 50,000 is not read whole, whichever of its ends is the newer one
_PROLOG = 64 * 1024  # characters in which a feed must have begun, whatever its server says before
_LONGEST_LINE = 300  # characters of a title or headline
_LONGEST_CONTENT = 200_000  # characters; the longest story in 30 real feeds has 46,000
_FULL_TEXT = 1000  # characters without markup: fewer are a teaser
_SKEW = timedelta(minutes=10)  # by which another's clock may be ahead of ours
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # the web is no older: a date before is a blank one

_ROOT = re.compile(
    r"<!--.*?-->|<(?:(?P<feed>rss|channel|(?:\w{1,20}:)?(?:feed|RDF))|(?P<page>!doctype\s+html|html|head|body))[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)[^>]{0,200}", re.IGNORECASE)
_NETSCAPE = (
    "-//Netscape Communications//DTD RSS 0.9"  # RSS 0.91 asks for this DOCTYPE; nothing is loaded for it
)
_PLACES = re.compile(r"</?(?:georss|gml|geo):[^<>]{0,500}>", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(x[0-9a-f]{1,4000}|[0-9]{1,4000});?", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{1,2000}>")
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What a feed tells of one story.

    key: the hash of the id that the feed gives it, else of its address, else of its headline.
    address: of its page, in canonical form; None where there is none, or none that can be fetched.
    published: None where it is not believed, above all where it lies in the future.
    content: the whole story as a page, where the feed carries it.
    """

    key: str
    address: str | None = None
    headline: str | None = None
    published: datetime | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its title, the site that it is of, and its newest entries, the newest first."""

    title: str | None
    site: str | None
    entries: tuple[FeedEntry, ...]


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """What stood there is no feed; it names these ones."""

    feeds: tuple[str, ...] = ()


def read(page: FetchedPage, now: datetime) -> Feed | FeedLinks:
    """The feed, or where the page that stands in its place says that its feeds are.

    Raises InvalidInputError for a feed with a DOCTYPE or entities of its own: bombs and thieves need these.
    """
    text = (charset.decode(page.data, page.charset) or "").lstrip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n")
    if text.startswith("{"):
        return _from_json(text, page.address, now)
    root = next((found for found in _ROOT.finditer(text, 0, _PROLOG) if found.lastgroup), None)
    if root is None or root.lastgroup == "feed":
        _refuse_declarations(text[: root.start() if root else _PROLOG], page.address)
    if root is None or root.lastgroup == "page":
        return FeedLinks(tuple(_named(text, page.address)))
    return _from_xml(text[root.start() :], page.address, now)


def _refuse_declarations(prolog: str, address: str) -> None:
    for declaration in _DECLARATION.findall(_COMMENT.sub("", prolog)):
        if _NETSCAPE not in declaration or "[" in declaration:
            raise InvalidInputError(
                mark("The feed at {host} declares a DOCTYPE, as attacks do: give another feed of the site."),
                host=URL(address).host or address,
            )


def _from_xml(text: str, address: str, now: datetime) -> Feed | FeedLinks:
    # Slow to load, and needed only where feeds are read. It ships no type information.
    import feedparser  # type: ignore[import-untyped]  # noqa: PLC0415

    # Bytes in a file of memory: a str would be opened as a file or fetched.
    utf8 = {"content-type": "application/xml; charset=utf-8"}
    try:
        parsed = feedparser.parse(
            io.BytesIO(_eased(_shortened(text)).encode("utf-8", "replace")),
            response_headers=utf8,
            resolve_relative_uris=False,
            sanitize_html=False,  # nothing of it is ever shown as HTML: it is read as any page is
        )
    except Exception as error:  # on garbage it fails in ways that it does not name
        raise InvalidInputError(
            mark("The feed at {host} is too damaged to be read: give another feed of the site."),
            host=URL(address).host or address,
        ) from error
    if not parsed.version and not parsed.entries:
        return FeedLinks()
    entries = [_of_xml(entry, address, now) for entry in parsed.entries]
    return Feed(
        title=_line(parsed.feed.get("title")),
        site=_address(address, parsed.feed.get("link")),
        entries=_newest(entries),
    )


def _of_xml(entry: Mapping[str, Any], base: str, now: datetime) -> FeedEntry:
    moment = entry.get("published_parsed") or dict(entry).get("updated_parsed")  # as dict: else it guesses
    texts = [part.get("value") for part in entry.get("content", ())]
    link = entry.get("feedburner_origlink") or entry.get("link")
    if not entry.get("links") and link == entry.get("id") and "://" not in str(link):
        link = None  # a bare number in <guid> is no address, though RSS 2.0 takes it for one
    return _entry(
        base,
        now,
        identity=entry.get("id"),
        address=link,
        headline=entry.get("title"),
        moment=_from_parts(moment),
        text=max((text for text in (*texts, entry.get("summary")) if text), key=len, default=None),
        byline=entry.get("author"),
    )


def _from_json(text: str, address: str, now: datetime) -> Feed | FeedLinks:
    """JSON Feed 1.1; 1.0 had one author where it has several."""
    try:
        feed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return FeedLinks()
    if "jsonfeed.org/version" not in str(feed.get("version")) or not isinstance(feed.get("items"), list):
        return FeedLinks()
    items = [item for item in feed["items"] if isinstance(item, dict)]
    entries = [_of_json(item, address, now) for item in _ends(items)]
    return Feed(
        title=_line(feed.get("title")),
        site=_address(address, feed.get("home_page_url")),
        entries=_newest(entries),
    )


def _of_json(item: Mapping[str, Any], base: str, now: datetime) -> FeedEntry:
    authors = item.get("authors") or [item.get("author")]
    author = authors[0] if isinstance(authors, list) else None
    plain = item.get("content_text")
    identity = item.get("id")
    return _entry(
        base,
        now,
        identity=str(identity) if isinstance(identity, str | int | float) else None,
        address=item.get("url") or item.get("external_url"),
        headline=item.get("title"),
        moment=_from_iso(item.get("date_published") or item.get("date_modified")),
        text=item.get("content_html") or (_paragraphs(plain) if isinstance(plain, str) else None),
        byline=author.get("name") if isinstance(author, dict) else None,
    )


def _entry(
    base: str,
    now: datetime,
    *,
    identity: str | None,
    address: Any,
    headline: Any,
    moment: datetime | None,
    text: Any,
    byline: Any,
) -> FeedEntry:
    """One entry, with what a feed may have put anything into made fit to be kept."""
    found_at = _address(base, address)
    named = _line(headline)
    published = moment if moment and _OLDEST <= moment <= now + _SKEW else None
    return FeedEntry(
        key=hashlib.sha256((identity or found_at or named or "").encode("utf-8", "replace")).hexdigest(),
        address=found_at,
        headline=named,
        published=published,
        content=_as_page(named, _line(byline), published, text),
    )


def _as_page(headline: str | None, byline: str | None, published: datetime | None, text: Any) -> str | None:
    """A feed's own full text as a page that can be read like any other; None for a teaser."""
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


def _newest(entries: Sequence[FeedEntry]) -> tuple[FeedEntry, ...]:
    """The newest first, each once. Feeds have them so or the other way round: the dates say which.

    A single date counts for nothing, so that a wrong one moves no entry. One that leads nowhere and carries
    no text (the last in a feed that was cut short) is left out: it may be whole the next time.
    """
    whole = [entry for entry in entries if entry.address or entry.content]
    by_key: dict[str, FeedEntry] = {}
    for entry in whole:
        by_key.setdefault(entry.key, entry)
    once = list(by_key.values())
    dates = [entry.published for entry in once if entry.published]
    rising = sum(one < other for one, other in pairwise(dates))
    falling = sum(one > other for one, other in pairwise(dates))
    return tuple(reversed(once) if rising > falling else once)[:LOOKED_AT]


def _eased(text: str) -> str:
    """A feed's text without what feedparser 6.0.14 fails at: places on maps, and numbers of no character."""
    return _REFERENCE.sub(_checked, _PLACES.sub("", text))


def _checked(reference: re.Match[str]) -> str:
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    is_character = number < 0xD800 or 0xDFFF < number <= sys.maxunicode  # noqa: PLR2004  # surrogates are none
    return reference[0] if is_character else "\N{REPLACEMENT CHARACTER}"


def _shortened(text: str) -> str:
    """A feed's text without the entries in its middle, if it has far too many."""
    starts = [found.start() for found in _ENTRY.finditer(text)]
    if len(starts) <= 2 * _READ_AT_EACH_END:
        return text
    return text[: starts[_READ_AT_EACH_END]] + text[starts[-_READ_AT_EACH_END] :]


def _ends(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(items) <= 2 * _READ_AT_EACH_END:
        return items
    return items[:_READ_AT_EACH_END] + items[-_READ_AT_EACH_END:]


def _named(text: str, address: str) -> Iterator[str]:
    """The feeds that a page names in `<link rel="alternate">`, in its order (RSS Autodiscovery)."""
    from lxml import etree, html  # noqa: PLC0415  # slow to load, and seldom needed

    try:
        utf8 = html.HTMLParser(encoding="utf-8")
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=utf8)
    except etree.ParserError:  # there is no markup at all
        return
    base = next((tag.get("href") for tag in page.iter("base")), None)
    root = _address(address, base) or address
    for link in page.iter("link"):
        is_alternate = "alternate" in (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        found = _address(root, link.get("href")) if is_alternate and kind in _FEED_TYPES else None
        if found:
            yield found


def _address(base: str, location: Any) -> str | None:
    """A feed's link, whole and canonical; None for `javascript:` and whatever else cannot be fetched."""
    if not isinstance(location, str):
        return None
    try:
        return urls.canonical(str(urls.join(URL(base), location)))
    except InvalidInputError:
        return None


def _line(value: Any) -> str | None:
    """Some words on one line, without markup and without what cannot be seen."""
    if not isinstance(value, str):
        return None
    words = " ".join(unescape(_TAG.sub("", value[: 10 * _LONGEST_LINE])).split())
    seen = "".join(letter for letter in words if letter.isprintable())
    return seen[:_LONGEST_LINE] or None


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in re.split(r"\n\s*\n", text))


def _from_parts(moment: Sequence[int] | None) -> datetime | None:
    """A time of feedparser's: year, month, day, hour, minute, second in UTC, and more."""
    if not moment:
        return None
    year, month, day, hour, minute, second, *_ = moment
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _from_iso(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
