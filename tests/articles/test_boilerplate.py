"""Boilerplate: which lines are left out of a story, and by which rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.articles import boilerplate


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("handle", "@maksimc"),
        ("handle", "Instagram: @olena.k / @petro"),
        ("platform credit", "instagram | Maksim, story"),
        ("platform credit", "via Telegram"),
        ("photo credit", "Photo: Anna Kovalenko/Reuters"),
        ("photo credit", "Photo: Don Example/Getty Images"),
        ("photo credit", "Getty Images"),
        ("photo credit", "Jane Roe / AFP"),
        ("photo credit", "Фото: Укрінформ"),
        ("photo credit", "Fot: Jan Kowalski"),
        ("photo credit", "© 2024 The Example"),
        ("call to follow", "Follow us on Facebook and Twitter for more."),
        ("call to follow", "Підписуйтесь на наш канал у Telegram"),
        ("call to follow", "Folgen Sie uns auf Instagram"),
        ("call to read on", "Read more: Ten things to know"),
        ("call to read on", "READ ALSO"),
        ("call to read on", "Don’t miss: what happened next"),
        ("call to read on", "Читайте також: Що сталося вчора"),
        ("call to read on", "Click here to subscribe"),
        ("newsletter", "Sign up for our weekly newsletter"),
        ("foot line", "The post River takes the bridge appeared first on Valley Times."),
        ("foot line", "Der Beitrag Fluss nimmt die Brücke erschien zuerst auf Talbote."),
        ("foot line", "L’article La rivière emporte le pont est apparu en premier sur Vallée."),
        ("foot line", "La entrada El río se lleva el puente se publicó primero en Valle."),
        ("foot line", "Artykuł Rzeka zabrała most pochodzi z serwisu Dolina."),
        ("foot line", "Запис Річка знесла міст спершу з’явився на Долина."),
        ("share bar", "Share this article"),
        ("share bar", "Facebook Twitter WhatsApp Email"),
        ("share bar", "12 comments"),
        ("advertisement", "Advertisement"),
        ("advertisement", "Story continues below advertisement"),
        ("rights", "All rights reserved."),
        ("stamp", "Published: 3 March 2024, 10:15"),
        ("stamp", "4 min read"),
        ("address only", "https://example.com/a-story"),
        ("signs only", "* * *"),
    ],
)
def test_names_the_rule_that_drops_a_line(rule: str, line: str) -> None:
    """`matching_rule` names the rule that each line breaks."""
    assert boilerplate.matching_rule(line) == rule


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell on Monday.",
        "Photos from the scene showed a burnt-out car.",
        "Maria Petrenko follows the news from her kitchen.",
        "Reuters reported that the bridge had been closed.",
        "The agency's source said otherwise.",
        "She wrote on Facebook that they were safe.",
        "Comment is free, but facts are sacred.",
        "Facebook: how to help the families in Kharkiv",
        "Read more: how you can help",
        "Follow us on Instagram to see where to donate",
        "Updated Police Plan Goes To The Council",
        "Поділитися: допомогти родинам",
        "",
    ],
)
def test_keeps_sentences_of_the_story(line: str) -> None:
    """Sentences that resemble boilerplate stay, and so does every line that asks for help."""
    assert boilerplate.matching_rule(line) is None


@pytest.mark.parametrize("above", ["How to help the families", "American Red Cross:"])
def test_keeps_the_address_that_help_goes_to(above: str) -> None:
    """A line with only an address is boilerplate, except right below the line that it belongs to."""
    address = "https://redcross.example/river"
    assert boilerplate.matching_rule(address) == "address only"
    assert boilerplate.matching_rule(address, above) is None
    assert boilerplate.story_lines([above, address, "Share"]) == [above, address]


def test_a_long_line_passes() -> None:
    """A line that is longer than any credit passes, even if it begins like one."""
    assert boilerplate.matching_rule("Photo: " + "a long story " * 30) is None


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["maksim chmerkovskiy", "instagram | @maksimc"], []),
        (["He came back on Friday.", "instagram | @maksimc"], ["He came back on Friday."]),
        (
            ["maksim chmerkovskiy", "He came back on Friday."],
            ["maksim chmerkovskiy", "He came back on Friday."],
        ),
        (["Olena Koval", "a boat at sea", "Photo: Jane Roe/AFP"], ["Olena Koval"]),
    ],
)
def test_a_caption_goes_with_the_credit_below_it(lines: list[str], kept: list[str]) -> None:
    """A label right above a credit is left out with it; a sentence there, or a label further up, stays."""
    assert boilerplate.story_lines(lines) == kept


def test_the_story_lines_stay_in_order() -> None:
    """`story_lines` leaves out credits and their captions, and keeps all other lines as they are."""
    lines = ["The first line.", "a boat at sea", "Photo: Jane Roe/AFP", "The second line.", "Share"]
    assert boilerplate.story_lines(lines) == ["The first line.", "The second line."]


@pytest.mark.parametrize(
    ("paragraph", "kept"),
    [
        ("Croatia are in the final. Photo: Reuters Independent.ie", "Croatia are in the final."),
        ("The bridge fell. (Jane Roe/Getty Images)", "The bridge fell."),
        ("The bridge fell. (Reuters)", "The bridge fell."),
        ("Міст упав. [Фото: Олена К.]", "Міст упав."),
        ("She asked for one thing. Photos of home.", "She asked for one thing. Photos of home."),
    ],
)
def test_cuts_a_credit_off_the_end_of_a_paragraph(paragraph: str, kept: str) -> None:
    """Only a credit after the last sentence is cut, never a word of the story."""
    assert boilerplate.without_credit(paragraph) == kept


def test_every_rule_has_its_own_name() -> None:
    """No two rules have the same name."""
    names = [rule.name for rule in boilerplate.rules()]
    assert len(names) == len(set(names)) > 10


@given(st.text(max_size=300))
def test_any_line_gets_an_answer(line: str) -> None:
    """No text makes a rule fail, and a line that `story_lines` keeps was in the text."""
    boilerplate.matching_rule(line)
    assert all(kept in line for kept in boilerplate.story_lines([line]))
