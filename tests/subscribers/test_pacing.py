"""Pacing's promises, over zones, clock changes, year ends and changes of mind.

Each is checked with a thousand drawn cases. `PACING_EXAMPLES=100000` draws more, and `--hypothesis-seed=…`
draws the same ones again.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.subscribers.pacing import (
    EVERY_DAY,
    LONGEST_HOLD,
    Preferences,
    day_off_end,
    hold,
    may_appeal,
    next_allowed_time,
    next_due_at,
    zone_of,
)
from storage.words import AppealRhythm, Rhythm

EXAMPLES = int(os.environ.get("PACING_EXAMPLES", "1000"))
many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)

TROLL = ZoneInfo("Antarctica/Troll")
pytestmark = pytest.mark.timeout(600)  # many cases, and machines differ

KYIV, BERLIN, NEW_YORK = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
# Clocks that go back over midnight, forth at midnight, by half an hour, by a day; and those of most people.
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
WHAT_HAPPENS = ("story", "story", "urgent", "wait", "change", "off", "back", "clock")
ZONES = st.sampled_from(ODD) | st.sampled_from(sorted(available_timezones()))


@cache
def transitions(zone: ZoneInfo, year: int) -> Sequence[datetime]:
    """The instants of that year at which clocks there jump, to the minute."""
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
    """Any instant; often one close to where clocks jump, or to the end of a year."""
    moment = draw(st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None))).replace(tzinfo=UTC)
    near = draw(st.sampled_from(["any", "jump", "year end"]))
    close = timedelta(seconds=draw(st.integers(-48 * 3600, 48 * 3600)))
    jumps = transitions(zone, moment.year) if near == "jump" else ()
    if jumps:
        return draw(st.sampled_from(jumps)) + close
    return datetime(moment.year, 12, 31, 23, tzinfo=UTC) + close if near == "year end" else moment


@st.composite
def preferences(draw: st.DrawFn) -> Preferences:
    """Whatever can be in the columns, also what no input would let in."""
    quiet = draw(st.none() | st.tuples(st.integers(0, 23), st.integers(0, 23)))
    start, end = quiet or (None, None)
    return Preferences(
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


def is_quiet(wishes: Preferences, moment: datetime) -> bool:
    """What a clock on the wall there says, told apart from the code under test."""
    if wishes.quiet_from is None or wishes.quiet_until is None or wishes.quiet_from == wishes.quiet_until:
        return False
    hour, hours = wishes.quiet_from, set()
    while hour != wishes.quiet_until:
        hours.add(hour)
        hour = (hour + 1) % 24
    return moment.astimezone(wishes.zone).hour in hours


def is_rest(wishes: Preferences, moment: datetime) -> bool:
    days = [day for day in range(7) if wishes.rest_days & (1 << day)]
    return len(days) < 7 and moment.astimezone(wishes.zone).weekday() in days


def is_open(wishes: Preferences, moment: datetime) -> bool:
    return not (is_quiet(wishes, moment) or is_rest(wishes, moment))


@many
@given(st.data(), preferences(), st.booleans())
def test_nothing_goes_in_quiet_hours_or_on_a_day_of_rest_or_a_day_off(
    data: st.DataObject, wishes: Preferences, urgent: bool
) -> None:
    """Neither now nor at the instant until which it is held; urgent passes quiet hours where allowed."""
    now = data.draw(moments(wishes.zone))
    away = data.draw(st.none() | st.integers(-100, 366 * 24).map(lambda hours: now + timedelta(hours=hours)))
    until = hold(wishes, now, away_until=away, urgent=urgent)
    if until is not None:
        assert until > now
        assert is_open(wishes, until)
        assert away is None or until >= away or away <= now
        return
    assert away is None or away <= now
    assert not is_rest(wishes, now)
    if not (urgent and wishes.allows_urgent):
        assert not is_quiet(wishes, now)
        assert wishes.rhythm is Rhythm.AT_ONCE


@many
@given(st.data(), preferences(), st.booleans())
def test_nothing_is_held_for_ever(data: st.DataObject, wishes: Preferences, urgent: bool) -> None:
    """At most `LONGEST_HOLD`, counted from the end of a day off."""
    now = data.draw(moments(wishes.zone))
    away = data.draw(st.none() | st.integers(0, 366 * 24).map(lambda hours: now + timedelta(hours=hours)))
    until = hold(wishes, now, away_until=away, urgent=urgent)
    assert until is None or until - max(now, away or now) <= LONGEST_HOLD


@many
@given(st.data(), preferences())
def test_nobody_waits_longer_than_they_ask_for(data: st.DataObject, wishes: Preferences) -> None:
    """Every quarter of an hour before the opening is quiet or rest; clocks jump by quarters at the least."""
    now = data.draw(moments(wishes.zone))
    opens = next_allowed_time(wishes, now)
    assert opens >= now
    moment = now
    while moment < opens:
        assert not is_open(wishes, moment)
        moment += timedelta(minutes=15)
    assert opens == now or not is_open(wishes, opens - timedelta(microseconds=1))


@many
@given(st.data(), preferences())
def test_a_digest_comes_at_its_hour_or_at_the_first_opening_after(
    data: st.DataObject, wishes: Preferences
) -> None:
    """The same instant whenever one asks before it: what comes in meanwhile goes into the same one."""
    assume(wishes.rhythm is not Rhythm.AT_ONCE)
    now = data.draw(moments(wishes.zone))
    comes = next_due_at(wishes, now)
    between = now + (comes - now) * data.draw(st.floats(0, 0.999))
    assume(between < comes)
    assert next_due_at(wishes, between) == comes
    local = comes.astimezone(wishes.zone)
    fits_day = wishes.rhythm is Rhythm.DAILY or local.weekday() == wishes.weekday
    if not (local.hour == wishes.hour and fits_day):
        just_before = comes - timedelta(microseconds=1)
        # The hour does not exist there, or the whole day: Kanton had no 31 December 1994.
        day_before = (comes - timedelta(days=1)).astimezone(wishes.zone)
        jumped = day_before.utcoffset() != local.utcoffset()
        assert jumped or not is_open(wishes, just_before)


@many
@given(st.data(), preferences(), st.lists(st.integers(0, 40 * 24 * 60), min_size=1, max_size=40))
def test_no_more_appeals_than_allowed(
    data: st.DataObject, wishes: Preferences, minutes: Sequence[int]
) -> None:
    """At most one in any seven, or thirty, days of the reader's calendar; none only on request."""
    first = data.draw(moments(wishes.zone))
    appealed_at: datetime | None = None
    days: list[date] = []
    for minute in sorted(minutes):
        now = first + timedelta(minutes=minute)
        if may_appeal(wishes, appealed_at, now):
            days.append(now.astimezone(wishes.zone).date())
            appealed_at = now
    if wishes.appeal_rhythm is AppealRhythm.EVERY_STORY:
        assert len(days) == len(minutes)
    elif wishes.appeal_rhythm is AppealRhythm.ON_REQUEST:
        assert not days
    else:
        apart = 7 if wishes.appeal_rhythm is AppealRhythm.WEEKLY else 30
        assert days
        assert all((after - before).days >= apart for before, after in pairwise(days))


