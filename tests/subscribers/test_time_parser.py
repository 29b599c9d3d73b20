"""The time parser reads a day and an hour that editors type in their language and time zone."""

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidInputError
from bot.i18n import languages
from bot.subscribers.time_parser import example, parse_moment

KYIV = ZoneInfo("Europe/Kyiv")
WEDNESDAY = datetime(2026, 11, 25, 17, 13, tzinfo=UTC)  # 19:13 in Kyiv


def read(words: str, language: str = "en", now: datetime = WEDNESDAY) -> str:
    return f"{parse_moment(words, language, now, KYIV):%a %d.%m. %H:%M}"


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("en", "tomorrow 8:00", "Thu 26.11. 08:00"),
        ("en", "Tomorrow at 8", "Thu 26.11. 08:00"),
        ("en", "today at 9:30 p.m.", "Wed 25.11. 21:30"),
        ("en", "12 am tomorrow", "Thu 26.11. 00:00"),
        ("en", "on Friday 18:30", "Fri 27.11. 18:30"),
        ("en", "26 Nov 8am", "Thu 26.11. 08:00"),
        ("en", "2026-12-24 18:00", "Thu 24.12. 18:00"),
        ("en", "8", "Thu 26.11. 08:00"),
        ("en", "20:00", "Wed 25.11. 20:00"),
        ("en", "in 2 hours", "Wed 25.11. 21:13"),
        ("en", "yesterday 8:00", "Tue 24.11. 08:00"),
        ("uk", "завтра о 8", "Thu 26.11. 08:00"),
        ("uk", "у пʼятницю о 18:30", "Fri 27.11. 18:30"),
        ("uk", "в неділю 9:15", "Sun 29.11. 09:15"),
        ("uk", "26.11 8:00", "Thu 26.11. 08:00"),
        ("uk", "через 2 години", "Wed 25.11. 21:13"),
        ("uk", "tomorrow 8:00", "Thu 26.11. 08:00"),
        ("de", "morgen um 8 Uhr", "Thu 26.11. 08:00"),
        ("es", "mañana a las 8", "Thu 26.11. 08:00"),
        ("fr", "demain à 8h30", "Thu 26.11. 08:30"),
        ("pl", "jutro o 8", "Thu 26.11. 08:00"),
    ],
)
def test_what_editors_type(language: str, words: str, expected: str) -> None:
    """A moment is read from words and figures, with and without a day; an hour alone is the next one."""
    assert read(words, language) == expected


@pytest.mark.parametrize(
    "words", ["tomorrow", "monday", "26 Nov", "hello", "25:00", "8:61", "", "30 feb 8:00", "x" * 99]
)
def test_what_cannot_be_meant_is_asked_anew(words: str) -> None:
    """A day without an hour is refused, and not read as this hour or midnight."""
    with pytest.raises(InvalidInputError):
        parse_moment(words, "en", WEDNESDAY, KYIV)


def test_hours_are_local_whatever_clocks_do() -> None:
    """After clocks are set back, 8:00 is 8:00, and two hours ahead are two hours."""
    evening = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)  # 21:00 in Kyiv, where clocks go back that night
    assert parse_moment("tomorrow 8:00", "en", evening, KYIV) == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert parse_moment("in 2 hours", "en", night, KYIV) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", languages())
def test_the_example_can_be_typed(language: str) -> None:
    """The example that a language shows can be read in it, and is still to come."""
    for day in range(7):
        now = WEDNESDAY.replace(day=20 + day)
        assert parse_moment(example(language, now.date()), language, now, KYIV) > now


@given(st.text(max_size=70), st.sampled_from(languages()))
def test_nothing_typed_breaks_it(words: str, language: str) -> None:
    """Any text is read as a moment or refused with InvalidInputError."""
    with contextlib.suppress(InvalidInputError):
        assert parse_moment(words, language, WEDNESDAY, KYIV).tzinfo is not None
