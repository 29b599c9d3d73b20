"""Read dates that feedparser does not: months in the feed's own language, dotted days, 12-hour clocks.

RSS wants English names (RFC 822) and 24 hours. Names come from CLDR, for each language of the bot.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

from babel import Locale

from bot.i18n import languages
from bot.subscribers.places.cities import folded

_LONGEST = 200  # characters of a date; hostile feeds send megabytes
_HALF_A_DAY = timedelta(hours=12)
_NOON = 12
_SHORTEST = 3  # letters of an abbreviated month
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})(?:\.|er|º|-?го)?[\s-]+(?:de\s+)?"
    r"(?P<month>[^\W\d_]+)\.?,?[\s-]+(?:de\s+)?(?P<year>[0-9]{4})"
)
_MONTH_FIRST = re.compile(r"(?P<month>[^\W\d_]+)\.?\s+(?P<day>[0-9]{1,2}),?\s+(?P<year>[0-9]{4})")
_ORDERS = (
    _DAY_FIRST,
    _MONTH_FIRST,
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"),
)
_CLOCK = re.compile(
    r"(?<![0-9:])(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2}))?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
    r"(?:\s*(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?",
    re.IGNORECASE,
)


def read(text: str) -> datetime | None:
    """Return the moment in UTC; without a zone the time counts as UTC. None if no date is found."""
    text = text[:_LONGEST]
    found = next(filter(None, (order.search(text) for order in _ORDERS)), None)
    month = _month(found["month"]) if found else None
    if found is None or month is None:
        return None
    try:
        day = date(int(found["year"]), month, int(found["day"]))
        return _at(day, text[found.end() :])
    except (ValueError, OverflowError):
        return None


def has_twelve_hours(text: str) -> bool:
    """Return whether a time in the text has "am" or "pm", which feedparser ignores."""
    clock = _CLOCK.search(text[:_LONGEST])
    return clock is not None and clock["half"] is not None


def _half_day(clock: re.Match[str]) -> timedelta:
    """Return half a day for 1 to 11 pm, less half a day for 12 am, else nothing."""
    half, hour = (clock["half"] or "").lower(), int(clock["hour"])
    if half == "p" and 0 < hour < _NOON:
        return _HALF_A_DAY
    return -_HALF_A_DAY if half == "a" and hour == _NOON else timedelta()


def _at(day: date, rest: str) -> datetime:
    clock = _CLOCK.search(rest)
    if clock is None:
        return datetime.combine(day, time(), UTC)
    ahead = timedelta(hours=int(clock["hours"] or 0), minutes=int(clock["minutes"] or 0))
    zone = timezone(-ahead if clock["sign"] == "-" else ahead)
    shown = time(int(clock["hour"]), int(clock["minute"]), min(int(clock["second"] or 0), 59))
    return (datetime.combine(day, shown, zone) + _half_day(clock)).astimezone(UTC)


def _month(name: str) -> int | None:
    """Return the number of a month: its own, or that of the only month with this name or beginning."""
    if name.isdecimal():
        return int(name)
    written = folded(name)
    numbers = {number for known, number in _months() if known == written} or {
        number for known, number in _months() if len(written) >= _SHORTEST and known.startswith(written)
    }
    return numbers.pop() if len(numbers) == 1 else None


@cache
def _months() -> frozenset[tuple[str, int]]:
    return frozenset(
        (folded(name), number)
        for language in languages()
        for widths in Locale.parse(language).months.values()
        for width in ("wide", "abbreviated")
        for number, name in widths[width].items()
    )
