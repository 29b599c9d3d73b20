"""The past of a new demo: the hour at which it is played. Whole demos are in tests/journeys/test_demo.py."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.demo import demo_past

HOUR = timedelta(hours=1)
AWAKE = range(8, 22)  # the hours of a new Subscriber that are not quiet
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Europe/Kyiv")]


@given(st.integers(0, 2 * 366 * 24 * 60))
def test_the_push_was_sent_by_day(minutes: int) -> None:
    """Whenever a demo begins, its push was sent one to 24 hours before, in nobody's quiet hours."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + minutes * HOUR / 60
    then = demo_past._last_daytime(now)
    assert HOUR <= now - then < 24 * HOUR
    assert {then.astimezone(zone).hour for zone in ZONES} <= set(AWAKE)


@given(st.integers(0, 2 * 366 * 24 * 60))
def test_a_daily_reader_still_waits_for_the_push(minutes: int) -> None:
    """Whenever a demo begins, the message that holds its push for a reader of daily messages is to come."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + minutes * HOUR / 60
    then, hour = demo_past._last_daytime(now), demo_past._coming_hour(now)
    for zone in (ZoneInfo("UTC"), ZoneInfo("Europe/London")):
        local = then.astimezone(zone)
        digest = local.replace(hour=hour, minute=0)
        digest += timedelta(days=digest <= local)
        assert digest > now
