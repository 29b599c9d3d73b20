"""Blocks: the cleaned paragraphs that every parser of a format makes, and how they become an Article."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from bot.articles import boilerplate, urls
from bot.articles.article import Article, Link

LONGEST_HEADLINE = 300  # characters; the longest of 357 news headlines has 167

_SPACES = re.compile(r"\s+")
# An address in running text, without the punctuation that ends the sentence around it.
_BARE_ADDRESS = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'“”«»|]{3,2000}", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?)]}…*_"
# What no reader sees, or sees as a box. Zero-width joiners stay: they are part of emoji and of Persian words.
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"  # controls and halves of characters
    "\xad\u200b\u2060\ufeff"  # soft hyphen, zero-width spaces, byte order mark
    "\u202a-\u202e\u2066-\u2069"  # bidirectional controls: they would reverse the text around a headline
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: glyphs of a site's own icon font
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters (Unicode 16, section 23.7), also the last two of each plane
    + "".join(f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
    + "]"
)
_BY = re.compile(
    r"(?:(?:written |story )?by|von|par|por|autor(?:ka)?|author|text|tekst|автор(?:ка)?|текст)\b\s?:?\s",
    re.IGNORECASE,
)
_ENDED_SENTENCE = re.compile(r"\w[\w\W]{0,3}?[.!?…。！？؟।]")
_LETTERS_WITHOUT_END = 40  # Thai and some other languages end sentences without a mark


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph on one line, with its links as (text, address)."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """The details of a story that stand outside its body."""

    headline: str = ""
    byline: str | None = None
    language: str | None = None
    published: datetime | None = None
    address: str | None = None
    picture: str | None = None


def clean(text: str) -> str:
    """Return the text in composed form (NFC), without characters that no reader sees."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def fold(text: str) -> str:
    """Return the cleaned text with every run of white space made one space."""
    return " ".join(clean(text).split())


def has_sentence(text: str) -> bool:
    """Return whether the text holds a whole sentence, and not only labels."""
    return _ENDED_SENTENCE.search(text) is not None or sum(map(str.isalpha, text)) >= _LETTERS_WITHOUT_END


def web_address(address: str) -> str | None:
    """Return the address if it is an absolute http(s) address with a host, and not too long; else None."""
    address = address.strip()
    if len(address) > urls.LONGEST:
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not _SPACES.search(address)
    except ValueError:  # a broken IPv6 address or port
        return None
    return address if usable else None


def joined(base: str, address: str) -> str:
    """Resolve the address against `base`; return "" if the result is broken, so that urlsplit can read it."""
    try:
        resolved = urljoin(base, address.strip())
        urlsplit(resolved)
    except ValueError:  # "http://[", or a host such as "a℀b"
        return ""
    return resolved


def bare_addresses(text: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses that are written out in the text, as (text, address)."""
    for match in _BARE_ADDRESS.finditer(text):
        words = match[0].rstrip(_AFTER_ADDRESS)
        address = web_address(words if words[:4].lower() == "http" else f"https://{words}")
        if address:
            yield words, address


def assemble(heading: Heading, blocks: Iterable[Block], *, is_doubtful: bool = False) -> Article:
    """Make the Article of these blocks; leave out boilerplate and repetitions of its headline and byline."""
    repeated = {plain(heading.headline), plain(heading.byline or ""), ""}
    body = [block for block in _without_boilerplate(blocks) if plain(without_by(block.text)) not in repeated]
    if len(body) > 1 and _links_to_itself(body[-1], heading.headline):
        body.pop()
    return Article(
        headline=heading.headline,
        body="\n\n".join(block.text for block in body),
        byline=heading.byline,
        language=heading.language,
        published=heading.published,
        address=heading.address,
        picture=heading.picture,
        links=tuple(_links(body)),
        is_doubtful=is_doubtful,
    )


def _without_boilerplate(blocks: Iterable[Block]) -> Iterator[Block]:
    above = ""
    for block in blocks:
        if block.text and boilerplate.matching_rule(block.text, above) is None:
            yield Block(boilerplate.without_credit(block.text), block.links)
            above = block.text


def _links_to_itself(block: Block, headline: str) -> bool:
    """Return whether a link has the headline's own words, as in the foot line that feeds add to a story.

    A request for help is never a foot line.
    """
    own = plain(headline)
    same = own and any(plain(words) == own for words, _ in block.links)
    return bool(same) and not boilerplate.asks_for_help(block.text)


def _links(body: Sequence[Block]) -> Iterator[Link]:
    for paragraph, block in enumerate(body):
        seen = set()
        for words, address in (*block.links, *bare_addresses(block.text)):
            if words in block.text and address not in seen:
                seen.add(address)
                yield Link(words, address, paragraph)


def without_by(line: str) -> str:
    """Return a byline without the "By" before its names."""
    by = _BY.match(line)
    return line[by.end() :] if by else line


def plain(text: str) -> str:
    """Return the letters and digits in lower case, to compare lines that differ in quotes or dashes."""
    return "".join(character for character in text.casefold() if character.isalnum())
