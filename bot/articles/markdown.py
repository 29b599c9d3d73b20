"""A story in Markdown → Article, by way of HTML, so that one reader knows what a paragraph is."""

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from bot.articles import extract, plaintext
from bot.articles.article import Article
from bot.articles.blocks import LONGEST_HEADLINE

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
    """Whether the text is Markdown: by front matter, a heading at the start or a link.

    `named` says that its name is a Markdown file's; then emphasis, lists and quotations count too.
    """
    start = text.lstrip("\ufeff \t\r\n")[:400].split("\n", 1)[0]
    strong = (
        _HEADING.match(start) or _FRONT_MATTER.match(text) or _UNDERLINED.match(text) or _LINK.search(text)
    )
    return bool(strong) or (named and bool(_HEADING.search(text) or _EMPHASIS.search(text)))


def read(text: str) -> Article:
    """The Article in a Markdown text; front matter (title, author, date, lang, url, image) is heeded."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    front = _FRONT_MATTER.match(text)
    metas = _metas(front["fields"]) if front else {}
    body = MarkdownIt("commonmark").render(text[front.end() :] if front else text)
    article = extract.extract(body, metas=metas)
    return _with_byline(article if article.headline else _headed_by_first_paragraph(article))


def _headed_by_first_paragraph(article: Article) -> Article:
    """A text without any heading begins with its headline, as plain texts do."""
    first = article.paragraphs[:1]
    if not first or len(first[0]) > LONGEST_HEADLINE:
        return article
    return replace(_without_first_paragraph(article), headline=first[0])


def _with_byline(article: Article) -> Article:
    """Names right below the headline are the byline, as in plain texts, unless front matter has one."""
    first, *others = article.paragraphs or [""]
    names = plaintext.names_in(first)
    if article.byline or not names or not others:
        return article
    return replace(_without_first_paragraph(article), byline=names)


def _without_first_paragraph(article: Article) -> Article:
    links = tuple(replace(link, paragraph=link.paragraph - 1) for link in article.links if link.paragraph)
    return replace(article, body="\n\n".join(article.paragraphs[1:]), links=links)


def _metas(fields: str) -> dict[str, str]:
    """The front matter under the names that a page's <meta> tags would have."""
    found = ((match["key"].lower(), match["value"].strip("\"' []")) for match in _FIELD.finditer(fields))
    return {_NAMES_OF_FIELDS[key]: value for key, value in found if key in _NAMES_OF_FIELDS}