@many
@given(st.data(), preferences())
def test_a_clock_that_stood_wrong_does_not_end_appeals(data: st.DataObject, wishes: Preferences) -> None:
    """It was years ahead when one rode along: after it was put right, the next one may."""
    assume(wishes.appeal_rhythm is not AppealRhythm.ON_REQUEST)
    now = data.draw(moments(wishes.zone))
    ahead = now + timedelta(days=data.draw(st.integers(32, 4000)))
    assert may_appeal(wishes, ahead, now)


@dataclass
class Life:
    """One reader's life as the worker and the timetable live it (bot/delivery/selection.py, bot/digests)."""

    wishes: Preferences
    now: datetime
    away_until: datetime | None = None
    due_at: datetime | None = None
    held: dict[int, datetime] = field(default_factory=dict)  # since when, by story
    shown: list[int] = field(default_factory=list)
    sent_at: list[tuple[datetime, bool]] = field(default_factory=list)  # and whether as urgent
    longest: timedelta = timedelta(0)

    def story(self, number: int, *, urgent: bool) -> None:
        until = hold(self.wishes, self.now, away_until=self.away_until, urgent=urgent)
        if until is None:
            self._send([number], urgent=urgent and self.wishes.allows_urgent)
            return
        self.held[number] = self.now
        self.due_at = until if self.due_at is None else min(until, self.due_at)

    def move_to(self, moment: datetime) -> None:
        """Time goes on; whatever is due on the way is gathered, each time at the instant it is due."""
        while self.due_at is not None and max(self.due_at, self.now) <= moment:
            self.now = max(self.due_at, self.now)
            self._gather()
        self.now = moment

    def _gather(self) -> None:
        away = self.away_until is not None and self.away_until > self.now
        opens = next_allowed_time(self.wishes, self.away_until if away and self.away_until else self.now)
        if opens > self.now:
            self.due_at = opens
            return
        self._send(list(self.held), urgent=False)
        self.held, self.due_at, self.away_until = {}, None, None

    def change(self, wishes: Preferences) -> None:
        """As bot.subscribers.subscribers does: what is held follows at once."""
        self.wishes = wishes
        if self.due_at is not None:
            over = self.away_until is not None and self.away_until <= self.now
            self.due_at = (
                next_allowed_time(wishes, self.now)
                if over
                else next_due_at(wishes, self.now, away_until=self.away_until)
            )

    def day_off(self, days: int) -> None:
        self.away_until = day_off_end(self.wishes.zone, self.now, days)
        self.due_at = next_allowed_time(self.wishes, self.away_until)

    def come_back(self) -> None:
        if self.away_until is not None and self.away_until > self.now:
            self.away_until = self.now
            self.due_at = next_allowed_time(self.wishes, self.now)

    def _send(self, stories: Sequence[int], *, urgent: bool) -> None:
        assert self.away_until is None or self.away_until <= self.now
        assert not is_rest(self.wishes, self.now)
        assert urgent or not is_quiet(self.wishes, self.now)
        self.shown += stories
        for since in (self.held[one] for one in stories if one in self.held):
            self.longest = max(self.longest, self.now - since)


