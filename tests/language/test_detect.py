"""The language of a text, found offline."""

import pytest

from bot.language.detect import detect
from bot.language.lexicon import plain_code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("People in the town have asked for blankets and warm clothes.", "en"),
        ("Please visit here to help.", "en"),
        ("Мешканці міста просять про ковдри та теплий одяг.", "uk"),
        ("Як допомогти Україні", "uk"),
        ("Mieszkańcy miasta proszą o koce i ciepłe ubrania.", "pl"),
        ("Die Bewohner der Stadt bitten um Decken und warme Kleidung.", "de"),
        ("Les habitants de la ville demandent des couvertures.", "fr"),
        ("Los vecinos del pueblo piden mantas y ropa de abrigo.", "es"),
        ("Innbyggerne i byen ber om tepper og varme klær.", "nb"),
        ("Жители города просят одеяла и тёплую одежду.", "ru"),
        ("町の人々は毛布を求めています。", "ja"),
    ],
)
def test_short_texts_are_told_apart(text: str, language: str) -> None:
    """One sentence is enough, also between neighbours such as Ukrainian and Russian."""
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "  ", "12345 67", "!?", "ok", "https"])
def test_too_little_says_nothing(text: str) -> None:
    """Where there is nothing to go by, nothing is claimed."""
    assert detect(text) is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-GB", "en"), ("pt_BR", "pt"), ("UK", "uk"), ("no", "nb"), ("nn-NO", "nb"), ("", None), (None, None)],
)
def test_tags_of_pages_become_plain_codes(tag: str | None, code: str | None) -> None:
    """However a page writes its language, it finds its words and rules."""
    assert plain_code(tag) == code
