"""Pacing by example: nights, year ends, jumping clocks, urgent news, likely time zones."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.subscribers.pacing import (
    EVERY_DAY,
    PacingPreferences,
    day_off_end,
    hold,
    next_allowed_time,
    next_due_at,
    timezone_of,
)
from storage.words import Rhythm
from tests.subscribers.pacing_cases import usual

KYIV, BERLIN, NEW_YORK = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
TROLL = ZoneInfo("Antarctica/Troll")


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    year, month, day, hour, *minute = parts
    local = datetime(year, month, day, hour, *minute, tzinfo=zone, fold=fold)  # type: ignore[misc, arg-type]
    return local.astimezone(UTC)


AWAKE = usual(KYIV, quiet_from=None, quiet_until=None)


@pytest.mark.parametrize(
    ("wanted", "now", "allowed"),
    [
        (usual(KYIV), at(KYIV, 2026, 11, 22, 12), at(KYIV, 2026, 11, 22, 12)),
        (usual(KYIV), at(KYIV, 2026, 11, 22, 22), at(KYIV, 2026, 11, 23, 8)),
        (usual(KYIV), at(KYIV, 2026, 12, 31, 23, 59), at(KYIV, 2027, 1, 1, 8)),
        (usual(KYIV), at(KYIV, 2026, 11, 23, 7, 59), at(KYIV, 2026, 11, 23, 8)),
        # An hour that does not exist: quiet until 3:00 ends as the clock jumps from 3:00 to 4:00.
        (replace(AWAKE, quiet_from=22, quiet_until=3), at(KYIV, 2026, 3, 29, 1), at(KYIV, 2026, 3, 29, 4)),
        # Two hours that do not exist: quiet until 2:00 ends as the clock jumps from 1:00 to 3:00.
        (
            replace(AWAKE, zone=TROLL, quiet_from=0, quiet_until=2),
            at(TROLL, 2026, 3, 29, 0, 59),
            at(TROLL, 2026, 3, 29, 3),
        ),
        # An hour that comes twice: quiet from 3 until 4 lasts for both.
        (
            replace(AWAKE, quiet_from=3, quiet_until=4),
            at(KYIV, 2026, 10, 25, 3, 30),
            at(KYIV, 2026, 10, 25, 4),
        ),
        # Quiet until 1:00 ends with the first of the two.
        (
            usual(NEW_YORK, quiet_from=22, quiet_until=1),
            at(NEW_YORK, 2026, 11, 1, 0),
            at(NEW_YORK, 2026, 11, 1, 1, fold=0),
        ),
        # Sunday off, and quiet until 8.
        (
            usual(KYIV, rest_days=0b1000000),
            at(KYIV, 2026, 11, 22, 12),
            at(KYIV, 2026, 11, 23, 8),
        ),
        # What the input refuses: a whole day of quiet, a whole week of rest.
        (replace(AWAKE, quiet_from=8, quiet_until=8), at(KYIV, 2026, 11, 22, 9), at(KYIV, 2026, 11, 22, 9)),
        (replace(AWAKE, rest_days=EVERY_DAY), at(KYIV, 2026, 11, 22, 9), at(KYIV, 2026, 11, 22, 9)),
    ],
)
def test_the_next_allowed_time(wanted: PacingPreferences, now: datetime, allowed: datetime) -> None:
    """The next allowed time is right in nights, at a year's end, and where clocks jump."""
    assert next_allowed_time(wanted, now) == allowed


