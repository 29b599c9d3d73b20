# ruff: noqa: E501  # HTML as sites write it
"""Headline, byline, date, address and picture of a page, against what sites claim wrongly."""

from datetime import UTC, datetime

import pytest

from bot.articles.page import extract, pages
from tests.articles.invented import invented_story
from tests.articles.page_parts import ps

STORY = invented_story(5, paragraphs=8)
ADDRESS = "https://valleytimes.example/2026/05/river-takes-bridge"
HEADLINE = "Clinic in the valley without water"


def page(head: str = "", top: str = f"<h1>{HEADLINE}</h1>", title: str = "Valley Times") -> str:
    return f"<html lang=en><head><title>{title}</title>{head}</head><body><article>{top}{ps(STORY.paragraphs)}</article></body></html>"


def meta(**values: str) -> str:
    return "".join(f'<meta property="{name}" content="{value}">' for name, value in values.items())


def data(**values: str) -> str:
    fields = "".join(f', "{name}": {value}' for name, value in values.items())
    return f'<script type="application/ld+json">{{"@type": "NewsArticle"{fields}}}</script>'


@pytest.mark.parametrize(
    ("head", "top", "title"),
    [
        ("", f"<h1 class=logo><a href=/>Valley Times</a></h1><h2 class=entry-title>{HEADLINE}</h2>", f"{HEADLINE} – Valley Times"),
        ("", f"<a href='/'><h1>The Paper</h1></a><h2>{HEADLINE}</h2>", "The Paper"),
        ("", "<h1>Valley Times</h1>", f"{HEADLINE} | Valley Times"),
        (meta(**{"og:site_name": "The Paper"}), "<h1>The Paper</h1>", f"{HEADLINE} - The Paper"),
        (meta(**{"og:title": f"{HEADLINE} | The Paper", "og:site_name": "The Paper"}), "", "x"),
        (meta(**{"og:title": f"{HEADLINE} - Politics - The Paper"}), f"<h1>{HEADLINE}</h1>", "x"),
        (meta(**{"og:title": f"The Paper: {HEADLINE}", "og:site_name": "The Paper"}), "", "x"),
        (data(headline=f'"{HEADLINE}", "description": "line one\n\tline two"'), "<h1>Valley Times</h1>", "Valley Times | Start"),
        ("", f"<h1>\uf0f3 {HEADLINE}</h1>", "x"),
        ("", f"<h1><a href='?p=123'>{HEADLINE}</a></h1>", "x"),
        ("", f"<h1><a href='/?p=123'>{HEADLINE}</a></h1>", "x"),
        ("", f"<h1><a href='#top'>{HEADLINE}</a></h1>", "x"),
        ("", f"<h1><a name=top>{HEADLINE}</a></h1>", "x"),
        ("", f"<h1><a href='http://[bad'>{HEADLINE}</a></h1>", "x"),
        ("", f"<h1><a href='https://paper.example#top'>The Paper</a></h1><h2>{HEADLINE}</h2>", "The Paper"),
    ],
    ids=["logo", "linked logo", "host", "site name", "tail", "section", "head", "raw line break", "glyph",
         "linked by number", "number at the root", "link to the top", "anchor", "broken link", "logo of a host"],
)  # fmt: skip
def test_the_headline_is_the_storys(head: str, top: str, title: str) -> None:
    """The site's name is neither the headline nor a part of it, and JSON-LD with raw line breaks is read."""
    assert extract.extract(page(head, top, title), ADDRESS).headline == HEADLINE


@pytest.mark.parametrize(
    ("head", "byline"),
    [
        (meta(author="Ann Roe"), "Ann Roe"),
        (meta(author="Valley Times"), None),
        (meta(author="valleytimes"), None),
        (meta(author="Ann Roe, Valley Times"), "Ann Roe"),
        (meta(author="Ann Roe (ann@valleytimes.example)"), "Ann Roe"),
        (meta(author="desk@valleytimes.example"), None),
        (meta(author="November"), None),
        (meta(author="12 листопада 2026"), None),
        (meta(author="admin"), None),
        (meta(author="Redaktion"), None),
        (meta(author="April Jones"), "April Jones"),
        (meta(**{"article:author": "https://social.example/valley"}), None),
        (data(author='{"@type": "Organization", "name": "dpa"}'), "dpa"),
        (data(author='[{"name": "Valley Times"}, {"name": "Ben Doe"}]'), "Ben Doe"),
    ],
)
def test_the_byline_is_a_person(head: str, byline: str | None) -> None:
    """The site, addresses, dates and words for an editor are no authors."""
    head += meta(**{"og:site_name": "Valley Times"})
    assert extract.extract(page(head), ADDRESS).byline == byline


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (data(datePublished='"2026-11-24T08:00:00+02:00"'), datetime(2026, 11, 24, 6, tzinfo=UTC)),
        (
            data(datePublished='"2026-11-24T08:00:00"')
            + meta(**{"article:published_time": "2026-11-24T08:00:00+02:00"}),
            datetime(2026, 11, 24, 6, tzinfo=UTC),
        ),
        (
            data(datePublished='"2026-11-24T08:00:00"') + meta(date="2020-01-01T08:00:00+02:00"),
            datetime(2026, 11, 24, 8, tzinfo=UTC),
        ),
    ],
    ids=["zone", "zone of another claim", "another day"],
)
def test_the_date_has_its_zone(head: str, published: datetime) -> None:
    """A time counts in its zone, which another claim of the same moment may name."""
    assert extract.extract(page(head), ADDRESS).published == published


