"""A feed as Atom (RFC 4287), with links to its other pages (RFC 5005)."""

import re
from datetime import datetime
from xml.etree import ElementTree as ET

from bot.web.public.feeds import Entry, Feed

ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2

ET.register_namespace("", ATOM)


def atom_feed(feed: Feed) -> bytes:
    """Return a feed as XML."""
    root = ET.Element(_name("feed"), {_LANG: feed.language})
    _text(root, "id", feed.uid)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(feed.updated_at))
    _text(ET.SubElement(root, _name("author")), "name", feed.author)
    _text(root, "generator", "Comeback")
    _link(root, "self", feed.address, "application/atom+xml")
    _link(root, "alternate", feed.home, "text/html")
    _link(root, "first", feed.first, "application/atom+xml")
    for relation, address in (("previous", feed.previous), ("next", feed.next)):
        if address:
            _link(root, relation, address, "application/atom+xml")
    for entry in feed.entries:
        _add(root, entry)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(root: ET.Element, entry: Entry) -> None:
    story = entry.story
    element = ET.SubElement(root, _name("entry"), {_LANG: story.language})
    _text(element, "id", entry.uid)
    _text(element, "title", story.title)
    _text(element, "published", _moment(story.published_at))
    _text(element, "updated", _moment(story.updated_at))
    if story.byline and not story.warning:
        _text(ET.SubElement(element, _name("author")), "name", story.byline)
    _link(element, "alternate", entry.address, "text/html", hreflang=story.language)
    if story.address:
        _link(element, "via", story.address)
    for topic in story.topics:
        ET.SubElement(element, _name("category"), {"term": _clean(topic.slug), "label": _clean(topic.name)})
    _text(element, "content", str(entry.content)).set("type", "html")


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, _name(name))
    element.text = _clean(text)
    return element


def _link(parent: ET.Element, rel: str, href: str, kind: str = "", hreflang: str = "") -> None:
    values = {"rel": rel, "href": _clean(href), "type": kind, "hreflang": hreflang}
    ET.SubElement(parent, _name("link"), {name: value for name, value in values.items() if value})


def _name(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _clean(text: str) -> str:
    """Return the text without the characters that XML cannot have."""
    return _NOT_XML.sub("", text)


def _moment(at: datetime) -> str:
    """Return a moment as RFC 3339 has it, in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
