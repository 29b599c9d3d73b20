"""Markdown: convert a Markdown text to HTML and extract an Article from it, as from a web page."""

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from bot.articles import plaintext
from bot.articles.article import Article
from bot.articles.page import extract
from bot.articles.page.blocks import LONGEST_HEADLINE

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(?P<fields>(?:[^\n]{0,500}\n){1,60}?)---[ \t]*(?:\n|\Z)")
_FIELD = re.compile(r"^(?P<key>[A-Za-z_-]{2,30}):[ \t]*(?P<value>\S[^\n]*)$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
_UNDERLINED = re.compile(r"\A\s*[^\n]{1,300}\n(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"\[[^\[\]\n]{1,300}\]\((?:https?://|/|#)[^()\s]{1,2000}\)")
_EMPHASIS = re.compile(r"(?<!\w)(?:\*\*|__)(?=\S)[^*_\n]{1,300}(?:\*\*|__)(?!\w)|^> |^[-*] ", re.MULTILINE)

_NAMES_OF_FIELDS = {
    "title": "og:title",
    "headline": "og:title",
    "author": "author",
    "authors": "author",
    "byline": "author",
    "date": "article:published_time",
    "published": "article:published_time",
    "lang": "content-language",
    "language": "content-language",
    "url": "og:url",
    "canonical": "og:url",
    "image": "og:image",
}


def looks_like(text: str, *, named: bool) -> bool:
    """Return whether the text is Markdown: it has front matter, a heading at its start, or a link.

    `named` means that its file name is that of a Markdown file; then headings anywhere, emphasis, lists and
    quotations count too.
    """
    start = text.lstrip("\ufeff \t\r\n")[:400].split("\n", 1)[0]
    strong = (
        _HEADING.match(start) or _FRONT_MATTER.match(text) or _UNDERLINED.match(text) or _LINK.search(text)
    )
    return bool(strong) or (named and bool(_HEADING.search(text) or _EMPHASIS.search(text)))


def read(text: str) -> Article:
    """Return the Article in a Markdown text; use its front matter (title, author, date, lang, url, image)."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    front = _FRONT_MATTER.match(text)
    metas = _metas(front["fields"]) if front else {}
    body = MarkdownIt("commonmark").render(text[front.end() :] if front else text)
    article = extract.extract(body, metas=metas, is_whole=True)
    return _with_byline(article if article.headline else _headed_by_first_paragraph(article))


def _headed_by_first_paragraph(article: Article) -> Article:
    """Take the first paragraph as the headline, as in plain texts, unless it is too long."""
    first = article.paragraphs[:1]
    if not first or len(first[0]) > LONGEST_HEADLINE:
        return article
    return replace(_without_first_paragraph(article), headline=first[0])


def _with_byline(article: Article) -> Article:
    """Take names right below the headline as the byline, as in plain texts, unless there already is one."""
    first, *others = article.paragraphs or [""]
    names = plaintext.names_in(first)
    if article.byline or not names or not others:
        return article
    return replace(_without_first_paragraph(article), byline=names)


def _without_first_paragraph(article: Article) -> Article:
    links = tuple(replace(link, paragraph=link.paragraph - 1) for link in article.links if link.paragraph)
    return replace(article, body="\n\n".join(article.paragraphs[1:]), links=links)


def _metas(fields: str) -> dict[str, str]:
    """Return the front matter under the names of the <meta> tags that a page would have."""
    found = ((match["key"].lower(), match["value"].strip("\"' []")) for match in _FIELD.finditer(fields))
    return {_NAMES_OF_FIELDS[key]: value for key, value in found if key in _NAMES_OF_FIELDS}
