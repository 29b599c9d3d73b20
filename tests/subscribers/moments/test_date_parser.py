"""The date parser reads the end of a day off as people write it, in all languages."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidInputError
from bot.i18n import in_language
from bot.subscribers.moments.date_parser import parse_end
from tests.subscribers.moments.moment_phrases import ends, speeches

SPEECHES = speeches()
TODAY = date(2026, 11, 25)  # a Wednesday
THURSDAY, FRIDAY, SUNDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 29)


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("en", "tomorrow", THURSDAY),
        ("en", "until Friday", FRIDAY),
        ("en", "Wednesday", date(2026, 12, 2)),
        ("en", "next Friday", FRIDAY),
        ("en", "December 24", date(2026, 12, 24)),
        ("en", "3 days", date(2026, 11, 28)),
        ("en", "in a week", date(2026, 12, 2)),
        ("en", "today", THURSDAY),
        ("en", "12/5", date(2026, 12, 5)),
        ("en", "13/12", date(2026, 12, 13)),
        ("en", "5.12.", date(2026, 12, 5)),
        ("en", "12", date(2026, 12, 7)),
        ("en", "3", date(2026, 11, 28)),
        ("uk", "25", date(2026, 12, 20)),
        ("de", "31", date(2026, 12, 26)),
        ("en", "until 12", date(2026, 12, 12)),
        ("en", "the 12th", date(2026, 12, 12)),
        ("en", "29.2.", date(2028, 2, 29)),
        ("en", "2026-12-01", date(2026, 12, 1)),
        ("uk", "завтра", THURSDAY),
        ("uk", "до п'ятниці", FRIDAY),
        ("uk", "до п’ятниці", FRIDAY),
        ("uk", "через тиждень", date(2026, 12, 2)),
        ("uk", "до неділі", SUNDAY),
        ("uk", "до 5 серпня", date(2027, 8, 5)),
        ("uk", "12.12.", date(2026, 12, 12)),
        ("pl", "jutro", THURSDAY),
        ("pl", "do piątku", FRIDAY),
        ("pl", "za tydzień", date(2026, 12, 2)),
        ("pl", "12 grudnia", date(2026, 12, 12)),
        ("de", "morgen", THURSDAY),
        ("de", "bis Freitag", FRIDAY),
        ("de", "bis zum 12.12.", date(2026, 12, 12)),
        ("de", "eine Woche", date(2026, 12, 2)),
        ("es", "mañana", THURSDAY),
        ("es", "hasta el viernes", FRIDAY),
        ("es", "pasado mañana", FRIDAY),
        ("es", "5/12", date(2026, 12, 5)),
        ("fr", "demain", THURSDAY),
        ("fr", "jusqu'à vendredi", FRIDAY),
        ("fr", "jusqu’au 1er janvier", date(2027, 1, 1)),
        ("fr", "dans 3 jours", date(2026, 11, 28)),
        ("en", "through Friday", date(2026, 11, 28)),
        ("de", "bis Freitag einschließlich", date(2026, 11, 28)),
        ("uk", "до п'ятниці включно", date(2026, 11, 28)),
        ("uk", "по п'ятницю", date(2026, 11, 28)),
        ("de", "zwei Wochen lang", date(2026, 12, 9)),
        ("en", "2026/12/01", date(2026, 12, 1)),
        ("en", "Friday the 27th", FRIDAY),
    ],
)
def test_words_and_figures(language: str, words: str, expected: date) -> None:
    """A day is read in six languages, with "until" or without, in capitals and in any grammatical case.

    A number alone is one of days.
    """
    assert parse_end(words, language, TODAY) == expected
    assert parse_end(f"  {words.upper()} ", language, TODAY) == expected


@pytest.mark.parametrize("language", SPEECHES)
@pytest.mark.parametrize("today", [TODAY, date(2026, 12, 31), date(2028, 2, 28)])
def test_what_each_language_really_says(language: str, today: date) -> None:
    """Phrases that are made without the grammar name the first day after the day off."""
    expected = dict(ends(SPEECHES[language], today))
    assert {words: parse_end(words, language, today) for words in expected} == expected


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "31 February"),
        ("en", "31.2."),
        ("en", "2026-02-31"),
        ("en", "45"),
        ("uk", "31 лютого"),
        ("pl", "31 lutego"),
        ("de", "31. Februar"),
        ("es", "31 de febrero"),
        ("fr", "31 février"),
    ],
)
def test_a_day_that_no_calendar_has(language: str, words: str) -> None:
    """A day that does not exist is refused, and not read as another one."""
    with pytest.raises(InvalidInputError, match="no such day"):
        parse_end(words, language, TODAY)


@pytest.mark.parametrize(
    "words",
    [
        "next week",
        "foo Friday",
        "Friday 18:00",
        "Friday or Monday",
        "5 or 6 days",
        "9-10",
        "tomorrow evening",
        "0 days",
    ],
)
def test_a_guess_is_not_made(words: str) -> None:
    """Words that hold a day, but mean more or something else, are refused as a whole."""
    with pytest.raises(InvalidInputError, match=r"do not understand this date|no such day"):
        parse_end(words, "en", TODAY)


@pytest.mark.parametrize("words", ["25.11.", "11/25", "today", "this Wednesday", "until 25", "Wednesday 25"])
def test_a_day_off_that_ends_today_takes_the_whole_day(words: str) -> None:
    """The date of today is today, however it is written, and not that of the next year."""
    assert parse_end(words, "en", TODAY) == THURSDAY


@pytest.mark.parametrize("words", ["", "foo", "when pigs fly", "until", "x" * 1000, "🙂", "0" * 64])
def test_what_is_no_date_gets_an_example(words: str) -> None:
    """The refusal shows how dates are written in this language."""
    with pytest.raises(InvalidInputError, match=r"“Friday” or “12/25”|no such day"):
        parse_end(words, "en", TODAY)


def test_a_past_day_is_read() -> None:
    """A past day is read; the service that starts a day off refuses it."""
    assert parse_end("yesterday", "en", TODAY) < TODAY
    assert parse_end("1.1.2020", "en", TODAY) == date(2020, 1, 1)


@given(st.dates(date(2024, 1, 1), date(2032, 1, 1)), st.integers(1, 364), st.sampled_from(["en", "uk", "de"]))
def test_figures_without_a_year_are_the_next_such_day(today: date, ahead: int, language: str) -> None:
    """A date without a year is never past, and at most a year ahead (or at the next leap day)."""
    wanted = today + timedelta(days=ahead)
    found = parse_end(f"{wanted.day}.{wanted.month}.", language, today)
    assert (found.day, found.month) == (wanted.day, wanted.month)
    assert found > today


@given(st.text(max_size=40), st.sampled_from(["en", "uk", "pl", "de", "es", "fr"]))
def test_anything_typed_is_a_date_or_one_plain_sentence(words: str, language: str) -> None:
    """Any text is read or refused with InvalidInputError; nothing else is raised."""
    try:
        found = parse_end(words, language, TODAY)
    except InvalidInputError as error:
        said = in_language(language).say(error.sentence, **error.values)
    else:
        said = found.isoformat()
    assert said
