"""Moments for editors."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import in_language
from handlers.editors.moments import moment_there

_LATE = datetime(2026, 11, 25, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "UTC", "Wed, Nov 25, 10:05\u202fPM (UTC)"),
        ("en", "America/New_York", "Wed, Nov 25, 5:05\u202fPM (New York)"),
        ("uk", "Europe/Kyiv", "чт, 26 листопада, 00:05 (Київ)"),
        ("de", "Europe/Berlin", "Mi., 25. Nov., 23:05 (Berlin)"),
        ("de", "Etc/GMT-2", "Do., 26. Nov., 00:05 (UTC+2)"),
    ],
)
def test_a_moment_names_the_city_whose_clock_shows_it(language: str, zone: str, expected: str) -> None:
    """By its name in the language, and not by the key of the time zone."""
    said = moment_there(_LATE, ZoneInfo(zone), in_language(language))
    assert said.replace("\u00a0", " ") == expected
