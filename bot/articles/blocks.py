"""Paragraphs with their links, whatever they were read from, and the Article that they make."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.articles import boilerplate
from bot.articles.article import Article, Link

LONGEST_HEADLINE = 300  # characters; the longest of 357 news headlines has 167

_SPACES = re.compile(r"\s+")
# An address in running text, without the punctuation that ends the sentence around it.
_BARE_ADDRESS = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'“”«»|]{3,2000}", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?)]}…*_"
_JOINERS = "\u200c\u200d"  # hold emoji and Persian or Hindi letters together
# Marks that reverse the text around them: a headline must not turn over a message it stands in.
_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ENDED_SENTENCE = re.compile(r"\w[\w\W]{0,3}?[.!?…。！？؟।]")
_LETTERS_WITHOUT_END = 40  # Thai and others end no sentence with a mark


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph on one line; each link is its words and its address."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """What was found about a story outside its body."""

    headline: str = ""
    byline: str | None = None
    language: str | None = None
    published: datetime | None = None
    address: str | None = None
    picture: str | None = None


def clean(text: str) -> str:
    """The text in composed form (NFC), without control, surrogate, reversing and invisible characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and text.isprintable():
        return text
    return "".join(character for character in text if _is_visible(character))


def _is_visible(character: str) -> bool:
    if character in "\n\t" or character in _JOINERS:
        return True
    if character in _OVERRIDES or character in "\ufeff\u00ad\u200b\u2060":
        return False
    return unicodedata.category(character) not in {"Cc", "Cs"} and not _is_noncharacter(character)


def _is_noncharacter(character: str) -> bool:
    """Is this one of the 66 code points that will never be characters (Unicode 16, section 23.7)?

    The category "Cn" has them too, but also every emoji that is younger than the Python.
    """
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"  # noqa: PLR2004  # the standard's


def fold(text: str) -> str:
    """Cleaned, and every run of white space one space."""
    return _SPACES.sub(" ", clean(text)).strip()


def has_sentence(text: str) -> bool:
    """Whether there is a whole sentence in the text, and not only labels."""
    return _ENDED_SENTENCE.search(text) is not None or sum(map(str.isalpha, text)) >= _LETTERS_WITHOUT_END


def web_address(address: str) -> str | None:
    """The address if it is an absolute http(s) one with a host, else None."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not _SPACES.search(address)
    except ValueError:  # a broken IPv6 address or port
        return None
    return address if usable else None


def bare_addresses(text: str) -> Iterator[tuple[str, str]]:
    """The addresses written out in the text, as (words, address)."""
    for match in _BARE_ADDRESS.finditer(text):
        words = match[0].rstrip(_AFTER_ADDRESS)
        address = web_address(words if words[:4].lower() == "http" else f"https://{words}")
        if address:
            yield words, address


def assemble(heading: Heading, blocks: Iterable[Block]) -> Article:
    """The Article of these blocks, without boilerplate and without its own headline and byline repeated."""
    repeated = {_plain(heading.headline), _plain(heading.byline or ""), ""}
    body = [block for block in _sifted(blocks) if _plain(_without_by(block.text)) not in repeated]
    return Article(
        headline=heading.headline,
        body="\n\n".join(block.text for block in body),
        byline=heading.byline,
        language=heading.language,
        published=heading.published,
        address=heading.address,
        picture=heading.picture,
        links=tuple(_links(body)),
    )


def _sifted(blocks: Iterable[Block]) -> Iterator[Block]:
    above = ""
    for block in blocks:
        if block.text and boilerplate.why(block.text, above) is None:
            yield Block(boilerplate.without_credit(block.text), block.links)
            above = block.text


def _links(body: Sequence[Block]) -> Iterator[Link]:
    for paragraph, block in enumerate(body):
        seen = set()
        for words, address in (*block.links, *bare_addresses(block.text)):
            if words in block.text and address not in seen:
                seen.add(address)
                yield Link(words, address, paragraph)


_BY = re.compile(r"(?:by|von|par|por|autor|author|text|tekst|автор|текст)\b\s?:?\s", re.IGNORECASE)


def _without_by(line: str) -> str:
    return _BY.sub("", line, count=1) if _BY.match(line) else line


def _plain(text: str) -> str:
    """Letters and digits only, for comparing lines that differ in quotes, dashes or case."""
    return "".join(character for character in text.casefold() if character.isalnum())
