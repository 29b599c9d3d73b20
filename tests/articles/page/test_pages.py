"""Fetched pages become Articles with their address, or a sentence that says why not."""

import pytest

from bot.articles.page import pages
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
def test_a_foreign_canonical_address_is_ignored(claimed: str | None, kept: str) -> None:
    """A canonical address counts only on the page's own site, since it could be another paper's."""
    assert pages.own_address(claimed, FOUND) == kept


def test_links_are_resolved() -> None:
    """A relative link is resolved against the page's address."""
    article = pages.read(PAGE.encode(), FOUND)
    assert article.headline == "The bridge is open again"
    assert article.address == "https://news.example.org/bridge"
    assert [link.url for link in article.links] == ["https://news.example.org/help"]


def test_the_servers_charset_is_used() -> None:
    """The header's charset decodes a page that declares none."""
    page = PAGE.replace("The bridge is", "Міст знову")
    article = pages.read(page.encode("cp1251"), FOUND, "windows-1251")
    assert article.headline == "Міст знову open again"


@pytest.mark.parametrize("data", [b"one line", b"\x00\x01\x02\xff" * 50, b"<p>one line</p>"])
def test_a_page_without_a_story_says_what_to_do(data: bytes) -> None:
    """A page without a story is refused with a sentence that names the site."""
    with pytest.raises(InvalidInputError, match=r"^No story was found at news\.example\.org: paste"):
        pages.read(data, FOUND)


def test_a_live_report_is_no_list_of_stories() -> None:
    """Headings that link to parts of their own page are a report's; those of a list link to other pages."""
    told = "Volunteers brought {} sacks of sand to the bank of the river in the last hour, said the mayor."
    post = "<div class=post><h2><a href='{}p{}'>At {} o'clock</a></h2><p>{}</p></div>"
    report, listed = (
        "<html><body><main><h1>The river rises</h1>"
        + "".join(post.format(to, n, n, told.format(n * 100)) for n in range(1, 9))
        for to in ("#", "/")
    )
    assert told.format(800) in pages.read(report.encode(), FOUND).body
    with pytest.raises(InvalidInputError, match="is a list of stories"):
        pages.read(listed.encode(), FOUND)


def test_frames_hold_no_story() -> None:
    """What a page of frames says to browsers without them is no story."""
    notice = "<noframes><body><p>Your browser does not support frames.</p></body></noframes>"
    page = f"<html><head><title>Valley Times</title></head><frameset><frame src=a>{notice}</frameset></html>"
    with pytest.raises(InvalidInputError, match="No story was found"):
        pages.read(page.encode(), FOUND)
