"""The second opinion on what of a page is the story."""

import pytest

from bot.articles import extract, second_reading
from bot.articles.blocks import Block

SENTENCE = (
    "The river rose in the night, and nobody in house {} of the lower village could leave it any more. "
)
STORY = [SENTENCE.format(house) * 2 for house in range(8)]
NOISE = "Ten pictures of lakes that you have to see before this summer is over and gone."


def page(*extra: str) -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
    return (
        "<html><head><title>River | News</title></head><body><article><h1>River takes the bridge</h1>"
        f"{paragraphs}{''.join(extra)}</article></body></html>"
    )


def test_leaves_out_what_the_other_does_not_read() -> None:
    """A teaser in a list of links goes, though it stands among the story's paragraphs."""
    teaser = f'<div class="teaser-list"><p><a href="/lakes">{NOISE}</a></p></div>'
    assert NOISE not in extract.extract(page(teaser)).body
    tree = extract.parsed(page(teaser))
    assert tree is not None
    blocks = [*map(Block, STORY), Block(NOISE)]
    assert second_reading.confirmed(tree, blocks) == blocks[:-1]


def test_a_way_to_help_stays() -> None:
    """A paragraph that is only a link, where trafilatura loses two of three, stays if it asks for help."""
    link = '<div><p><a href="https://aid.example/river">Donate to the families of the river</a></p></div>'
    article = extract.extract(page(link))
    assert [found.url for found in article.links] == ["https://aid.example/river"]
    assert article.paragraphs[article.links[0].paragraph] == "Donate to the families of the river"


def test_who_reads_another_story_is_not_heard() -> None:
    """Where the other confirms less than most of the text, all of ours stays."""
    tree = extract.parsed(page())
    assert tree is not None
    other = [
        Block(f"Quite another text, number {number}, of which the page says nothing.") for number in range(5)
    ]
    assert second_reading.confirmed(tree, other) == other


def test_a_vast_page_is_not_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile pages of hundreds of thousands of elements cost our own reading only."""
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: pytest.fail("was asked"))
    monkeypatch.setattr(second_reading, "extract_metadata", lambda *_, **__: pytest.fail("was asked"))
    assert extract.extract("<p>word and <b>word</b>.</p>" * 30_000).body


def test_finds_authors_and_day_in_the_markup() -> None:
    """Where head and JSON-LD say nothing, the page's own lines do."""
    lines = '<p class="byline">By Ann Roe</p><p class="date">7 May 2024</p>'
    article = extract.extract(page().replace("</h1>", f"</h1>{lines}"))
    assert article.byline == "Ann Roe"
    assert article.published is not None
    assert article.published.isoformat() == "2024-05-07T00:00:00+00:00"


def test_a_day_that_the_story_tells_of_is_not_its_own() -> None:
    """A date in the running text or in the footer says nothing about when the story came out."""
    text = page("<p>On 5 March 2021 the first bridge fell.</p>", "<footer>Copyright 2019</footer>")
    assert extract.extract(text).published is None
