"""Pacing keeps its promises in any time zone, across clock changes and year ends."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.subscribers.pacing import (
    EVENING,
    LONGEST_HOLD,
    PacingPreferences,
    by_day,
    hold,
    is_day,
    is_held,
    may_appeal,
    next_allowed_time,
    next_due_at,
)
from storage.words import AppealRhythm, Rhythm
from tests.subscribers.pacing_cases import (
    is_open,
    is_quiet,
    is_rest,
    long_enough,
    many,
    moments,
    preferences,
)

pytestmark = long_enough


@many
@given(st.data(), preferences(), st.booleans())
def test_nothing_goes_in_quiet_hours_or_on_a_day_of_rest_or_a_day_off(
    data: st.DataObject, wanted: PacingPreferences, urgent: bool
) -> None:
    """Nothing is sent or due in quiet hours, on a rest day or a day off; urgent news may pass quiet hours."""
    now = data.draw(moments(wanted.zone))
    away = data.draw(st.none() | st.integers(-100, 366 * 24).map(lambda hours: now + timedelta(hours=hours)))
    until = hold(wanted, now, away_until=away, urgent=urgent)
    assert is_held(wanted, now, away_until=away, urgent=urgent) == (until is not None)
    if until is not None:
        assert until > now
        assert is_open(wanted, until)
        assert away is None or until >= away or away <= now
        return
    assert away is None or away <= now
    assert not is_rest(wanted, now)
    if not (urgent and wanted.allows_urgent):
        assert not is_quiet(wanted, now)
        assert wanted.rhythm is Rhythm.AT_ONCE


@many
@given(st.data(), preferences(), st.booleans())
def test_nothing_is_held_for_ever(data: st.DataObject, wanted: PacingPreferences, urgent: bool) -> None:
    """Nothing is held longer than `LONGEST_HOLD`, counted from the end of a day off."""
    now = data.draw(moments(wanted.zone))
    away = data.draw(st.none() | st.integers(0, 366 * 24).map(lambda hours: now + timedelta(hours=hours)))
    until = hold(wanted, now, away_until=away, urgent=urgent)
    assert until is None or until - max(now, away or now) <= LONGEST_HOLD


@many
@given(st.data(), preferences())
def test_nobody_waits_longer_than_needed(data: st.DataObject, wanted: PacingPreferences) -> None:
    """Every quarter of an hour before the next allowed time is quiet or rest; clocks jump by quarters."""
    now = data.draw(moments(wanted.zone))
    allowed = next_allowed_time(wanted, now)
    assert allowed >= now
    moment = now
    while moment < allowed:
        assert not is_open(wanted, moment)
        moment += timedelta(minutes=15)
    assert allowed == now or not is_open(wanted, allowed - timedelta(microseconds=1))


@many
@given(st.data(), preferences())
def test_a_digest_comes_at_its_hour_or_at_the_next_allowed_time(
    data: st.DataObject, wanted: PacingPreferences
) -> None:
    """A Digest comes at the same instant, whenever one asks: at its hour, or at the next allowed time."""
    assume(wanted.rhythm is not Rhythm.AT_ONCE)
    now = data.draw(moments(wanted.zone))
    comes = next_due_at(wanted, now)
    between = now + (comes - now) * data.draw(st.floats(0, 0.999))
    assume(between < comes)
    assert next_due_at(wanted, between) == comes
    local = comes.astimezone(wanted.zone)
    fits_day = wanted.rhythm is Rhythm.DAILY or local.weekday() == wanted.weekday
    if not (local.hour == wanted.hour and fits_day):
        just_before = comes - timedelta(microseconds=1)
        # The hour does not exist there, or the whole day: Kanton had no 31 December 1994.
        day_before = (comes - timedelta(days=1)).astimezone(wanted.zone)
        jumped = day_before.utcoffset() != local.utcoffset()
        assert jumped or not is_open(wanted, just_before)


@many
@given(st.data(), preferences(), st.lists(st.integers(0, 40 * 24 * 60), min_size=1, max_size=40))
def test_no_more_appeals_than_allowed(
    data: st.DataObject, wanted: PacingPreferences, minutes: Sequence[int]
) -> None:
    """At most one Appeal comes in any 7 (or 30) days of the reader's calendar; none if only on request."""
    first = data.draw(moments(wanted.zone))
    appealed_at: datetime | None = None
    days: list[date] = []
    for minute in sorted(minutes):
        now = first + timedelta(minutes=minute)
        if may_appeal(wanted, appealed_at, now):
            days.append(now.astimezone(wanted.zone).date())
            appealed_at = now
    if wanted.appeal_rhythm is AppealRhythm.EVERY_STORY:
        assert len(days) == len(minutes)
    elif wanted.appeal_rhythm is AppealRhythm.ON_REQUEST:
        assert not days
    else:
        apart = 7 if wanted.appeal_rhythm is AppealRhythm.WEEKLY else 30
        assert days
        assert all((after - before).days >= apart for before, after in pairwise(days))


@many
@given(st.data(), preferences(), st.integers(-400, 400))
def test_no_appeal_comes_before_the_time_that_a_helper_chose(
    data: st.DataObject, wanted: PacingPreferences, days: int
) -> None:
    """Whatever the rhythm, none comes until then; afterwards the rhythm alone decides."""
    now = data.draw(moments(wanted.zone))
    until, appealed_at = now + timedelta(days=days), now - timedelta(days=data.draw(st.integers(0, 60)))
    as_before = may_appeal(wanted, appealed_at, now)
    assert may_appeal(wanted, appealed_at, now, helped_until=until) is (as_before and days <= 0)


@many
@given(st.data(), preferences())
def test_a_clock_that_stood_wrong_does_not_end_appeals(
    data: st.DataObject, wanted: PacingPreferences
) -> None:
    """An Appeal may come again although the machine's clock was years ahead at the last one."""
    assume(wanted.appeal_rhythm is not AppealRhythm.ON_REQUEST)
    now = data.draw(moments(wanted.zone))
    ahead = now + timedelta(days=data.draw(st.integers(32, 4000)))
    assert may_appeal(wanted, ahead, now)


@many
@given(st.data(), preferences(), st.booleans())
def test_what_is_to_come_by_day_never_comes_in_the_evening_or_at_night(
    data: st.DataObject, wanted: PacingPreferences, urgent: bool
) -> None:
    """It goes or is due only by day, at no quiet hour and on no rest day, and is not held for ever."""
    now = data.draw(moments(wanted.zone))
    until = hold(by_day(wanted), now, urgent=urgent)
    moment = now if until is None else until
    assert is_day(wanted, moment)
    assert is_open(wanted, moment)
    assert moment - now <= LONGEST_HOLD


@many
@given(st.data(), preferences())
def test_the_evening_is_the_hours_before_the_quiet_ones(
    data: st.DataObject, wanted: PacingPreferences
) -> None:
    """Three hours before quiet hours it is no day any more; at least the first hour awake is day."""
    now = data.draw(moments(wanted.zone))
    start, end = wanted.quiet_from, wanted.quiet_until
    if start is None or end is None or start == end:
        start, end = 22, 8
    hour = now.astimezone(wanted.zone).hour
    awake = [(end + passed) % 24 for passed in range((start - end) % 24)]
    day = awake[: max(1, len(awake) - EVENING)]
    assert is_day(wanted, now) == (hour in day)
