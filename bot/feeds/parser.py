"""Parses feeds: RSS, Atom, RDF and JSON Feed, also malformed ones; and finds the feeds that a page names.

`read` is CPU-bound, and hostile input can make it slow: run it in the ProcessPool.
"""

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from yarl import URL

from bot.articles import charset
from bot.articles.article import FetchedPage
from bot.errors import InvalidInputError
from bot.feeds import dates
from bot.feeds.feed import Feed, FeedLinks, FoundEntry, canonical, entry_of, newest, plain_line
from bot.i18n import mark

_READ_AT_EACH_END = 500  # entries; the middle of a longer feed is not parsed, and either end may be the newer
_PROLOG = 64 * 1024  # characters within which the feed's root element must begin

_ROOT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?:(?P<feed>rss|channel|(?:\w{1,20}:)?(?:feed|RDF))|(?P<page>!doctype\s+html|html|head|body))[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)[^>]{0,200}", re.IGNORECASE)
_NETSCAPE = (
    "-//Netscape Communications//DTD RSS 0.9"  # RSS 0.91 requires this DOCTYPE; nothing is loaded for it
)
_GEODATA = re.compile(r"</?(?:georss|gml|geo):[^<>]{0,500}>", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(x[0-9a-f]{1,4000}|[0-9]{1,4000});?", re.IGNORECASE)
_SURROGATES = range(0xD800, 0xE000)
_COMMENT_PATHS = {
    "comments",
    "comments-rss2",
    "comments-rss",
    "comments-atom",
    "comments.xml",
    "comments.rss",
}
_COMMENTS = re.compile(
    r"\b(?:comments?|commentaires?|kommentare?|comentarios?|komentarz\w*|комм?ентар\w*)\b", re.IGNORECASE
)
_FEED = re.compile(r"\b(?:feed|rss|atom|flux|kana[lł]|стрічк|канал|лент)", re.IGNORECASE)
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)

DOCTYPE = mark(
    "The feed at {host} contains a DOCTYPE, which can be an attack: give another feed of the site."
)
DAMAGED = mark("The feed at {host} is too damaged to read: give another feed of the site.")


def read(page: FetchedPage, now: datetime) -> Feed | FeedLinks:
    """Return the feed in a page's data, or the feeds that a page names.

    Raises InvalidInputError for a feed that is too damaged, or that has a DOCTYPE or entities of its own:
    attacks use these to exhaust memory or to read local files.
    """
    # XML is in UTF-8 unless it says otherwise.
    text = (charset.decode(page.data, page.charset or "utf-8") or "").lstrip(
        "\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n"
    )
    if text.startswith("{"):
        return _from_json(text, page.address, now)
    root = next((found for found in _ROOT.finditer(text, 0, _PROLOG) if found.lastgroup), None)
    if root is None or root.lastgroup == "feed":
        _refuse_declarations(text[: root.start() if root else _PROLOG], page.address)
    if root is None or root.lastgroup == "page":
        return FeedLinks(tuple(_linked_feeds(text, page.address)))
    return _from_xml(text[root.start() :], page.address, now)


def _refuse_declarations(prolog: str, address: str) -> None:
    for declaration in _DECLARATION.findall(_COMMENT.sub("", prolog)):
        if _NETSCAPE not in declaration or "[" in declaration:
            raise InvalidInputError(
                DOCTYPE,
                host=URL(address).host or address,
            )


def _from_xml(text: str, address: str, now: datetime) -> Feed | FeedLinks:
    parsed = _parsed(_without_geodata_and_bad_references(_without_middle(text)), address)
    if not parsed.version and not parsed.entries:
        return FeedLinks()
    entries = [_xml_entry(entry, address, now) for entry in parsed.entries]
    return Feed(
        title=plain_line(parsed.feed.get("title")),
        site=canonical(address, parsed.feed.get("link")),
        entries=newest(entries),
    )


def _parsed(text: str, address: str) -> Any:
    """Return what feedparser reads. Raises InvalidInputError for a feed that is too damaged for it."""
    import feedparser  # type: ignore[import-untyped]  # it has no types  # noqa: PLC0415  # slow; only the pool needs it

    # As a file in memory: feedparser would take a str for the name or address of a feed.
    utf8 = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers=utf8,
            resolve_relative_uris=False,
            sanitize_html=False,  # its HTML is never shown, but read like any page
        )
    except Exception as error:  # on garbage it raises errors that it does not document
        raise InvalidInputError(
            DAMAGED,
            host=URL(address).host or address,
        ) from error


def _xml_entry(entry: Mapping[str, Any], base: str, now: datetime) -> FoundEntry:
    texts = [part.get("value") for part in entry.get("content", ())]
    link = entry.get("feedburner_origlink") or entry.get("link")
    if not entry.get("links") and link == entry.get("id") and "://" not in str(link):
        link = None  # a bare number in <guid> is not an address, though RSS 2.0 says so
    return entry_of(
        base,
        now,
        identity=entry.get("id"),
        address=link,
        headline=entry.get("title"),
        moment=_moment(dict(entry)),  # feedparser's own dict would substitute another date
        text=max((text for text in (*texts, entry.get("summary")) if text), key=len, default=None),
        byline=entry.get("author"),
    )


