"""Decide when a Subscriber may be written to unasked, and whether an Appeal may be added.

Pure functions. They promise, whatever the clocks of a time zone do (tests/subscribers/test_pacing.py):
nothing comes in quiet hours, on a rest day or on a day off; nothing is held for longer than `LONGEST_HOLD`
after a day off; no more Appeals come than allowed.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from storage.deliveries.recipients import Pace
from storage.models import Subscriber
from storage.words import AppealRhythm, Rhythm

EVERY_DAY = 0b111_1111  # a set of days as bits; bit 0 is Monday
LONGEST_HOLD = timedelta(days=15)  # a week to the next Digest, a week of rest and quiet; a day for odd clocks
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = 7
_DAYS_BETWEEN = {AppealRhythm.WEEKLY: 7, AppealRhythm.MONTHLY: 30}
_MOST = ("most of", "mainland")  # how zone.tab speaks of where most people of a country live
_FEW_ZONES = 5  # a country of more zones does not tell which one its people live in


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a Subscriber prefers of pace, in their own zone; the columns of storage.models.Subscriber.

    Quiet hours from an hour until the same one would be the whole day, and rest on every day every day: both
    are refused where they are chosen, and count as none here, so that nothing is held for ever.
    """

    zone: ZoneInfo
    rhythm: Rhythm = Rhythm.AT_ONCE
    hour: int = 8
    weekday: int = 0
    quiet_from: int | None = 22
    quiet_until: int | None = 8
    rest_days: int = 0
    appeal_rhythm: AppealRhythm = AppealRhythm.WEEKLY
    allows_urgent: bool = False

    @classmethod
    def of(cls, subscriber: Subscriber | Pace, default_zone: str) -> "Preferences":
        """What this Subscriber chose, and the likely zone where they chose none."""
        return cls(
            zone=zone_of(subscriber.zone, subscriber.language, default_zone),
            rhythm=subscriber.rhythm,
            hour=subscriber.hour,
            weekday=subscriber.weekday,
            quiet_from=subscriber.quiet_from,
            quiet_until=subscriber.quiet_until,
            rest_days=subscriber.rest_days,
            appeal_rhythm=subscriber.appeal_rhythm,
            allows_urgent=subscriber.allows_urgent,
        )


def hold(
    preferences: Preferences, now: datetime, *, away_until: datetime | None = None, urgent: bool = False
) -> datetime | None:
    """Until when a Story must be held; None: it may go now.

    An urgent one passes quiet hours and the wait for a Digest where that is allowed, but no day off and no
    day of rest.
    """
    if is_away(away_until, now):
        return next_due_at(preferences, now, away_until=away_until)
    if urgent and preferences.allows_urgent:
        return None if not _rests(preferences, now) else next_allowed_time(preferences, now)
    moment = next_due_at(preferences, now)
    return moment if moment > now else None


def next_due_at(preferences: Preferences, now: datetime, *, away_until: datetime | None = None) -> datetime:
    """When what is held at `now` is to be gathered: at once, in the next Digest, or after the day off."""
    if away_until is not None and is_away(away_until, now):
        return next_allowed_time(preferences, away_until)
    if preferences.rhythm is Rhythm.AT_ONCE:
        return next_allowed_time(preferences, now)
    return next(moment for moment in _digests(preferences, now) if moment > now)


def next_allowed_time(preferences: Preferences, moment: datetime) -> datetime:
    """The first instant from `moment` on that is neither in quiet hours nor on a day of rest."""
    for _ in range(4 * _WEEK):  # each turn skips a night or a day; 14 turns are a week of both
        local = moment.astimezone(preferences.zone)
        if _is_rest(preferences, local.date()):
            moment = _instant(local.date() + _DAY, 0, preferences.zone, after=moment)
        elif _is_quiet(preferences, local.hour):
            until = preferences.quiet_until or 0
            day = local.date() + (_DAY if until <= local.hour else timedelta(0))
            moment = _instant(day, until, preferences.zone, after=moment)
        else:
            break
    return moment.astimezone(UTC)


