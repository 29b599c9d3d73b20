"""A page that was fetched → Article: as a story file is read, but that it stands at an address."""

import re
from dataclasses import replace

from yarl import URL

from bot.errors import InvalidInputError
from bot.stories import addresses, charset, extractor, plaintext
from bot.stories.article import Article
from bot.texts import mark

_SITE = re.compile(r"^(?:www|m|mobile|amp)\.")


def read(data: bytes, address: str, hint: str | None = None) -> Article:
    """The Article in a page that was found at `address`; `hint` is the charset that its server named.

    Raises InvalidInputError, with one sentence that says what to do, where there is no story.
    """
    text = charset.decode(data, hint)
    article = Article(headline="", body="")
    if text is not None:
        is_html = "<" in text[:1000]
        article = extractor.extract(text, address) if is_html else plaintext.read(text)
    if not article.headline or not article.body:
        raise InvalidInputError(
            mark("There is no story to read at {host}: paste the story's text instead."),
            host=URL(address).host or address,
        )
    return replace(article, address=own_address(article.address, address))


def own_address(claimed: str | None, found: str) -> str:
    """The one form of a page's address: what it claims as canonical, if that is on the same site.

    A page that claims to stand elsewhere could pass for another paper's story.
    """
    if claimed:
        try:
            canonical = addresses.canonical(claimed)
        except InvalidInputError:
            return addresses.canonical(found)
        if _site(canonical) == _site(found):
            return canonical
    return addresses.canonical(found)


def _site(address: str) -> str:
    return _SITE.sub("", URL(address).host or "")
