# ruff: noqa: E501  # HTML as sites write it
"""What a page does not show as its text is not read: hidden text, comments, consent layers."""

import pytest

from bot.articles.page import extract
from tests.articles.invented import invented_story
from tests.articles.page_parts import page, ps

STORY = invented_story(1, paragraphs=6)
OTHER = "Tracking text that nobody can see on the page stands in this long paragraph here."
LAYER = ps(invented_story(seed).paragraphs[0] for seed in range(20, 30))


def read(body: str) -> list[str]:
    return extract.extract(page(STORY, body)).paragraphs


@pytest.mark.parametrize(
    "how",
    ["hidden", "style='display:none'", "style='margin:0; visibility: hidden'", "class=d-none", "class='x hidden'", "class=sr-only"],
)  # fmt: skip
def test_hidden_text_is_not_read(how: str) -> None:
    """Text that HTML, a style or a usual class hides on every screen is left out."""
    hidden = f"<div {how}><p>{OTHER}</p></div>"
    body = f"<article><h1>{STORY.headline}</h1>{ps(STORY.paragraphs[:3])}{hidden}{ps(STORY.paragraphs[3:])}</article>"
    assert read(body) == STORY.paragraphs


@pytest.mark.parametrize("classes", ["d-none d-md-block", "hidden lg:block", "unhidden"])
def test_text_that_some_screens_show_is_read(classes: str) -> None:
    """Text that is hidden on small screens only is part of the story."""
    shown = f'<div class="{classes}"><p>{OTHER}</p></div>'
    body = f"<article><h1>{STORY.headline}</h1>{ps(STORY.paragraphs[:3])}{shown}{ps(STORY.paragraphs[3:])}</article>"
    assert OTHER in read(body)


def test_a_story_that_a_script_shows_is_read() -> None:
    """A hidden element with most of the page's text is the story: a script shows it."""
    assert (
        read(f'<h1>{STORY.headline}</h1><div class="hidden">{ps(STORY.paragraphs)}</div>') == STORY.paragraphs
    )


@pytest.mark.parametrize(
    "layer",
    ["<div id=cmplz-cookiebanner-container>{}</div>", "<div id=onetrust-pc-sdk class=otPcCenter>{}</div>",
     "<div class=cookie-notice>{}</div>", "<div id=CybotCookiebotDialog>{}</div>", "<section class='gdpr-layer'>{}</section>"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["above", "below"])
def test_a_consent_layer_is_not_the_story(layer: str, place: str) -> None:
    """A layer that asks for consent is left out, though it is longer than the story and stands above it."""
    story, asked = f"<div><h1>{STORY.headline}</h1>{ps(STORY.paragraphs)}</div>", layer.format(LAYER)
    assert read(asked + story if place == "above" else story + asked) == STORY.paragraphs


def test_classes_of_the_page_hide_nothing() -> None:
    """A page or story that only mentions cookies or comments in its classes is read."""
    body = f'<div class="cookie-consent"><article class="comments-open gdpr"><h1>{STORY.headline}</h1>{ps(STORY.paragraphs)}</article></div>'
    assert read(body) == STORY.paragraphs


def test_comments_are_not_the_story() -> None:
    """Readers' comments are left out, though they are longer than the story."""
    body = f'<div><h1>{STORY.headline}</h1>{ps(STORY.paragraphs)}</div><div id="comments">{LAYER}</div>'
    assert read(body) == STORY.paragraphs


def test_the_text_behind_what_is_hidden_stays() -> None:
    """Hidden elements beside each other go; the words before, between and behind them stay in order."""
    hidden = "<span hidden>x</span>"
    text = (
        f"The river {hidden}rose {hidden}in{hidden}{hidden} the <b>cold</b> {hidden}night, {hidden}they said."
    )
    body = f"<article><h1>{STORY.headline}</h1>{ps([text, *STORY.paragraphs])}</article>"
    assert read(body) == ["The river rose in the cold night, they said.", *STORY.paragraphs]


def test_scripts_do_not_count_as_text() -> None:
    """A hidden story is the page's text, though its inline scripts are longer."""
    script = f"<script>{'window.share = 1; ' * 2000}</script>"
    assert (
        read(f'<h1>{STORY.headline}</h1><div class="hidden">{ps(STORY.paragraphs)}</div>{script}')
        == STORY.paragraphs
    )


def test_a_story_for_readers_without_scripts_is_read() -> None:
    """A story in <noscript> on a page that scripts make is read in its paragraphs; a notice there is not."""
    story = f"<article><h1>{STORY.headline}</h1>{ps(STORY.paragraphs)}</article>"
    notice = f"<noscript><p>{OTHER}</p></noscript>"
    assert read(f"<div id=app></div><noscript>{story}</noscript>") == STORY.paragraphs
    assert read(notice + story) == STORY.paragraphs
