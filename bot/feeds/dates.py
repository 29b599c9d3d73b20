"""Read the dates of feeds whose programs write the names of months in their own language.

RSS wants English names (RFC 822), and feedparser reads no others. Names come from CLDR, for each language of
the bot.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

from babel import Locale

from bot.i18n import languages
from bot.subscribers.cities import folded

_SHORTEST = 3  # letters of an abbreviated month
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})(?:\.|er|º|-?го)?[\s-]+(?:de\s+)?"
    r"(?P<month>[^\W\d_]+)\.?,?[\s-]+(?:de\s+)?(?P<year>[0-9]{4})"
)
_MONTH_FIRST = re.compile(r"(?P<month>[^\W\d_]+)\.?\s+(?P<day>[0-9]{1,2}),?\s+(?P<year>[0-9]{4})")
_CLOCK = re.compile(
    r"(?<![0-9:])(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2}))?"
    r"(?:\s*(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?"
)


def read(text: str) -> datetime | None:
    """Return the moment in UTC; without a zone the time counts as UTC. None if this is no such date."""
    found = _DAY_FIRST.search(text) or _MONTH_FIRST.search(text)
    month = _month(found["month"]) if found else None
    if found is None or month is None:
        return None
    try:
        day = date(int(found["year"]), month, int(found["day"]))
        return _at(day, text[found.end() :])
    except (ValueError, OverflowError):
        return None


def _at(day: date, rest: str) -> datetime:
    clock = _CLOCK.search(rest)
    if clock is None:
        return datetime.combine(day, time(), UTC)
    ahead = timedelta(hours=int(clock["hours"] or 0), minutes=int(clock["minutes"] or 0))
    zone = timezone(-ahead if clock["sign"] == "-" else ahead)
    shown = time(int(clock["hour"]), int(clock["minute"]), min(int(clock["second"] or 0), 59))
    return datetime.combine(day, shown, zone).astimezone(UTC)


def _month(name: str) -> int | None:
    """Return the number of the month that this name, or its first three letters or more, belongs to alone."""
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
