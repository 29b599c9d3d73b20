"""The time parser reads a day and an hour that editors type in their language and time zone."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_time
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidInputError
from bot.i18n import languages
from bot.subscribers.moments.local import local_moment
from bot.subscribers.moments.time_parser import example, parse_moment
from tests.subscribers.moments.moment_phrases import moments, speeches

SPEECHES = speeches()
LAGOS = ZoneInfo("Africa/Lagos")  # clocks never change there
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
        ("en", "on the 25th at 20:00", "Wed 25.11. 20:00"),
        ("en", "25 Nov 20:00", "Wed 25.11. 20:00"),
        ("fr", "le mercredi 25 à 20h", "Wed 25.11. 20:00"),
        ("de", "am 24. um 8 Uhr", "Thu 24.12. 08:00"),
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
    ("words", "language", "zone", "now", "expected"),
    [
        ("demain 18h", "fr", "Europe/Paris", "2026-11-25T09:00", "2026-11-26T18:00"),
        ("à 9 heures", "fr", "Europe/Paris", "2026-11-25T09:00", "2026-11-26T09:00"),
        ("demain à 9 heures", "fr", "Europe/Paris", "2026-11-25T09:00", "2026-11-26T09:00"),
        ("à 9h", "fr", "Europe/Paris", "2026-11-25T09:00", "2026-11-26T09:00"),
        ("завтра о 9 годині", "uk", "Europe/Kyiv", "2026-11-25T09:00", "2026-11-26T09:00"),
        ("о 9 годині", "uk", "Europe/Kyiv", "2026-11-25T09:00", "2026-11-26T09:00"),
        ("tomorrow noon", "en", "Europe/London", "2026-10-24T10:00", "2026-10-25T12:00"),
        ("morgen 18.30 Uhr", "de", "Europe/Berlin", "2026-11-25T09:00", "2026-11-26T18:30"),
        ("morgen 8 Uhr", "de", "Europe/Berlin", "2026-11-25T09:00", "2026-11-26T08:00"),
        ("jutro 18.30", "pl", "Europe/Warsaw", "2026-11-25T09:00", "2026-11-26T18:30"),
        ("завтра о 9 вечора", "uk", "Europe/Kyiv", "2026-11-25T09:00", "2026-11-26T21:00"),
        ("hoy 21h", "es", "Europe/Madrid", "2026-11-25T09:00", "2026-11-25T21:00"),
        ("in 24 hours", "en", "Europe/London", "2026-11-25T09:00", "2026-11-26T09:00"),
    ],
)
def test_hours_that_a_general_parser_got_wrong(
    words: str, language: str, zone: str, now: str, expected: str
) -> None:
    """Phrases that were once read as another hour or day, or refused, name the right local time."""
    found = parse_moment(words, language, datetime.fromisoformat(now).replace(tzinfo=UTC), ZoneInfo(zone))
    assert f"{found:%Y-%m-%dT%H:%M}" == expected


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("now", [datetime(2026, 11, 25, 11, 13), datetime(2026, 12, 31, 23, 30)])  # noqa: DTZ001
def test_what_each_language_really_says(language: str, now: datetime) -> None:
    """More than 200 phrases a language, made without the grammar, name their moments."""
    phrases = dict(moments(SPEECHES[language], now))
    read_as = {words: _read_in_lagos(words, language, now) for words in phrases}
    assert {words: value for words, value in read_as.items() if value != phrases[words]} == {}
    assert len(phrases) >= 200


def _read_in_lagos(words: str, language: str, now: datetime) -> datetime | str:
    try:
        return parse_moment(words, language, now.replace(tzinfo=LAGOS), LAGOS).replace(tzinfo=None)
    except InvalidInputError as error:
        return str(error)


@pytest.mark.parametrize(
    ("language", "words"),
    [(language, words) for language, speech in SPEECHES.items() for words in speech.refused],
)
def test_what_cannot_be_meant_is_asked_anew(language: str, words: str) -> None:
    """What is vague, ambiguous, impossible, a day without an hour or no moment at all is never guessed."""
    with pytest.raises(InvalidInputError):
        parse_moment(words, language, WEDNESDAY, KYIV)


@pytest.mark.parametrize("words", ["tomorrow at 3:30", "29 March at 3:30", "2027-03-28 03:00"])
def test_an_hour_that_clocks_skip_is_refused(words: str) -> None:
    """In Kyiv 3:30 does not exist on 28 March 2027; the hours around it and other days do."""
    night_before = datetime(2027, 3, 27, 12, tzinfo=UTC)
    if "29" in words:
        assert read(words, now=night_before) == "Mon 29.03. 03:30"
        return
    with pytest.raises(InvalidInputError, match="The clocks change that day"):
        parse_moment(words, "en", night_before, KYIV)
    assert read("tomorrow at 4:00", now=night_before) == "Sun 28.03. 04:00"


def test_an_hour_that_comes_twice_is_refused() -> None:
    """In Kyiv 3:30 comes twice on 25 October 2026; lengths of time are clear even then."""
    night_before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="comes twice"):
        parse_moment("tomorrow 3:30", "en", night_before, KYIV)
    assert read("tomorrow 2:59", now=night_before) == "Sun 25.10. 02:59"
    assert read("tomorrow 4:00", now=night_before) == "Sun 25.10. 04:00"
    assert read("in 24 hours", now=night_before) == "Sun 25.10. 14:00"
    assert read("in 1 day", now=night_before) == "Sun 25.10. 15:00"


@pytest.mark.parametrize("words", ["tomorrow at midnight", "midnight on Friday", "27 November, midnight"])
def test_midnight_of_a_named_day_is_asked(words: str) -> None:
    """Midnight of a named day may begin or end it; 0:00 and 24:00 say which, and the next one is clear."""
    with pytest.raises(InvalidInputError, match="0:00 for the start of the day, or 24:00"):
        parse_moment(words, "en", WEDNESDAY, KYIV)
    assert read("tomorrow 0:00") == "Thu 26.11. 00:00"
    assert read("tomorrow 24:00") == "Fri 27.11. 00:00"
    assert read("tonight at midnight") == read("midnight") == "Thu 26.11. 00:00"


@given(st.integers(0, 366 * 24 * 60), st.sampled_from(["Europe/Kyiv", "America/New_York", "Pacific/Apia"]))
def test_a_local_moment_is_what_clocks_show(minute: int, name: str) -> None:
    """Each local time is one moment that shows this time, or is refused since clocks skip or repeat it."""
    day, zone = date(2026, 1, 1) + timedelta(days=minute // 1440), ZoneInfo(name)
    with contextlib.suppress(InvalidInputError):
        found = local_moment(day, minute % 1440, zone).astimezone(UTC).astimezone(zone)
        assert (found.date(), found.hour * 60 + found.minute) == (day, minute % 1440)


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


@given(
    st.datetimes(datetime(2026, 11, 26), datetime(2027, 10, 1)),  # noqa: DTZ001  # local times
    st.sampled_from(languages()),
    st.sampled_from(["full", "long", "medium", "short"]),
    st.sampled_from([" ", ", "]),
)
def test_what_cldr_writes_can_be_typed(
    shown: datetime, language: str, width: Literal["full", "long", "medium", "short"], between: str
) -> None:
    """A date as CLDR writes it, with a short time behind it, is read as itself in each language."""
    words = between.join(
        [format_date(shown, width, locale=language), format_time(shown, "short", locale=language)]
    )
    found = parse_moment(words, language, WEDNESDAY, LAGOS).replace(tzinfo=None)
    assert found == shown.replace(second=0, microsecond=0)


@given(st.text(max_size=70), st.sampled_from(languages()))
def test_nothing_typed_breaks_it(words: str, language: str) -> None:
    """Any text is read as a moment or refused with InvalidInputError."""
    with contextlib.suppress(InvalidInputError):
        assert parse_moment(words, language, WEDNESDAY, KYIV).tzinfo is not None
