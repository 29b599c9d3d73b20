"""A story is read whole, and nothing else with it, out of pages as many kinds of sites make them."""

import pytest

from bot.articles.page import extract
from tests.articles import newsrooms, programs
from tests.articles.invented import invented_story
from tests.articles.page_parts import Template
from tests.articles.templates import SHOW_STANDFIRST, TEMPLATES, doubtful_page

ADDRESS = "https://valley.example/news/river"
# Where the markup tells no more, the promise is half of the story, or the noise that trafilatura has too.
HALF = frozenset({newsrooms.long_read_with_scenes})  # its scenes are marked up in two ways, by turns
# A box between two paragraphs, with a text that nothing names as another one.
BOX = frozenset({newsrooms.hashed_classes, newsrooms.graphics_between})


@pytest.mark.parametrize(("language", "paragraphs"), [("en", 12), ("uk", 14), ("pl", 8), ("de", 15)])
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.__name__)
def test_reads_the_whole_story_and_nothing_else(template: Template, language: str, paragraphs: int) -> None:
    """Every paragraph of the story is in the body, in order and whole, and no sentence from around it."""
    story = invented_story(TEMPLATES.index(template), language, paragraphs)
    article = extract.extract(template(story), ADDRESS)
    wanted = [story.standfirst] * (template in SHOW_STANDFIRST) + story.paragraphs
    found = [each for each in article.paragraphs if each in wanted]
    assert article.headline == story.headline
    assert len(found) >= len(wanted) / 2 if template in HALF else found == wanted
    assert [each for each in story.noise if each in article.body] == [] or template in BOX


def test_a_page_of_two_readings_is_doubtful() -> None:
    """If trafilatura reads another story, the one below the headline is read, and the Article says so."""
    article = extract.extract(doubtful_page(), ADDRESS)
    assert article.is_doubtful
    assert "This teaser of" not in article.body
    assert not extract.extract(programs.wordpress_classic(invented_story(3)), ADDRESS).is_doubtful
