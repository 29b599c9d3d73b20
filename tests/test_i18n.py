"""Words from right to left in a sentence from left to right; dates and hours that no line breaks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import in_language, isolated, languages

_LATE = datetime(2026, 11, 25, 22, 5, tzinfo=UTC)
_KYIV = ZoneInfo("Europe/Kyiv")


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


@pytest.mark.parametrize("language", languages())
def test_no_line_breaks_a_date_or_an_hour(language: str) -> None:
    """Each stays on one line, is at most 28 characters long, and ends a sentence with one full stop."""
    texts = in_language(language)
    written = [
        texts.date(_LATE, UTC),
        texts.day(_LATE, UTC),
        texts.short_moment(_LATE, UTC),
        texts.clock(_LATE, UTC),
        texts.hour(22),
        texts.span(timedelta(hours=11)),
        texts.page(2, 5),
    ]
    assert [each for each in written if " " in each or len(each) > 28 or each.endswith(".")] == []
    assert "2026" in texts.date(_LATE, UTC)
    assert "2026" not in texts.day(_LATE, UTC)


def test_the_zone_is_named_once() -> None:
    """UTC says its distance from UTC by itself; another zone has its name and the distance."""
    texts = in_language("en")
    assert texts.moment(_LATE, UTC) == "Wed,\u00a0Nov\u00a025,\u00a010:05\u202fPM (UTC)"
    assert texts.moment(_LATE, _KYIV).endswith("(Europe/Kyiv,\u00a0GMT+02:00)")
    assert "GMT" not in texts.short_moment(_LATE, _KYIV)
