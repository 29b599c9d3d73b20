"""Decide when a Subscriber may get a push, and whether an Appeal may come along with it.

Pure functions. They promise, whatever clocks in a time zone do (tests/subscribers/test_pacing.py): nothing
comes in quiet hours, on a rest day or on a day off; nothing is held for longer than `LONGEST_HOLD` after a
day off; no more Appeals come than allowed.
"""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from storage.broadcasts.preparation import Sampled
from storage.deliveries.recipients import Pace
from storage.models import Subscriber
from storage.words import AppealRhythm, Rhythm, WarnedStories

HOURS = range(24)
WEEKDAYS = range(7)  # 0 is Monday
EVERY_DAY = 0b111_1111  # a set of weekdays as bits; bit 0 is Monday
LONGEST_HOLD = timedelta(days=15)  # a week to the next Digest, a week of rest and quiet; a day for odd clocks
EVENING = 3
"""Hours before a reader's quiet hours in which nothing comes that is to come by day only."""

_NIGHT = tuple(Subscriber.__table__.c[name].default.arg for name in ("quiet_from", "quiet_until"))
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = 7
_DAYS_BETWEEN = {AppealRhythm.WEEKLY: 7, AppealRhythm.MONTHLY: 30}
_MOST_PEOPLE = ("most of", "mainland")  # how zone.tab marks the zone where most people of a country live
_FEW_ZONES = 5  # a country of more zones does not tell which one its people live in


@dataclass(frozen=True, slots=True)
class PacingPreferences:
    """The Preferences that decide when messages come, as in the columns of storage.models.Subscriber.

    `hour` (0-23), `weekday` (0: Monday) and the quiet hours are local to `zone`; bit 0 of `rest_days` is
    Monday. Quiet hours that start and end at the same hour would take the whole day, and seven rest days the
    whole week: the input refuses both, and here they count as none, so that nothing is held for ever.
    """

    zone: ZoneInfo
    rhythm: Rhythm
    hour: int
    weekday: int
    quiet_from: int | None
    quiet_until: int | None
    rest_days: int
    appeal_rhythm: AppealRhythm
    allows_urgent: bool

    @classmethod
    def of(cls, subscriber: Subscriber | Pace | Sampled, default_zone: str) -> "PacingPreferences":
        """Return the Preferences of this Subscriber, with the likely time zone where none was chosen."""
        return cls(
            zone=timezone_of(subscriber.zone, subscriber.language, default_zone),
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
    preferences: PacingPreferences,
    now: datetime,
    *,
    away_until: datetime | None = None,
    urgent: bool = False,
) -> datetime | None:
    """Return until when a Story must be held; None if it may go now.

    Where the reader allows it, an urgent Story passes quiet hours and does not wait for a Digest; it never
    passes a day off or a rest day.
    """
    if not is_held(preferences, now, away_until=away_until, urgent=urgent):
        return None
    if urgent and preferences.allows_urgent and not is_away(away_until, now):
        return next_allowed_time(preferences, now)
    return next_due_at(preferences, now, away_until=away_until)


def is_held(
    preferences: PacingPreferences,
    now: datetime,
    *,
    away_until: datetime | None = None,
    urgent: bool = False,
) -> bool:
    """Return whether a Story must be held; see `hold`, which also finds out until when."""
    if is_away(away_until, now):
        return True
    if urgent and preferences.allows_urgent:
        return _rests(preferences, now)
    return preferences.rhythm is not Rhythm.AT_ONCE or next_allowed_time(preferences, now) > now


def by_day(preferences: PacingPreferences) -> PacingPreferences:
    """Return the Preferences for what may come by day only: the quiet hours begin with the evening.

    Without quiet hours, the night is that of a new Subscriber. An urgent Story waits as any other. At least
    an hour is left, so that nothing is held for ever.
    """
    start, end = preferences.quiet_from, preferences.quiet_until
    if start is None or end is None or start == end:
        start, end = _NIGHT
    awake = (start - end) % len(HOURS)
    evening = (start - min(EVENING, awake - 1)) % len(HOURS)
    return replace(preferences, quiet_from=evening, quiet_until=end, allows_urgent=False)


def is_day(preferences: PacingPreferences, now: datetime) -> bool:
    """Return whether it is neither evening nor night for the reader; rest days do not matter."""
    return not _is_quiet(by_day(preferences), now.astimezone(preferences.zone).hour)


def is_warned_first(choice: WarnedStories, preferences: PacingPreferences, now: datetime) -> bool:
    """Return whether a Story with a content warning is covered where the reader asks for Stories now."""
    if choice is WarnedStories.BY_DAY:
        return not is_day(preferences, now)
    return choice is WarnedStories.WARN


def next_due_at(
    preferences: PacingPreferences, now: datetime, *, away_until: datetime | None = None
) -> datetime:
    """Return when a Story held at `now` becomes due: at once, in the next Digest, or after the day off."""
    if away_until is not None and is_away(away_until, now):
        return next_allowed_time(preferences, away_until)
    if preferences.rhythm is Rhythm.AT_ONCE:
        return next_allowed_time(preferences, now)
    return next(moment for moment in _digest_times(preferences, now) if moment > now)