def canonical(address: str) -> str:
    return f'<link rel="canonical" href="{address}">'


@pytest.mark.parametrize(
    ("head", "found", "address"),
    [
        (canonical("https://valleytimes.example/"), ADDRESS, ADDRESS),
        (canonical("/"), ADDRESS, ADDRESS),
        (meta(**{"og:url": "https://valleytimes.example"}), ADDRESS, ADDRESS),
        (canonical("https://valleytimes.example/index.html"), ADDRESS, ADDRESS),
        (canonical("https://valleytimes.example/en/"), ADDRESS, ADDRESS),
        (canonical("https://valleytimes.example/news/"), ADDRESS, ADDRESS),
        (canonical("https://valleytimes.example/2026/05/"), ADDRESS, ADDRESS),
        (canonical("/") + meta(**{"og:url": f"{ADDRESS}-again"}), ADDRESS, f"{ADDRESS}-again"),
        (canonical(ADDRESS), f"{ADDRESS}/amp", ADDRESS),
        (canonical(ADDRESS), f"{ADDRESS}?utm_source=x", ADDRESS),
        (canonical(ADDRESS), "https://valleytimes.example/?p=123", ADDRESS),
        (canonical("https://valleytimes.example/?p=123"), ADDRESS, "https://valleytimes.example/?p=123"),
        (canonical("https://valleytimes.example/a/4711"), ADDRESS, "https://valleytimes.example/a/4711"),
    ],
)  # fmt: skip
def test_stories_do_not_share_their_sites_address(head: str, found: str, address: str) -> None:
    """A canonical address or og:url that names the home page or a section is not believed; a story's is."""
    assert pages.read(page(head).encode(), found).address == address


def test_a_logo_is_no_picture() -> None:
    """A site's logo in og:image is passed over."""
    head = meta(**{"og:image": "/img/logo-large.png", "twitter:image": "/img/river.jpg"})
    assert extract.extract(page(head), ADDRESS).picture == "https://valleytimes.example/img/river.jpg"


def below(*paragraphs: str) -> list[str]:
    """Return what is read below the story where the page has these paragraphs there."""
    given = page(top=f"<h1>{STORY.headline}</h1>")
    read = extract.extract(given.replace("</article>", f"{ps(paragraphs)}</article>")).paragraphs
    assert read[: len(STORY.paragraphs)] == STORY.paragraphs
    return read[len(STORY.paragraphs) :]


FOOT = f"Taken from <a href='{ADDRESS}'>{STORY.headline}</a> of <a href='https://v.example'>Valley</a>."


def test_the_foot_line_of_a_feed_is_left_out() -> None:
    """The last paragraph is left out if it links the story's own headline, in whatever language."""
    assert below(FOOT) == []


def test_a_request_for_help_is_no_foot_line() -> None:
    """Below the story, a paragraph that says how to help stays, though its link has the headline's words."""
    words = f"Please donate to the families: <a href='https://aid.example'>{STORY.headline}</a>."
    assert below(words) == [f"Please donate to the families: {STORY.headline}."]


def test_only_one_paragraph_is_a_foot_line() -> None:
    """Above the foot line, a paragraph that links the headline stays."""
    assert len(below(FOOT.replace("Taken", "Translated"), FOOT)) == 1


def test_without_a_headline_there_is_no_foot_line() -> None:
    """A last paragraph stays if no headline is known, though its link has no letters either."""
    body = f"{ps(STORY.paragraphs)}<p>The pictures of that night are here: <a href='https://v.example/pictures'>→</a></p>"
    article = extract.extract(body, is_whole=True)
    assert article.headline == ""
    assert article.paragraphs[-1].endswith("are here: →")


BROKEN = ["http://[bad", "http://a℀b.example/x", "http://[::1", "//["]


@pytest.mark.parametrize("address", BROKEN)
@pytest.mark.parametrize(
    "where",
    ["<base href='{}'>", "<link rel=canonical href='{}'>", "<meta property=og:url content='{}'>",
     "<meta property=og:image content='{}'>", "<h3><a href='{}'>Ten lakes that you have to see</a></h3>",
     "<p>See <a href='{}'>this page</a> for more of it.</p>", "<p>See {} for more of it.</p>"],
)  # fmt: skip
def test_a_broken_address_breaks_nothing(where: str, address: str) -> None:
    """An address that Python refuses to split is treated as missing, wherever it stands."""
    given = page(where.format(address), f"<h1>{HEADLINE}</h1>" + where.format(address))
    for own in (ADDRESS, None):
        article = extract.extract(given, own)
        assert (article.headline, article.address) == (HEADLINE, own)
        assert all(address not in link.url for link in article.links)