def _moment(entry: Mapping[str, Any]) -> datetime | None:
    """Return when an entry was published, as feedparser read it or as we do."""
    written = str(entry.get("published") or entry.get("updated") or "")
    parsed = _from_parts(entry.get("published_parsed") or entry.get("updated_parsed"))
    if parsed is None or dates.has_twelve_hours(written):
        return dates.read(written) or parsed
    return parsed


def _from_json(text: str, address: str, now: datetime) -> Feed | FeedLinks:
    """Parse JSON Feed 1.1 or 1.0, which has `author` in place of `authors`.

    Half characters, NaN and line breaks in strings are accepted: they cost none of the other entries.
    """
    try:
        feed = json.loads(text, strict=False, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return FeedLinks()
    if "jsonfeed.org/version" not in str(feed.get("version")) or not isinstance(feed.get("items"), list):
        return FeedLinks()
    items = [item for item in feed["items"] if isinstance(item, dict)]
    entries = [_json_entry(item, address, now) for item in _ends(items)]
    return Feed(
        title=plain_line(feed.get("title")),
        site=canonical(address, feed.get("home_page_url")),
        entries=newest(entries),
    )


def _json_entry(item: Mapping[str, Any], base: str, now: datetime) -> FoundEntry:
    authors = item.get("authors") or [item.get("author")]
    author = authors[0] if isinstance(authors, list) else None
    plain = item.get("content_text")
    identity = item.get("id")
    return entry_of(
        base,
        now,
        identity=str(identity) if isinstance(identity, str | int | float) else None,
        address=item.get("url") or item.get("external_url"),
        headline=item.get("title"),
        moment=_from_iso(item.get("date_published") or item.get("date_modified")),
        text=item.get("content_html") or (_paragraphs(plain) if isinstance(plain, str) else None),
        byline=author.get("name") if isinstance(author, dict) else None,
    )


def _without_geodata_and_bad_references(text: str) -> str:
    """Return a feed's text without two things on which feedparser 6.0.14 raises errors."""
    return _REFERENCE.sub(_checked, _GEODATA.sub("", text))


def _checked(reference: re.Match[str]) -> str:
    """Return the reference, or a replacement character if its number is not a character's."""
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    is_character = number <= sys.maxunicode and number not in _SURROGATES
    return reference[0] if is_character else "\N{REPLACEMENT CHARACTER}"


def _without_middle(text: str) -> str:
    """Return a feed's text without the entries in the middle of a very long feed."""
    starts = [found.start() for found in _ENTRY.finditer(text)]
    if len(starts) <= 2 * _READ_AT_EACH_END:
        return text
    return text[: starts[_READ_AT_EACH_END]] + text[starts[-_READ_AT_EACH_END] :]


def _ends(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(items) <= 2 * _READ_AT_EACH_END:
        return items
    return items[:_READ_AT_EACH_END] + items[-_READ_AT_EACH_END:]


def _linked_feeds(text: str, address: str) -> Iterator[str]:
    """Yield the feeds that a page names in `<link rel="alternate">`, in its order (RSS Autodiscovery).

    Feeds of comments are left out: what readers write under a story is no story.
    """
    from lxml import etree, html  # noqa: PLC0415  # slow to load; only the pool needs it

    try:
        utf8 = html.HTMLParser(encoding="utf-8")
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=utf8)
    except etree.ParserError:  # it has no markup at all
        return
    base = next((href for tag in page.iter("base") if (href := tag.get("href"))), None)
    root = canonical(address, base) or address
    for link in page.iter("link"):
        is_alternate = "alternate" in (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        found = canonical(root, link.get("href")) if is_alternate and kind in _FEED_TYPES else None
        if found and not _is_of_comments(found, link.get("title") or ""):
            yield found


def _is_of_comments(address: str, title: str) -> bool:
    """Return whether a feed has comments, by its address (/comments/feed) or title ("Kommentar-Feed").

    A title needs the word for a feed too: "Kommentare" alone may be the opinions of a newspaper.
    """
    url = URL(address)
    words = {part.lower() for part in (*url.path.split("/"), *url.query.values())}
    return bool(_COMMENT_PATHS & words or (_COMMENTS.search(title) and _FEED.search(title)))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in re.split(r"\n\s*\n", text))


def _from_parts(moment: Sequence[int] | None) -> datetime | None:
    """Return a time of feedparser's, which begins with year, month, day, hour, minute, second in UTC."""
    if not moment:
        return None
    year, month, day, hour, minute, second, *_ = moment
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _from_iso(value: Any) -> datetime | None:
    """Return an ISO 8601 time, aware; None if it is not one."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
