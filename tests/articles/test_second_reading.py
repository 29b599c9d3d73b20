"""The second reading of a page confirms which paragraphs belong to the story."""

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


def test_drops_unconfirmed_paragraphs() -> None:
    """A teaser among the story's paragraphs is dropped, since trafilatura does not find it."""
    teaser = f'<div class="teaser-list"><p><a href="/lakes">{NOISE}</a></p></div>'
    assert NOISE not in extract.extract(page(teaser)).body
    tree = extract.parsed(page(teaser))
    assert tree is not None
    blocks = [*map(Block, STORY), Block(NOISE)]
    assert second_reading.confirmed(tree, blocks) == blocks[:-1]


def test_a_way_to_help_stays() -> None:
    """A paragraph that is only a link stays if it asks for help, though trafilatura drops most of these."""
    link = '<div><p><a href="https://aid.example/river">Donate to the families of the river</a></p></div>'
    article = extract.extract(page(link))
    assert [found.url for found in article.links] == ["https://aid.example/river"]
    assert article.paragraphs[article.links[0].paragraph] == "Donate to the families of the river"


def test_a_second_reading_of_another_text_is_ignored() -> None:
    """If trafilatura confirms less than most of the text, all of it stays."""
    tree = extract.parsed(page())
    assert tree is not None
    other = [
        Block(f"Quite another text, number {number}, of which the page says nothing.") for number in range(5)
    ]
    assert second_reading.confirmed(tree, other) == other


def test_a_huge_page_has_no_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of very many elements is never given to trafilatura."""
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: pytest.fail("was asked"))
    monkeypatch.setattr(second_reading, "extract_metadata", lambda *_, **__: pytest.fail("was asked"))
    assert extract.extract("<p>word and <b>word</b>.</p>" * 30_000).body


def test_finds_authors_and_day_in_the_markup() -> None:
    """The page's markup gives authors and date if its head and JSON-LD have none."""
    lines = '<p class="byline">By Ann Roe</p><p class="date">7 May 2024</p>'
    article = extract.extract(page().replace("</h1>", f"</h1>{lines}"))
    assert article.byline == "Ann Roe"
    assert article.published is not None
    assert article.published.isoformat() == "2024-05-07T00:00:00+00:00"


def test_a_date_in_the_text_is_ignored() -> None:
    """A date in the running text or in the footer is not the day of publication."""
    text = page("<p>On 5 March 2021 the first bridge fell.</p>", "<footer>Copyright 2019</footer>")
    assert extract.extract(text).published is None
