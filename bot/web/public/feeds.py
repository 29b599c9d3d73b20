"""Feeds of published Stories: what both formats have, and JSON Feed 1.1 (https://www.jsonfeed.org)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from markupsafe import Markup

from bot.web.public.shown import Shown

_VERSION = "https://jsonfeed.org/version/1.1"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A Story in a feed. `address`: its page here. `content`: HTML, its own words and its Appeal."""

    uid: str
    address: str
    content: Markup
    story: Shown


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a feed. All addresses are whole. `home`: the page for people; `other`: the other format."""

    uid: str
    title: str
    author: str
    language: str
    address: str
    home: str
    first: str
    next: str | None
    previous: str | None
    entries: Sequence[Entry]

    @property
    def updated_at(self) -> datetime:
        """When anything in it changed last."""
        return max((one.story.updated_at for one in self.entries), default=NEVER)


def uid(key: bytes, name: str) -> str:
    """Return an id that stays, whatever the address is: of a Story, or of a feed."""
    return uuid.uuid5(uuid.UUID(bytes=key[:16]), name).urn


def json_feed(feed: Feed) -> bytes:
    """Return a feed in the format JSON Feed 1.1."""
    document: dict[str, Any] = {
        "version": _VERSION,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [_item(one) for one in feed.entries],
    }
    if feed.next:
        document["next_url"] = feed.next
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)


def _item(entry: Entry) -> dict[str, Any]:
    story = entry.story
    item = {
        "id": entry.uid,
        "url": entry.address,
        "title": story.title,
        "content_html": str(entry.content),
        "date_published": story.published_at,
        "date_modified": story.updated_at,
        "language": story.language,
        "tags": [one.name for one in story.topics],
    }
    if story.address:
        item["external_url"] = story.address
    if story.byline and not story.warning:
        item["authors"] = [{"name": story.byline}]
    return item
