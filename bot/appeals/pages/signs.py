"""Page signs: read in a page who its owner is and where money goes.

It loads lxml, and a hostile page may be slow to read: run it in the process pool.
"""

import json
import re
import unicodedata

from lxml import html

from bot.appeals.hosts.sites import site_of
from bot.appeals.pages.fingerprints import PageSigns
from bot.appeals.pages.money import Links, accounts, asks_for, host_of
from bot.articles import charset
from bot.articles.article import FetchedPage
from bot.articles.page import extract, metadata, obstacles, reasons
from bot.articles.page.blocks import fold, joined
from bot.errors import InvalidInputError
from bot.language.rule_tables import alternatives, table

_LONGEST_TITLE = 200  # characters
_MOST_ACCOUNTS = 20
_SEARCHED = 3_000  # characters: a page that is for sale says so at once
_SOON = 10  # seconds after which a page forwards; more is a page that reloads itself
_FORWARD = re.compile(r"\s*(\d{1,3})(?:\.\d*)?\s*[;,]\s*url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_ADDRESS = re.compile(r"\w\.[a-z]{2,}")  # says nothing of the owner: the next owner's page names it too
_SMALL_WORDS = frozenset({
    "ev", "gmbh", "ggmbh", "ag", "inc", "ltd", "llc", "plc", "asbl", "ong", "ngo",
    "the", "of", "and", "for", "und", "der", "die", "das",
})  # fmt: skip
_LEAST_LETTERS = 3
_NOT_SEEN = frozenset({"script", "style", "template", "noscript"})
_ATTRIBUTES = ("alt", "title", "content", "aria-label", "value")


def read(page: FetchedPage, organisation: str) -> PageSigns:
    """Return the signs in a page. Raises InvalidInputError if it shows a check for robots, or an error."""
    text = charset.decode(page.data, page.charset) or ""
    root = extract.parsed(text)
    host = host_of(page.address)
    if root is None:
        raise InvalidInputError(reasons.EMPTY, host=host)
    seen = _seen_text(root)
    obstacle = obstacles.in_the_way(root)
    if obstacle is not None:
        raise InvalidInputError(obstacle, host=host)
    title = fold("".join(root.findtext("head/title") or ""))[:_LONGEST_TITLE]
    links = Links(root, page.address)
    everything = f"{seen} {' '.join(links.found)}"
    return PageSigns(
        title=title,
        has_name=names(f"{title} {seen} {_described(root)}", organisation),
        payments=tuple(sorted(links.payments())),
        accounts=tuple(sorted(accounts(everything))[:_MOST_ACCOUNTS]),
        takes_cards=any(asks_for(form, "card") for form in root.iter("form")),
        is_parked=_says_parked(f"{title} {seen[:_SEARCHED]}") or links.leads_to_parking(),
        leads_to=_forward(root, page.address),
    )


def names(text: str, organisation: str) -> bool:
    """Return whether an organisation's name stands in a text, whatever its letter case and legal form."""
    name, *others = _spelt(organisation)
    said = " ".join(word for word in text.split() if not _ADDRESS.search(word))
    found = f" {' '.join(_plain_words(said))} "
    return any(f" {one} " in found for one in (name, *others) if one)


def _spelt(organisation: str) -> list[str]:
    """Return the ways in which the name may be written: in words, in one word, and an abbreviation."""
    outside, *inside = re.split(r"[()]", organisation)
    words = _plain_words(outside)
    short = [" ".join(_plain_words(part)) for part in inside]
    return [" ".join(words), "".join(words), *(one for one in short if len(one) >= _LEAST_LETTERS)]


def _plain_words(text: str) -> list[str]:
    """Return the words in lower case, without accents and small words."""
    folded = text.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return [word for word in re.findall(r"\w+", folded) if word not in _SMALL_WORDS and len(word) > 1]


def _seen_text(root: html.HtmlElement) -> str:
    """Return what people see, and what the page says beside its pictures and fields."""
    parts: list[str] = []
    for element in root.iter():
        if element.tag not in _NOT_SEEN and element.text:
            parts.append(element.text)
        if element.tail:
            parts.append(element.tail)
    return fold(" ".join(parts))


def _described(root: html.HtmlElement) -> str:
    """Return the texts of attributes, of <meta> tags and of JSON-LD."""
    attributes = (element.get(name) or "" for element in root.iter() for name in _ATTRIBUTES)
    data = (json.dumps(item, ensure_ascii=False) for item in metadata.linked_data(root))
    return " ".join([*filter(None, attributes), *data])


def _says_parked(text: str) -> bool:
    return re.search(alternatives(table("parked")["text"]), text, re.IGNORECASE) is not None


def _forward(root: html.HtmlElement, address: str) -> str:
    """Return the host to which the page forwards a browser soon; "" if it stays, or on the same site."""
    for meta in root.iter("meta"):
        if (meta.get("http-equiv") or "").lower() != "refresh":
            continue
        found = _FORWARD.match(meta.get("content") or "")
        host = host_of(joined(address, found[2])) if found and int(found[1]) <= _SOON else ""
        if host and site_of(host) != site_of(host_of(address)):
            return host
    return ""
