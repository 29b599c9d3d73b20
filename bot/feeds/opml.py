"""OPML 2.0 (opml.org/spec2.opml), the format in which feed readers export and import lists of feeds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.articles import charset
from bot.errors import InvalidInputError
from bot.i18n import mark

LARGEST = 5 * 1024 * 1024  # bytes; 500 feeds need 0.1 MB

_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of the list as the file has it; nothing of it is checked yet."""

    address: str
    title: str | None = None
    site: str | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()


def read(data: bytes, name: str) -> list[Outline]:
    """Return the feeds in an OPML file, also those in nested folders.

    Raises InvalidInputError for data that is not OPML or that has a DOCTYPE or entities of its own; the
    sentence mentions `name`.
    """
    etree = _etree()
    text = charset.decode(data) if len(data) <= LARGEST else None
    if not text or "<opml" not in text.lower():
        raise InvalidInputError(
            mark("{file} is not an OPML file: export the list of feeds from your feed reader."), file=name
        )
    if _DECLARATION.search(text):
        raise InvalidInputError(
            mark(
                "{file} contains a DOCTYPE or entities, which can be an attack: export it again without them."
            ),
            file=name,
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        encoding="utf-8",
    )
    plain = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    root = etree.fromstring(plain, parser)
    nodes = () if root is None else root.iter("{*}outline")
    outlines = (_outline({str(key).lower(): str(value) for key, value in node.items()}) for node in nodes)
    return [outline for outline in outlines if outline]


def _outline(attributes: Mapping[str, str]) -> Outline | None:
    """Return the feed of an `<outline>`, or None for a folder.

    The names of `attributes` are in lower case, because feed readers differ in theirs.
    """
    address = attributes.get("xmlurl", "").strip()
    if not address:
        return None
    topics = (part.strip().rpartition("/")[2] for part in attributes.get("category", "").split(","))
    return Outline(
        address=address,
        title=" ".join((attributes.get("title") or attributes.get("text") or "").split()) or None,
        site=attributes.get("htmlurl") or None,
        language=attributes.get("language") or None,
        topics=tuple(topic for topic in topics if topic),
    )


def write(outlines: Iterable[Outline]) -> bytes:
    """Return an OPML file of these feeds, with their Topics as categories."""
    etree = _etree()
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Comeback"
    body = etree.SubElement(root, "body")
    for outline in outlines:
        title = outline.title or outline.address
        attributes = {
            "type": "rss",
            "text": title,
            "title": title,
            "xmlUrl": outline.address,
            "htmlUrl": outline.site,
            "language": outline.language,
            "category": ",".join(topic.replace(",", " ").replace("/", " ") for topic in outline.topics),
        }
        etree.SubElement(body, "outline", {key: value for key, value in attributes.items() if value})
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _etree() -> Any:
    from lxml import etree  # noqa: PLC0415  # slow to load, and only two commands need it

    return etree