@pytest.mark.parametrize(
    ("wanted", "now", "comes"),
    [
        (replace(AWAKE, rhythm=Rhythm.DAILY), at(KYIV, 2026, 11, 22, 7, 59), at(KYIV, 2026, 11, 22, 8)),
        (replace(AWAKE, rhythm=Rhythm.DAILY), at(KYIV, 2026, 11, 22, 8), at(KYIV, 2026, 11, 23, 8)),
        (
            replace(AWAKE, rhythm=Rhythm.WEEKLY, weekday=4, hour=18),
            at(KYIV, 2026, 12, 26, 9),
            at(KYIV, 2027, 1, 1, 18),
        ),
        # 3:00 does not exist on that day: it comes as the clock jumps to 4:00.
        (replace(AWAKE, rhythm=Rhythm.DAILY, hour=3), at(KYIV, 2026, 3, 29, 1), at(KYIV, 2026, 3, 29, 4)),
        # 3:00 comes twice: the Digest once.
        (
            replace(AWAKE, rhythm=Rhythm.DAILY, hour=3),
            at(KYIV, 2026, 10, 25, 3, 30, fold=0),
            at(KYIV, 2026, 10, 26, 3),
        ),
        # An hour in the quiet ones: when they end.
        (
            usual(KYIV, rhythm=Rhythm.DAILY, hour=23),
            at(KYIV, 2026, 11, 22, 12),
            at(KYIV, 2026, 11, 23, 8),
        ),
        (
            usual(KYIV, rhythm=Rhythm.DAILY, hour=23),
            at(KYIV, 2026, 11, 23, 3),
            at(KYIV, 2026, 11, 23, 8),
        ),
    ],
)
def test_when_a_digest_comes(wanted: PacingPreferences, now: datetime, comes: datetime) -> None:
    """A Digest comes once, also at an hour that does not exist, comes twice, or is quiet."""
    assert next_due_at(wanted, now) == comes


def test_urgent_news() -> None:
    """Urgent news passes quiet hours if allowed; it never passes a rest day or a day off."""
    night = at(KYIV, 2026, 11, 22, 23)
    allows = usual(KYIV, allows_urgent=True)
    assert hold(allows, night, urgent=True) is None
    assert hold(allows, night) == at(KYIV, 2026, 11, 23, 8)
    assert hold(usual(KYIV), night, urgent=True) == at(KYIV, 2026, 11, 23, 8)
    assert hold(replace(allows, rest_days=0b1000000), night, urgent=True) == at(KYIV, 2026, 11, 23, 8)
    off = at(KYIV, 2026, 11, 25, 0)
    assert hold(allows, night, urgent=True, away_until=off) == at(KYIV, 2026, 11, 25, 8)
    assert hold(replace(allows, rhythm=Rhythm.WEEKLY), night, urgent=True) is None


@pytest.mark.parametrize(
    ("language", "zone"),
    [
        ("en", "UTC"),
        ("uk", "Europe/Kyiv"),
        ("pl", "Europe/Warsaw"),
        ("de", "Europe/Berlin"),
        ("es", "Europe/Madrid"),
        ("fr", "Europe/Paris"),
        ("tlh", "UTC"),
    ],
)
def test_the_likely_zone_of_a_language(language: str, zone: str) -> None:
    """The zone is where most speakers live; a language of many countries gives none; a choice comes first."""
    assert timezone_of(None, language, "UTC") == ZoneInfo(zone)
    assert timezone_of("Asia/Tokyo", language, "UTC") == ZoneInfo("Asia/Tokyo")


def test_an_unknown_zone_is_replaced() -> None:
    """A stored zone that this machine does not know is replaced by the likely one."""
    assert timezone_of("Europe/Atlantis", "uk", "UTC") == KYIV
    assert timezone_of("../etc/passwd", "en", "UTC") == ZoneInfo("UTC")


def test_a_day_off_ends_at_midnight_there() -> None:
    """A day off ends at local midnight, also across a clock change."""
    now = at(KYIV, 2026, 10, 24, 23, 30)
    assert day_off_end(KYIV, now, 1) == at(KYIV, 2026, 10, 25, 0)
    assert day_off_end(KYIV, now, 3) == at(KYIV, 2026, 10, 27, 0)
    assert day_off_end(BERLIN, now, 1) == at(BERLIN, 2026, 10, 25, 0)