def next_allowed_time(preferences: PacingPreferences, moment: datetime) -> datetime:
    """Return the first instant from `moment` on, in UTC, that is neither in quiet hours nor on a rest day."""
    for _ in range(4 * _WEEK):  # each turn skips a night or a day; 14 turns are a week of both
        local = moment.astimezone(preferences.zone)
        if _is_rest(preferences, local.date()):
            moment = _instant_after(moment, local.date() + _DAY, 0, preferences.zone)
        elif _is_quiet(preferences, local.hour):
            until = preferences.quiet_until or 0
            day = local.date() + (_DAY if until <= local.hour else timedelta(0))
            moment = _instant_after(moment, day, until, preferences.zone)
        else:
            break
    return moment.astimezone(UTC)


def is_away(away_until: datetime | None, now: datetime) -> bool:
    """Return whether a day off is going on."""
    return away_until is not None and away_until > now


def may_appeal(
    preferences: PacingPreferences,
    appealed_at: datetime | None,
    now: datetime,
    *,
    helped_until: datetime | None = None,
) -> bool:
    """Return whether an Appeal may come along with a push: at most one in any 7 (or 30) days.

    `appealed_at` is when the last one did; days are those of the reader's calendar. The distance counts both
    ways, so that a machine's clock that was wrong does not end Appeals for ever. None comes before
    `helped_until` to a reader who said that they helped.
    """
    if has_helped(helped_until, now) or preferences.appeal_rhythm is AppealRhythm.ON_REQUEST:
        return False
    if preferences.appeal_rhythm is AppealRhythm.EVERY_STORY or appealed_at is None:
        return True
    then, today = (moment.astimezone(preferences.zone).date() for moment in (appealed_at, now))
    return abs((today - then).days) >= _DAYS_BETWEEN[preferences.appeal_rhythm]


def day_off_end(zone: ZoneInfo, now: datetime, days: int) -> datetime:
    """Return the local midnight, in UTC, that ends a day off of this many days; 1 is today alone."""
    today = now.astimezone(zone).date()
    return _instant_after(now, today + timedelta(days=days), 0, zone).astimezone(UTC)


def has_helped(helped_until: datetime | None, now: datetime) -> bool:
    """Return whether the reader said that they helped, and the time that they chose is not over."""
    return helped_until is not None and helped_until > now


def months_later(zone: ZoneInfo, now: datetime, months: int) -> datetime:
    """Return the local midnight, in UTC, of this day so many months later, or of that month's last day."""
    today = now.astimezone(zone).date()
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    return _instant_after(now, date(year, month + 1, day), 0, zone).astimezone(UTC)


@cache
def timezone_of(chosen: str | None, language: str, default_zone: str) -> ZoneInfo:
    """Return the chosen time zone, else the likely one of the language, else the default.

    A chosen zone that this machine does not know counts as none: it must not stop pushes to others.
    """
    if chosen:
        with suppress(ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(chosen)
    return ZoneInfo(_likely_zone(language) or default_zone)


@cache
def _likely_zone(language: str) -> str | None:
    """Return where most speakers of the language live (Unicode's likely subtags); None in a wide country."""
    country = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    zones = _zones_of(country)
    if not 0 < len(zones) <= _FEW_ZONES:
        return None
    return next((zone for zone, where in zones if any(word in where for word in _MOST_PEOPLE)), zones[0][0])


@cache
def _zones_of(country: str) -> list[tuple[str, str]]:
    """Return a country's zones from IANA's zone.tab, each with the part of the country that it is for."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return [(row[2], "".join(row[3:])) for row in rows if row[0] == country]


def _digest_times(preferences: PacingPreferences, now: datetime) -> Iterator[datetime]:
    """Yield when Digests come, in order: each at its hour, or at the first allowed time after it.

    The first ones are surely past; there are enough for the next one to be among them.
    """
    today = now.astimezone(preferences.zone).date()
    for offset in range(-_WEEK - 2, 2 * _WEEK):
        day = today + timedelta(days=offset)
        if preferences.rhythm is Rhythm.WEEKLY and day.weekday() != preferences.weekday:
            continue
        yield next_allowed_time(preferences, _instant(day, preferences.hour, preferences.zone))


def _rests(preferences: PacingPreferences, now: datetime) -> bool:
    return _is_rest(preferences, now.astimezone(preferences.zone).date())


def _is_rest(preferences: PacingPreferences, day: date) -> bool:
    is_possible = preferences.rest_days & EVERY_DAY != EVERY_DAY
    return is_possible and bool(preferences.rest_days >> day.weekday() & 1)


def _is_quiet(preferences: PacingPreferences, hour: int) -> bool:
    start, end = preferences.quiet_from, preferences.quiet_until
    if start is None or end is None or start == end:
        return False
    return start <= hour < end if start < end else hour >= start or hour < end


def _instant(day: date, hour: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return when clocks in the zone show this hour, in UTC.

    Where they show it twice, `fold` says which time; where they skip it, the instant of the jump is returned.
    """
    moment = datetime.combine(day, time(hour, fold=fold), zone).astimezone(UTC)
    shown = datetime.combine(day, time(hour))
    if moment.astimezone(zone).replace(tzinfo=None) == shown:
        return moment
    before, after = (datetime.combine(day, time(hour, fold=side), zone).astimezone(UTC) for side in (1, 0))
    while after - before > timedelta(seconds=1):  # clocks jump at whole seconds
        middle = before + (after - before) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < shown:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _instant_after(moment: datetime, day: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return the first instant after `moment` at which clocks show this hour; else an hour later."""
    instants = (_instant(day, hour, zone, fold) for fold in (0, 1))
    return next((instant for instant in instants if instant > moment), moment + _HOUR)