def is_away(away_until: datetime | None, now: datetime) -> bool:
    """A day off is going on."""
    return away_until is not None and away_until > now


def may_appeal(preferences: Preferences, appealed_at: datetime | None, now: datetime) -> bool:
    """An Appeal may ride along unasked, seen from the days on which the last one did: never two in any seven
    (thirty) days of the reader's calendar.

    The distance counts both ways: a machine's clock that stood wrong must not end Appeals for ever.
    """
    if preferences.appeal_rhythm is AppealRhythm.ON_REQUEST:
        return False
    if preferences.appeal_rhythm is AppealRhythm.EVERY_STORY or appealed_at is None:
        return True
    then, today = (moment.astimezone(preferences.zone).date() for moment in (appealed_at, now))
    return abs((today - then).days) >= _DAYS_BETWEEN[preferences.appeal_rhythm]


def day_off_end(zone: ZoneInfo, now: datetime, days: int) -> datetime:
    """The midnight at the reader's place that ends a day off of so many days; 1: today alone."""
    today = now.astimezone(zone).date()
    return _instant(today + timedelta(days=days), 0, zone, after=now).astimezone(UTC)


@cache
def zone_of(chosen: str | None, language: str, default_zone: str) -> ZoneInfo:
    """The zone that was chosen, else the likely one of the language; so too where this machine knows no such
    zone, for that must not hold up everybody else.
    """
    if chosen:
        with suppress(ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(chosen)
    return ZoneInfo(_likely_zone(language) or default_zone)


@cache
def _likely_zone(language: str) -> str | None:
    """Where most people live who speak it (Unicode's likely subtags); None where that country is wide."""
    country = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    zones = _zones_of(country)
    if not 0 < len(zones) <= _FEW_ZONES:
        return None
    return next((zone for zone, where in zones if any(word in where for word in _MOST)), zones[0][0])


@cache
def _zones_of(country: str) -> list[tuple[str, str]]:
    """Its zones, and which part of the country each is for, out of IANA's zone.tab."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return [(row[2], "".join(row[3:])) for row in rows if row[0] == country]


def _digests(preferences: Preferences, now: datetime) -> Iterator[datetime]:
    """When Digests come, in order, beginning with one that is surely past: each at its hour, or at the first
    opening after it.
    """
    today = now.astimezone(preferences.zone).date()
    for offset in range(-_WEEK - 2, 2 * _WEEK):
        day = today + timedelta(days=offset)
        if preferences.rhythm is Rhythm.WEEKLY and day.weekday() != preferences.weekday:
            continue
        yield next_allowed_time(preferences, _wall(day, preferences.hour, preferences.zone))


def _rests(preferences: Preferences, now: datetime) -> bool:
    return _is_rest(preferences, now.astimezone(preferences.zone).date())


def _is_rest(preferences: Preferences, day: date) -> bool:
    is_possible = preferences.rest_days & EVERY_DAY != EVERY_DAY
    return is_possible and bool(preferences.rest_days >> day.weekday() & 1)


def _is_quiet(preferences: Preferences, hour: int) -> bool:
    start, end = preferences.quiet_from, preferences.quiet_until
    if start is None or end is None or start == end:
        return False
    return start <= hour < end if start < end else hour >= start or hour < end


def _wall(day: date, hour: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The instant when clocks there show this hour: the first of two, or the jump that swallowed it."""
    moment = datetime.combine(day, time(hour, fold=fold), zone).astimezone(UTC)
    wall = datetime.combine(day, time(hour))
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before, after = (datetime.combine(day, time(hour, fold=side), zone).astimezone(UTC) for side in (1, 0))
    while after - before > timedelta(seconds=1):  # clocks jump at whole seconds
        middle = before + (after - before) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _instant(day: date, hour: int, zone: ZoneInfo, *, after: datetime) -> datetime:
    """As `_wall`, but later than `after`: where the hour comes twice, it may be the second."""
    moments = (_wall(day, hour, zone, fold) for fold in (0, 1))
    return next((moment for moment in moments if moment > after), after + _HOUR)