@many
@given(st.data(), preferences())
def test_a_whole_life_keeps_every_promise(data: st.DataObject, wishes: Preferences) -> None:
    """Changes of mind, days off, coming back early, a clock set back: in the end each story came once."""
    life = Life(wishes, data.draw(moments(wishes.zone)))
    told = days_off = changes = 0
    for _ in range(data.draw(st.integers(1, 25))):
        what = data.draw(
            st.sampled_from(["story", "story", "urgent", "wait", "change", "off", "back", "clock"])
        )
        if what in {"story", "urgent"}:
            life.story(told, urgent=what == "urgent")
            told += 1
        elif what == "wait":
            life.move_to(life.now + timedelta(minutes=data.draw(st.integers(1, 4 * 24 * 60))))
        elif what == "change":
            life.change(replace(data.draw(preferences()), zone=ZoneInfo(data.draw(ZONES))))
            changes += 1
        elif what == "off":
            length = data.draw(st.integers(1, 30))
            life.day_off(length)
            days_off += length + 1
        elif what == "back":
            life.come_back()
        else:
            life.now -= timedelta(hours=data.draw(st.integers(1, 12)))  # the machine's clock was set back
    life.move_to(life.now + timedelta(days=31) + 2 * LONGEST_HOLD)
    assert sorted(life.shown) == list(range(told))
    assert (life.held, life.due_at) == ({}, None)
    assert life.longest <= timedelta(days=days_off) + LONGEST_HOLD * (1 + changes) + timedelta(days=13)


