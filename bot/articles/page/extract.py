"""Extract an Article from an HTML page or fragment, without what the site puts around the story."""

from collections.abc import Mapping
from dataclasses import replace

from lxml import etree, html

from bot.articles.article import Article
from bot.articles.page import metadata
from bot.articles.page.blocks import assemble, joined
from bot.articles.page.story_text import story_text, whole_text
from bot.language.detect import checked


def extract(
    page: str, address: str | None = None, metas: Mapping[str, str] | None = None, *, is_whole: bool = False
) -> Article:
    """Return the Article in an HTML page or fragment.

    `address` is the page's own: relative links are resolved against it, or against the page's <base> or
    canonical address. `metas` are values that are already known, named like <meta> tags; they take
    precedence. With `is_whole` all of it is the story. Headline and body are empty if the page has none.
    """
    root = parsed(page)
    return Article(headline="", body="") if root is None else read(root, address, metas, is_whole=is_whole)


def parsed(page: str) -> html.HtmlElement | None:
    """Parse the page into a tree; return None if it has no element."""
    # As bytes, since lxml refuses a str that declares an encoding.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return html.document_fromstring(page.replace("\0", "").encode("utf-8", "ignore"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def read(
    root: html.HtmlElement,
    address: str | None = None,
    metas: Mapping[str, str] | None = None,
    *,
    is_whole: bool = False,
) -> Article:
    """Return the Article in a parsed page; the rest is as for `extract`."""
    heading = metadata.heading(root, metas, address)
    base = next((href for tag in root.iter("base") if (href := tag.get("href"))), "")
    base = joined(address or heading.address or "", base)
    found = whole_text(root, base) if is_whole else story_text(root, base, heading.headline)
    article = assemble(heading, found.blocks, is_doubtful=found.is_doubtful)
    return replace(article, language=checked(heading.language, article.body))
