"""A reading's lines are found again in the page's paragraphs."""

from lxml import html

from bot.articles.page.alignment import align
from bot.articles.page.paragraphs import Paragraph

OWNER = html.fromstring("<p></p>")
LONG = "The river rose in the night, and nobody in the lower village could leave the house any more."
OTHER = "On Monday the council met in the school, since the hall had no light and no heating either."


def paragraphs(*texts: str) -> list[Paragraph]:
    return [Paragraph(text, OWNER) for text in texts]


def test_a_paragraph_is_found_though_the_reading_breaks_it() -> None:
    """The page's whole sentence is found where the reading breaks it at a link, or lacks a word of it."""
    reading = "\n".join((LONG[:40], LONG[40:], OTHER.replace("either", "")))
    assert list(align(paragraphs(OTHER, "Menu", LONG), reading).places) == [0, 2]


def test_each_word_counts_once() -> None:
    """Of two equal paragraphs, as in a teaser of the story itself, one is in a reading that has it once."""
    assert list(align(paragraphs(LONG, OTHER, LONG), f"{LONG}\n{OTHER}").places) == [0, 1]


def test_a_short_paragraph_has_to_follow() -> None:
    """A heading is found right below the paragraph before it; the same words in a menu are not."""
    found = align(paragraphs("The river", LONG, "What now?", OTHER), f"{LONG}\nWhat now?\n{OTHER}")
    assert list(found.places) == [1, 2, 3]


def test_a_line_that_no_paragraph_has_is_kept() -> None:
    """A line of the reading that is nowhere on the page is kept, with its place."""
    assert align(paragraphs(LONG), f"{LONG}\n{OTHER}").lines == [(18, OTHER)]
