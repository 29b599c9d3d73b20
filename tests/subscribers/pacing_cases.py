"""Cases for the pacing tests: drawn and default Preferences, odd time zones, and a check of what is quiet.

Each property is checked with a thousand drawn cases. `PACING_EXAMPLES=100000` draws more, and
`--hypothesis-seed=…` draws the same ones again.
"""

import os
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.subscribers.pacing import EVERY_DAY, PacingPreferences
from storage.models import Subscriber
from storage.words import AppealRhythm, Rhythm

EXAMPLES = int(os.environ.get("PACING_EXAMPLES", "1000"))
many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
long_enough = pytest.mark.timeout(600)  # many cases, and machines differ

# Zones whose clocks jump over midnight, at midnight, by half an hour or by a day; and common ones.
ODD = (
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Asuncion",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Europe/Kyiv",
    "America/New_York",
)
FIRST, LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC)
ZONES = st.sampled_from(ODD) | st.sampled_from(sorted(available_timezones()))


def usual(zone: ZoneInfo, **changes: Any) -> PacingPreferences:
    """The defaults of a new Subscriber, with these changes."""
    columns = Subscriber.__table__.c
    names = [one.name for one in fields(PacingPreferences) if one.name != "zone"]
    defaults: dict[str, Any] = {name: columns[name].default.arg for name in names}
    return PacingPreferences(zone, **defaults | changes)


@cache
def transitions(zone: ZoneInfo, year: int) -> Sequence[datetime]:
    """Return the instants of that year at which clocks in the zone jump, to the minute."""
    day, found = datetime(year, 1, 1, tzinfo=UTC), []

    def offset(moment: datetime) -> timedelta | None:
        return moment.astimezone(zone).utcoffset()

    for _ in range(366):
        after = day + timedelta(days=1)
        if offset(day) != offset(after):
            minute = next(n for n in range(24 * 60 + 1) if offset(day + timedelta(minutes=n)) != offset(day))
            found.append(day + timedelta(minutes=minute))
        day = after
    return found


@st.composite
def moments(draw: st.DrawFn, zone: ZoneInfo) -> datetime:
    """Draw any instant, often one near a jump of the clocks or the end of a year."""
    moment = draw(st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None))).replace(tzinfo=UTC)
    near = draw(st.sampled_from(["any", "jump", "year end"]))
    close = timedelta(seconds=draw(st.integers(-48 * 3600, 48 * 3600)))
    jumps = transitions(zone, moment.year) if near == "jump" else ()
    if jumps:
        return draw(st.sampled_from(jumps)) + close
    return datetime(moment.year, 12, 31, 23, tzinfo=UTC) + close if near == "year end" else moment


@st.composite
def preferences(draw: st.DrawFn) -> PacingPreferences:
    """Draw anything that the columns can hold, also what the input would refuse."""
    quiet = draw(st.none() | st.tuples(st.integers(0, 23), st.integers(0, 23)))
    start, end = quiet or (None, None)
    return PacingPreferences(
        zone=ZoneInfo(draw(ZONES)),
        rhythm=draw(st.sampled_from(Rhythm)),
        hour=draw(st.integers(0, 23)),
        weekday=draw(st.integers(0, 6)),
        quiet_from=start,
        quiet_until=end,
        rest_days=draw(st.integers(0, EVERY_DAY)),
        appeal_rhythm=draw(st.sampled_from(AppealRhythm)),
        allows_urgent=draw(st.booleans()),
    )


def is_quiet(wanted: PacingPreferences, moment: datetime) -> bool:
    """Return whether the hour in the zone is quiet, computed in another way than the code under test."""
    if wanted.quiet_from is None or wanted.quiet_until is None or wanted.quiet_from == wanted.quiet_until:
        return False
    hour, hours = wanted.quiet_from, set()
    while hour != wanted.quiet_until:
        hours.add(hour)
        hour = (hour + 1) % 24
    return moment.astimezone(wanted.zone).hour in hours


def is_rest(wanted: PacingPreferences, moment: datetime) -> bool:
    days = [day for day in range(7) if wanted.rest_days & (1 << day)]
    return len(days) < 7 and moment.astimezone(wanted.zone).weekday() in days


def is_open(wanted: PacingPreferences, moment: datetime) -> bool:
    return not (is_quiet(wanted, moment) or is_rest(wanted, moment))
