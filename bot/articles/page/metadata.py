"""Metadata: read an HTML page's headline, authors, date, address, picture and language.

The sources in order: JSON-LD, then Open Graph and other <meta> tags, then the page's markup (`headlines.py`
has the numbers for this order). trafilatura finds authors and date in the markup, because it knows more ways
to write them than we could list here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

from lxml import html

from bot.articles.page import readings
from bot.articles.page.blocks import Heading, fold, joined, web_address
from bot.articles.page.bylines import AuthorsAndDay, byline
from bot.articles.page.headlines import headline, site_names
from bot.articles.page.json_values import listed, text_of
from bot.language.detect import LANGUAGES

_ARTICLE_TYPE = re.compile(
    r"(?:News|Reportage|Analysis|Opinion|Background|Review)?Article$|BlogPosting$|LiveBlogPosting$"
)
_DEEPEST = 6  # levels of JSON-LD that are searched; articles stand at 1 to 3
_DATES = ("article:published_time", "datepublished", "date", "dc.date", "pubdate")
_META = ("property", "name", "itemprop", "http-equiv")
_A_DAY = timedelta(hours=25)  # two claims of one moment that forget the zone differ by less
_FIRST_NEWSPAPER = 1605  # the Relation of Strasbourg; some pages without a date give the year 1
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")
_INDEX = re.compile(
    rf"(?:index|default|home|start|main)(?:\.\w{{2,5}})?|(?:{'|'.join(LANGUAGES.split())})(?:-[a-z]{{2}})?",
    re.IGNORECASE,
)
_VERSION = re.compile(r"/(?:amp|print|full|\d{1,2}|index\.\w{2,5})/?$", re.IGNORECASE)
_FIRST_JOINT = re.compile(r"[^\W_][-_+.%][^\W_]")  # between two words of a path
_LATER_JOINT = re.compile(r"[^\W_][-_+%][^\W_]")  # a dot may begin the ending of a file's name
_DIGIT = re.compile(r"\d")
_LOGO = re.compile(r"(?:^|[-_.])(?:logo|favicon|placeholder|default)", re.IGNORECASE)


def heading(
    page: html.HtmlElement, metas: Mapping[str, str] | None = None, address: str | None = None
) -> Heading:
    """Return everything about the story that is not in its body.

    `metas` are values that are already known (a file's front matter) and take precedence; `address` is the
    page's own.
    """
    known = {**meta_tags(page), **(metas or {})}
    story = article_data(page)
    sites = site_names(known, story, address)
    found_at = _address(page, known, story, address)
    in_markup = cache(partial(readings.authors_and_day, page))
    return Heading(
        headline=headline(page, known, text_of(story.get("headline")), sites, prefer_known=bool(metas)),
        byline=byline(known, story, sites, in_markup),
        language=_language(page, known, story),
        published=_published(known, story, in_markup),
        address=found_at,
        picture=_picture(known, story, found_at),
    )


def meta_tags(page: html.HtmlElement) -> dict[str, str]:
    """Return the first value of each <meta> tag by its name in lower case."""
    found: dict[str, str] = {}
    for meta in page.iter("meta"):
        name = next((value for key in _META if (value := meta.get(key))), None)
        content = meta.get("content")
        if name and content:
            found.setdefault(name.strip().lower(), fold(content))
    return found


def article_data(page: html.HtmlElement) -> dict[str, Any]:
    """Return the first JSON-LD object that is an article; an empty one if there is none."""
    return next((item for item in linked_data(page) if _is_article(item)), {})


def linked_data(page: html.HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield every JSON-LD object in the page, also those inside others."""
    for script in page.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json" and script.text:
            try:
                # Not strict: many sites put line breaks and tabs into strings.
                data = json.loads(script.text.strip().rstrip(";"), strict=False)
            except (ValueError, RecursionError):  # many pages have broken JSON; the other sources remain
                continue
            yield from _objects(data, _DEEPEST)


def _objects(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield data
    if depth and isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _objects(value, depth - 1)


def _is_article(item: dict[str, Any]) -> bool:
    kinds = listed(item.get("@type"))
    return any(isinstance(kind, str) and _ARTICLE_TYPE.search(kind) for kind in kinds)


def _published(known: Mapping[str, str], story: dict[str, Any], in_markup: AuthorsAndDay) -> datetime | None:
    """Return when the story was published, in UTC: the first claim, or one that gives its zone too."""
    choices = [text_of(story.get("datePublished")), *(known.get(name, "") for name in _DATES)]
    claims = [when for choice in choices if choice and (when := _time(choice))]
    if not claims:
        claims = [when for when in (_time(in_markup()[1]),) if when]
    if not claims:
        return None
    zoned = (when for when in claims if when.tzinfo and abs(_utc(when) - _utc(claims[0])) < _A_DAY)
    return _utc(next(zoned, claims[0]))


def _time(text: str) -> datetime | None:
    """Parse an ISO 8601 or RFC 5322 date, else return None."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = parse(text)
            _utc(when)
        except (ValueError, OverflowError):
            continue
        return when if when.year >= _FIRST_NEWSPAPER else None
    return None


def _utc(when: datetime) -> datetime:
    """Return a time in UTC; one without a zone counts as UTC."""
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def _address(
    page: html.HtmlElement, known: Mapping[str, str], story: dict[str, Any], address: str | None
) -> str | None:
    """Return the first address that the page claims and that may be this page's; else its own."""
    canonical = next(
        (link.get("href") or "" for link in page.iter("link") if link.get("rel") == "canonical"), ""
    )
    choices = [
        canonical,
        known.get("og:url", ""),
        text_of(story.get("url")),
        text_of(story.get("mainEntityOfPage"), "@id"),
    ]
    absolute = (web_address(joined(address or "", choice)) for choice in choices if choice)
    return next((choice for choice in absolute if choice and _may_name(choice, address)), address)


def _may_name(claimed: str, address: str | None) -> bool:
    """Return whether a claimed address may be that of the story at `address`, and not of its site or section.

    Many sites give every page the address of their home page, and all their stories would be taken for one.
    A story's path ends as the page's own does, or in a number or several words; an address of several pages
    (of a printed or AMP page) is longer than the story's.
    """
    claim, own = urlsplit(claimed), urlsplit(joined("", address or ""))
    end, own_end = _last_part(claim.path), _last_part(_VERSION.sub("", own.path))
    if end == own_end and end:
        return True
    if not end or _INDEX.fullmatch(end):
        return bool(claim.query) or (address is not None and not own_end)
    is_above = own.path.startswith(claim.path.rstrip("/") + "/")
    return not is_above and (_is_slug(end) or not own_end or bool(claim.query))


def _is_slug(end: str) -> bool:
    """Return whether the last part of a path has a number or three words."""
    joint = _FIRST_JOINT.search(end)
    return _DIGIT.search(end) is not None or (
        joint is not None and _LATER_JOINT.search(end, joint.end()) is not None
    )


def _last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _picture(known: Mapping[str, str], story: dict[str, Any], address: str | None) -> str | None:
    """Return the address of the story's picture; a site's logo, which many pages give instead, is none."""
    choices = [known.get("og:image", ""), text_of(story.get("image"), "url"), known.get("twitter:image", "")]
    absolute = (web_address(joined(address or "", choice)) for choice in choices if choice)
    return next((choice for choice in absolute if choice and not _LOGO.search(_last_part(choice))), None)


def _language(page: html.HtmlElement, known: Mapping[str, str], story: dict[str, Any]) -> str | None:
    """Return the ISO 639 code of the language that the page names, without its region."""
    claims = [
        known.get("content-language", ""),
        text_of(story.get("inLanguage")),
        page.get("lang") or "",
        known.get("og:locale", ""),
    ]
    matches = (_LANGUAGE.match(claim) for claim in claims)
    return next((match[0].lower() for match in matches if match), None)
