"""A fetched page becomes an Article that knows where it stands."""

import pytest

from bot.articles import pages
from bot.errors import InvalidInputError

FOUND = "https://news.example.org/bridge?utm_source=feed"
PAGE = """<!doctype html><html><body><article><h1>The bridge is open again</h1>
<p>The bridge over the river was opened on Sunday after three months of repairs by volunteers.</p>
<p>To help with the next one, please visit <a href="/help">the page of the Bridge Fund</a>.</p>
</article></body></html>"""


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        (None, "https://news.example.org/bridge"),
        ("https://news.example.org/2026/bridge", "https://news.example.org/2026/bridge"),
        ("https://www.news.example.org/bridge", "https://www.news.example.org/bridge"),
        ("https://m.news.example.org/bridge", "https://m.news.example.org/bridge"),
        ("https://another-paper.example.com/bridge", "https://news.example.org/bridge"),
        ("https://news.example.org.evil.example/bridge", "https://news.example.org/bridge"),
        ("javascript:alert(1)", "https://news.example.org/bridge"),
        ("http://[", "https://news.example.org/bridge"),
    ],
)
def test_a_page_stands_where_it_was_found(claimed: str | None, kept: str) -> None:
    """A canonical address counts on the page's own site only: elsewhere it could pass for another paper's."""
    assert pages.own_address(claimed, FOUND) == kept


def test_links_lead_from_the_page() -> None:
    """A relative link is resolved against the address, so that the way to help can be followed."""
    article = pages.read(PAGE.encode(), FOUND)
    assert article.headline == "The bridge is open again"
    assert article.address == "https://news.example.org/bridge"
    assert [link.url for link in article.links] == ["https://news.example.org/help"]


def test_the_servers_charset_is_heeded() -> None:
    """Where the page itself names none, the header's charset tells how to read it."""
    page = PAGE.replace("The bridge is", "Міст знову")
    article = pages.read(page.encode("cp1251"), FOUND, "windows-1251")
    assert article.headline == "Міст знову open again"


@pytest.mark.parametrize("data", [b"one line", b"\x00\x01\x02\xff" * 50, b"<p>one line</p>"])
def test_a_page_without_a_story_says_what_to_do(data: bytes) -> None:
    """One sentence that names the site."""
    with pytest.raises(InvalidInputError, match=r"^There is no story to read at news\.example\.org: paste"):
        pages.read(data, FOUND)
