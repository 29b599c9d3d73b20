"""Fetched pages: extract an Article from the bytes of a web page, or say why it shows no story."""

import re
from dataclasses import replace

from yarl import URL

from bot.articles import charset, plaintext, urls
from bot.articles.article import Article
from bot.articles.page import extract, obstacles, reasons
from bot.errors import InvalidInputError

_BEGINNING = 1000  # characters in which an HTML page has its first tag
_SITE = re.compile(r"^(?:www|m|mobile|amp)\.")


def read(data: bytes, address: str, hint: str | None = None) -> Article:
    """Return the Article in the page at `address`; `hint` is the charset that its server named.

    Raises InvalidInputError, with one sentence that says what to do, if the page shows no story.
    """
    text = charset.decode(data, hint)
    article = _read(text, address)
    return replace(article, address=own_address(article.address, address))


def _read(text: str | None, address: str) -> Article:
    if text is None or not text.strip():
        raise _refusal(reasons.NO_STORY if text is None else reasons.EMPTY, address)
    if "<" not in text[:_BEGINNING]:
        article = plaintext.read(text)
        obstacle = None if article.headline and article.body else reasons.NO_STORY
    elif (page := extract.parsed(text)) is None:
        raise _refusal(reasons.EMPTY, address)
    else:
        article = extract.read(page, address)
        obstacle = obstacles.find(page, article)
    if obstacle:
        raise _refusal(obstacle, address)
    return article


def _refusal(sentence: str, address: str) -> InvalidInputError:
    return InvalidInputError(sentence, host=URL(address).host or address)


def own_address(claimed: str | None, found: str) -> str:
    """Return the canonical form of a page's address: the claimed one only if it is on the same site.

    A page that claims another site's address could pass for that site's story.
    """
    if claimed:
        try:
            canonical = urls.canonical(claimed)
        except InvalidInputError:
            return urls.canonical(found)
        if _site(canonical) == _site(found):
            return canonical
    return urls.canonical(found)


def _site(address: str) -> str:
    return _SITE.sub("", URL(address).host or "")
