"""Input that was made against patterns and walks takes time in proportion to its size.

Each function runs in a process that is killed after a minute. With a quadratic step it would need several
minutes; without one it needs a second, so that a busy machine turns nothing red.
"""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from lxml import html

from bot.articles import charset
from bot.articles.page import bylines, headlines, metadata, visibility
from bot.articles.process_pool import ProcessPool
from bot.feeds import dates

PIECES = 200_000


def visible_letters(page: str) -> int:
    """Return how many characters of the page its readers see."""
    return len(visibility.visible(html.fromstring(page)).text_content())


def headline(title: str) -> str:
    """Return the headline of a page with this og:title only."""
    known = {"og:title": title}
    return headlines.headline(html.fromstring("<p>x</p>"), known, "", (), prefer_known=False)


def byline(author: str) -> str | None:
    """Return the byline of a page with this author."""
    return bylines.byline({"author": author}, {}, (), lambda: ([], ""))


def address(path: str) -> str | None:
    """Return the address of a page that claims one with this path."""
    page = html.fromstring(f"<html><head><link rel=canonical href='/x/{path}'></head><p>x</p></html>")
    return metadata.heading(page, None, "https://a.example/y").address


def first_letter(data: bytes) -> str:
    """Return the first letter of the decoded data; "" if they are refused."""
    return (charset.decode(data) or "")[:1]


def nothing() -> None:
    """Do nothing."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    """Yield a pool that kills what takes longer than a minute."""
    with ProcessPool(warm_up=nothing, patience=60) as made:
        yield made


@pytest.mark.parametrize(
    ("function", "given", "result"),
    [
        (visible_letters, "<div>" + "<p hidden></p>word " * PIECES + "</div>", 5 * PIECES),
        (visible_letters, "<div>" + "<p id=comments></p>word " * PIECES + "</div>", 5 * PIECES),
        (headline, "a | " * PIECES, ""),
        (byline, "a@" * PIECES, None),
        (byline, "a@a." * PIECES, None),
        (address, "a." * PIECES, "https://a.example/y"),
        (dates.read, "a" * PIECES * 3, None),
        (first_letter, b"<" * PIECES * 4 + "Grüße aus dem schönen Tal".encode("cp1252"), "<"),
        (first_letter, b"<p" * PIECES * 4 + ">Grüße aus dem schönen Tal".encode("cp1252"), "<"),
    ],
    ids=["hidden", "comments", "title", "mail", "host", "path", "month", "signs", "tags"],
)  # fmt: skip
def test_hostile_input_takes_linear_time(
    pool: ProcessPool, function: Callable[..., object], given: str | bytes, result: object
) -> None:
    """The function ends before it is killed, and returns what it should."""
    assert asyncio.run(pool.run("input", "{name} takes too long", function, given)) == result
