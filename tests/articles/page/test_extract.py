"""Extraction of an Article from an HTML page."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.articles.page import extract

PROSE = "The river rose in the night, and by the morning nobody in the lower village could leave the house. "
PAGE = f"""<!DOCTYPE html>
<html lang="en-GB"><head>
<title>River takes the bridge | Example News</title>
<meta property="og:title" content="River takes the bridge | Example News">
<meta property="og:site_name" content="Example News">
<meta property="og:image" content="/pictures/river.jpg">
<meta property="article:published_time" content="2024-03-02T10:15:00+02:00">
<meta name="author" content="By Olena Koval">
<link rel="canonical" href="https://news.example/river?page=1">
</head><body class="has-sidebar">
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<div class="layout"><main><article>
<h1>River takes the bridge</h1>
<p class="byline">By Olena Koval</p>
<div class="share-bar">Share Tweet Print</div>
<figure><img src="x.jpg"><figcaption>The bridge before. Photo: Jane Roe/AFP</figcaption></figure>
<p>{PROSE * 2}</p>
<p>“We have lost everything,” said Anna Bondar.<br><br>“Please, help us to rebuild.”</p>
<div class="related"><ul><li><a href="/other">Another story, with a title that is long</a></li></ul></div>
<h2>How to help</h2>
<p>{PROSE} To support the village through River Aid, please visit <a href="/help/river">here</a>.</p>
<p>Photo: Getty Images</p>
<p>Follow us on Facebook for more.</p>
</article></main>
<aside><p>{PROSE * 3}</p></aside></div>
<footer><p>© 2024 Example News. {PROSE}</p></footer>
<script>var p = "<p>no</p>";</script>
</body></html>"""


def test_reads_a_news_page() -> None:
    """The head gives headline without the site's name, author, date in UTC, language, address and picture."""
    article = extract.extract(PAGE, "https://news.example/river?utm_source=x")
    assert article.headline == "River takes the bridge"
    assert article.byline == "Olena Koval"
    assert article.published == datetime(2024, 3, 2, 8, 15, tzinfo=UTC)
    assert article.language == "en"
    assert article.address == "https://news.example/river?page=1"
    assert article.picture == "https://news.example/pictures/river.jpg"


def test_keeps_the_story_and_drops_the_site() -> None:
    """Menus, share bars, captions, teasers and footers are dropped; paragraphs and subheadings stay."""
    paragraphs = extract.extract(PAGE).paragraphs
    assert paragraphs == [
        (PROSE * 2).strip(),
        "“We have lost everything,” said Anna Bondar.",
        "“Please, help us to rebuild.”",
        "How to help",
        f"{PROSE}To support the village through River Aid, please visit here.",
    ]


def test_keeps_a_link_with_its_words_and_paragraph() -> None:
    """A link has its text, its paragraph, and an address resolved against the page's."""
    (link,) = extract.extract(PAGE, "https://news.example/river").links
    assert (link.words, link.url, link.paragraph) == ("here", "https://news.example/help/river", 4)


def test_a_bare_address_is_a_link_too() -> None:
    """An address that is written out in a paragraph is a link, without the full stop behind it."""
    page = "<h1>Help</h1><p>Visit www.aid.example/river. Thank you, (https://two.example/a?b=1).</p>"
    assert {(link.words, link.url) for link in extract.extract(page).links} == {
        ("www.aid.example/river", "https://www.aid.example/river"),
        ("https://two.example/a?b=1", "https://two.example/a?b=1"),
    }


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "mailto:a@b.example", "data:text/html,x", "#top", "http://[", ""]
)
def test_only_web_addresses_are_links(href: str) -> None:
    """Only http and https addresses with a host are kept as links."""
    page = f'<h1>Help</h1><p>To help, please visit <a href="{href}">here</a> today.</p>'
    assert extract.extract(page).links == ()


def test_json_ld_comes_first() -> None:
    """JSON-LD takes precedence over tags, also inside a graph and with entities in it."""
    page = """<html><head><meta property="og:title" content="Wrong">
    <script type="application/ld+json">{ broken </script>
    <script type="application/ld+json">{"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle"],
      "headline": "Q&amp;A: <em>What</em> now?", "author": [{"name": "Ann Roe"}, {"name": "Ben Doe"}],
      "datePublished": "2024-05-01", "image": {"url": "https://i.example/a.png"}, "inLanguage": "pl-PL",
      "mainEntityOfPage": {"@id": "https://n.example/qa"}}]}</script></head>
    <body><p>One sentence stands here.</p></body></html>"""
    article = extract.extract(page)
    assert article.headline == "Q&A: What now?"
    assert article.byline == "Ann Roe, Ben Doe"
    assert article.published == datetime(2024, 5, 1, tzinfo=UTC)
    assert (article.language, article.address) == ("pl", "https://n.example/qa")
    assert article.picture == "https://i.example/a.png"


