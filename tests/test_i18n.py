"""Words from right to left in a sentence from left to right."""

from bot.i18n import in_language, isolated


def test_only_text_from_right_to_left_is_isolated() -> None:
    """Hebrew, Arabic and Farsi, also beside Latin; no other alphabet."""
    for words in ("שלום", "مرحبا", "سلام", "Radio שלום 103"):
        assert isolated(words) == f"\u2068{words}\u2069"
    for words in ("", "Bridge", "Міст", "橋", "❤ 12", "Café"):
        assert isolated(words) == words


def test_a_sentence_keeps_its_direction() -> None:
    """The name of an organisation does not move the words after it to its other side."""
    said = in_language("en").say("❤ {organisation} asks for help.", organisation="مساعدة (غزة)")
    assert said == "❤ \u2068مساعدة (غزة)\u2069 asks for help."
    assert in_language("en").say("Page {page} of {pages}", page=1, pages=2) == "Page 1 of 2"


def test_no_sentence_ends_with_two_full_stops() -> None:
    """A value with a full stop of its own, as Ukrainian dates have, takes that of the sentence."""
    say = in_language("en").say
    assert say("It is {day}.", day="1 p.") == "It is 1 p."
    assert say("{day}. It is so.", day="1 p.") == "1 p. It is so."
    assert say("{day} …", day="1 p.") == "1 p. …"
