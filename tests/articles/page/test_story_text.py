# ruff: noqa: E501  # HTML as sites write it
"""Which paragraphs of a page are its story: all parts of it, and not what stands beside them."""

import pytest

from bot.articles.page import extract, readings
from tests.articles.invented import invented_story
from tests.articles.page_parts import page, ps

ADDRESS = "https://valley.example/news/river"
STORY = invented_story(1, paragraphs=11)
FIRST, REST = STORY.paragraphs[:2], STORY.paragraphs[2:]
LEAD = "Nurses in the valley are asking for tankers after the storm left their clinic without clean water."
HEADLINE = f"<h1>{STORY.headline}</h1>"


def read(body: str) -> list[str]:
    return extract.extract(page(STORY, body), ADDRESS).paragraphs


@pytest.mark.parametrize(
    "body",
    [
        f"<article>{HEADLINE}<div class=part1>{ps(FIRST)}</div><div class=ad-slot>Ad</div><div class=part2>{ps(REST)}</div></article>",
        f"<article><header>{HEADLINE}{ps(FIRST, ' class=lead')}</header><div class=entry-content>{ps(REST)}</div></article>",
        f"<div id=wrap><div class=top>{HEADLINE}<div class=c1><div class=blk>{ps(FIRST)}</div></div></div><div class=c2><div class=blk>{ps(REST)}</div></div></div>",
    ],
    ids=["two parts", "lead in the header", "lead in a box"],
)  # fmt: skip
def test_no_part_of_a_story_is_lost(body: str) -> None:
    """A story in several boxes is read whole, though one of them holds most of it."""
    assert read(body) == STORY.paragraphs


def test_a_part_that_is_marked_up_alike_belongs_to_the_story() -> None:
    """Of several containers trafilatura reads the first only; paragraphs that are marked up alike are read too."""
    parts = "".join(
        f'<div class="body__container"><p class="text">{each}</p></div>' for each in STORY.paragraphs
    )
    assert read(f'<div class="article">{HEADLINE}<div class="chunks">{parts}</div></div>') == STORY.paragraphs


@pytest.mark.parametrize("tag", ["h1", "h2"])
def test_the_next_story_on_the_page_is_another_one(tag: str) -> None:
    """The paragraphs below the headline of a second article are not read, though they are marked up alike."""
    other = invented_story(2, paragraphs=20)
    body = "".join(
        f'<article class="story"><{tag}>{each.headline}</{tag}><div class="text">{ps(each.paragraphs)}</div></article>'
        for each in (STORY, other)
    )
    assert read(body) == STORY.paragraphs


def test_headings_without_text_are_left_out() -> None:
    """Headings below the last paragraph, which sites use for other stories, are left out; one above text stays."""
    body = f"<article>{HEADLINE}{ps(FIRST)}<h2>The next day</h2>{ps(REST)}<h3>Most read</h3><h3>About us</h3></article>"
    assert read(body) == [*FIRST, "The next day", *REST]


def test_a_link_is_left_out_unless_it_asks_for_help() -> None:
    """A paragraph that is only a link is a teaser, unless it says how to help."""
    teaser = '<p><a href="/other">TEN LAKES THAT YOU HAVE TO SEE</a></p>'
    help_ = '<p><a href="https://aid.example/river">Donate to the families of the river</a></p>'
    found = read(f"<article>{HEADLINE}{ps(FIRST)}{teaser}{ps(REST)}{help_}</article>")
    assert found == [*STORY.paragraphs, "Donate to the families of the river"]


def test_a_box_with_another_story_is_left_out() -> None:
    """Prose in a small box with a heading that leads to another page is that page's."""
    box = '<div><h4><a href="/other">Ten lakes</a></h4><p>You have to see these before the summer is over and gone.</p></div>'
    assert read(f"<article>{HEADLINE}{ps(FIRST)}{box}{ps(REST)}</article>") == STORY.paragraphs


def test_a_huge_page_is_read_by_no_other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of very many elements is never given to trafilatura or readability, which could take minutes."""
    for name in ("extract_metadata", "try_readability"):
        monkeypatch.setattr(readings, name, lambda *_, **__: pytest.fail("was asked"))
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: pytest.fail("was asked"))
    assert extract.extract("<p>word and <b>word</b>.</p>" * 30_000).body