def at(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    year, month, day, hour, *minute = parts
    local = datetime(year, month, day, hour, *minute, tzinfo=zone, fold=fold)  # type: ignore[misc, arg-type]
    return local.astimezone(UTC)


AWAKE = Preferences(KYIV, quiet_from=None, quiet_until=None)


@pytest.mark.parametrize(
    ("wishes", "now", "opens"),
    [
        (Preferences(KYIV), at(KYIV, 2026, 11, 22, 12), at(KYIV, 2026, 11, 22, 12)),
        (Preferences(KYIV), at(KYIV, 2026, 11, 22, 22), at(KYIV, 2026, 11, 23, 8)),
        (Preferences(KYIV), at(KYIV, 2026, 12, 31, 23, 59), at(KYIV, 2027, 1, 1, 8)),
        (Preferences(KYIV), at(KYIV, 2026, 11, 23, 7, 59), at(KYIV, 2026, 11, 23, 8)),
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
            Preferences(NEW_YORK, quiet_from=22, quiet_until=1),
            at(NEW_YORK, 2026, 11, 1, 0),
            at(NEW_YORK, 2026, 11, 1, 1, fold=0),
        ),
        # Sunday off, and quiet until 8.
        (
            replace(Preferences(KYIV), rest_days=0b1000000),
            at(KYIV, 2026, 11, 22, 12),
            at(KYIV, 2026, 11, 23, 8),
        ),
        # What no input lets in: a whole day of quiet, a whole week of rest.
        (replace(AWAKE, quiet_from=8, quiet_until=8), at(KYIV, 2026, 11, 22, 9), at(KYIV, 2026, 11, 22, 9)),
        (replace(AWAKE, rest_days=EVERY_DAY), at(KYIV, 2026, 11, 22, 9), at(KYIV, 2026, 11, 22, 9)),
    ],
)
def test_when_it_opens(wishes: Preferences, now: datetime, opens: datetime) -> None:
    """By example: nights, a year's end, jumping clocks."""
    assert next_allowed_time(wishes, now) == opens


@pytest.mark.parametrize(
    ("wishes", "now", "comes"),
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
            replace(Preferences(KYIV), rhythm=Rhythm.DAILY, hour=23),
            at(KYIV, 2026, 11, 22, 12),
            at(KYIV, 2026, 11, 23, 8),
        ),
        (
            replace(Preferences(KYIV), rhythm=Rhythm.DAILY, hour=23),
            at(KYIV, 2026, 11, 23, 3),
            at(KYIV, 2026, 11, 23, 8),
        ),
    ],
)
def test_when_a_digest_comes(wishes: Preferences, now: datetime, comes: datetime) -> None:
    """By example: hours that do not exist, that come twice, that are quiet."""
    assert next_due_at(wishes, now) == comes


def test_urgent_news() -> None:
    """Passes quiet hours where that is allowed; a day of rest and a day off it never passes."""
    night = at(KYIV, 2026, 11, 22, 23)
    allows = replace(Preferences(KYIV), allows_urgent=True)
    assert hold(allows, night, urgent=True) is None
    assert hold(allows, night) == at(KYIV, 2026, 11, 23, 8)
    assert hold(Preferences(KYIV), night, urgent=True) == at(KYIV, 2026, 11, 23, 8)
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
    """Where its speakers mostly live; a language of many countries says nothing. A choice goes before."""
    assert zone_of(None, language, "UTC") == ZoneInfo(zone)
    assert zone_of("Asia/Tokyo", language, "UTC") == ZoneInfo("Asia/Tokyo")


def test_a_zone_that_is_no_more_holds_up_nobody() -> None:
    """Time zones are renamed, and machines differ: then the likely one counts."""
    assert zone_of("Europe/Atlantis", "uk", "UTC") == KYIV
    assert zone_of("../etc/passwd", "en", "UTC") == ZoneInfo("UTC")


def test_a_day_off_ends_at_midnight_there() -> None:
    """Today alone, three days, over a change of the clock."""
    now = at(KYIV, 2026, 10, 24, 23, 30)
    assert day_off_end(KYIV, now, 1) == at(KYIV, 2026, 10, 25, 0)
    assert day_off_end(KYIV, now, 3) == at(KYIV, 2026, 10, 27, 0)
    assert day_off_end(BERLIN, now, 1) == at(BERLIN, 2026, 10, 25, 0)