def test_one_long_paragraph_is_not_the_whole_story() -> None:
    """Short paragraphs around a long one are kept."""
    page = f"<h1>Head</h1><p>A short start.</p><p>{PROSE * 9}</p><p>A short end.</p>"
    assert len(extract.extract(page).paragraphs) == 3


def test_a_page_wrapped_in_a_form_is_read() -> None:
    """A story is found though the whole page is in one form, or its wrapper has the class of a small part."""
    page = f'<body><form><div class="sidebar-grid social">{f"<p>{PROSE}</p>" * 5}</div></form></body>'
    assert len(extract.extract(page).paragraphs) == 5


def test_text_keeps_its_meaning() -> None:
    """Entities, emoji and right-to-left text stay; characters that reverse or hide text are removed."""
    page = (
        "<h1>&lt;b&gt; &amp; “x”</h1><p>مرحبا بالعالم 👩‍👩‍👧 caf\u00ad\u00e9 \u202eabc &#xD800;&#0;end.</p>"
    )
    article = extract.extract(page)
    assert article.headline == "<b> & “x”"
    assert "مرحبا بالعالم 👩‍👩‍👧 café abc" in article.body
    article.body.encode("utf-8")
    assert not set("\u202e\0\u00ad") & set(article.body)


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "text" + "</div>" * 100_000,
        "<p><b>" * 100_000 + "text",
        "<table><tr><td>" * 50_000,
        "<a href=x>" * 100_000,
        "<p>word</p>" * 100_000,
        "<br>" * 200_000,
        "<" * 300_000,
        '<p class="' + "share-" * 200_000 + '">text</p>',
        '<script type="application/ld+json">' + "[" * 200_000 + "</script><p>text</p>",
    ],
    ids=["div", "bold", "table", "link", "paragraph", "break", "sign", "class", "json"],
)
def test_hostile_nesting_costs_little(page: str) -> None:
    """A hundred thousand nested tags are read in seconds and do not crash the reader."""
    started = time.process_time()
    extract.extract(page)
    assert time.process_time() - started < 10


def test_an_empty_page_gives_an_empty_article() -> None:
    """An empty page gives an empty headline and body, and raises nothing."""
    for page in ("", "   ", "<!-- only a comment -->", "<html></html>"):
        article = extract.extract(page)
        assert (article.headline, article.body) == ("", "")


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/ab pdiv=\"'&;#x0!-[]"), max_size=200))
def test_any_markup_gives_an_article(page: str) -> None:
    """Any markup gives an Article without markup in it."""
    article = extract.extract(page)
    assert "</p>" not in article.body
    assert "</div>" not in article.headline


@pytest.mark.parametrize(
    ("author", "byline"),
    [
        ('[{"name": "Ann Roe (aro)"}, {"name": "Ben Doe"}]', "Ann Roe, Ben Doe"),
        ('[{"name": "Ann Roe"}, [{"name": "Ben Doe"}, {"name": "Ann Roe"}]]', "Ann Roe, Ben Doe"),
        ('"By Ann Roe"', "Ann Roe"),
        ('"https://news.example/authors/7"', None),
        ('{"name": 7}', None),
    ],
)
def test_authors_in_json_ld(author: str, byline: str | None) -> None:
    """Authors in JSON-LD are listed once each, without abbreviations and addresses."""
    page = f"""<script type="application/ld+json">{{"@type": "NewsArticle", "author": {author}}}</script>
    <p>One sentence stands here.</p>"""
    assert extract.extract(page).byline == byline


def test_the_year_one_is_no_date() -> None:
    """A date in the year 1, as some pages have it, is ignored in favour of the next one."""
    page = """<meta property="article:published_time" content="0001-01-01T00:00:00Z">
    <meta name="date" content="2024-05-01"><p>One sentence stands here.</p>"""
    assert extract.extract(page).published == datetime(2024, 5, 1, tzinfo=UTC)
