"""Pure: the moment that somebody means who writes a day and an hour, in words or in figures."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.subscribers import days

_LONGEST = 64  # characters
_BEFORE = r"(?:at|о|об|um|à|a las|a la|las|o godz\.?|o|godz\.?)"  # what stands before an hour, by language
_HALF = r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?)"
_CLOCK = re.compile(rf"(?<![\d.:])(?:{_BEFORE}\s+)?(?P<hour>\d{{1,2}})[:h](?P<minute>\d{{2}}){_HALF}?(?!\d)")
_FULL = re.compile(rf"(?<![\d.:])(?:{_BEFORE}\s+)?(?P<hour>\d{{1,2}}){_HALF}(?!\d)")
_AFTER_WORD = re.compile(rf"(?:^|\s){_BEFORE}\s+(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?(?:\s*uhr)?$")
_ALONE = re.compile(r"(?P<hour>\d{1,2})(?:\s*(?:uhr|h|год\.?|година))?")
_BEFORE_DAY = re.compile(r"^(?:on|у|в|am|le|el|w|we|в[іо])\s+")
_UNREADABLE = mark("I cannot read this hour. Write it like “{example}”.")
_NO_HOUR = mark("The hour is missing. Write it like “{example}”.")
_NOON = 12


def moment(words: str, language: str, now: datetime, zone: ZoneInfo) -> datetime:
    """When that is, seen at `now` from `zone`; it may be past. An hour alone is the next one.

    InvalidInputError where it cannot be read, or where a day is named without an hour.
    """
    local = now.astimezone(zone)
    asked = " ".join(words.lower().replace("ʼ", "'").replace("’", "'").split()).strip(" .,!")
    if not asked or len(asked) > _LONGEST:
        raise InvalidInputError(_UNREADABLE, example=example(language, local.date()))
    found = (
        _CLOCK.search(asked) or _FULL.search(asked) or _AFTER_WORD.search(asked) or _ALONE.fullmatch(asked)
    )
    if found is None:
        return _relative(asked, language, local)
    clock = _time(found, language, local.date())
    rest = (asked[: found.start()] + " " + asked[found.end() :]).strip(" ,")
    if not rest:
        return _next(clock, local)
    day = days.day(_BEFORE_DAY.sub("", rest), language, local.date())
    return datetime.combine(day, clock, tzinfo=zone)


def example(language: str, today: date) -> str:
    """A way to write it that this language knows: "Friday 8:00"."""
    name = get_day_names("wide", "stand-alone", language)[(today.weekday() + 2) % 7]
    return f"{name} 8:00"


def _time(found: "re.Match[str]", language: str, today: date) -> time:
    parts = found.groupdict()
    hour, minute, half = int(parts["hour"]), int(parts.get("minute") or 0), parts.get("half")
    if half and 1 <= hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise InvalidInputError(_UNREADABLE, example=example(language, today)) from None


def _next(clock: time, local: datetime) -> datetime:
    today = datetime.combine(local.date(), clock, tzinfo=local.tzinfo)
    return (
        today
        if today > local
        else datetime.combine(local.date() + timedelta(days=1), clock, tzinfo=local.tzinfo)
    )


def _relative(asked: str, language: str, local: datetime) -> datetime:
    """So many hours or minutes ahead; a day alone names no hour."""
    import dateparser  # noqa: PLC0415  # 60 ms and 6 MiB for what few people ever type

    naive = local.replace(tzinfo=None)
    settings = {"RELATIVE_BASE": naive, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False}
    tongues = [language] if language == "en" else [language, "en"]
    found: datetime | None = dateparser.parse(asked, languages=tongues, settings=settings)
    if found is None:
        raise InvalidInputError(_UNREADABLE, example=example(language, local.date()))
    if found.time() in (time(0), naive.time()):
        raise InvalidInputError(_NO_HOUR, example=example(language, local.date()))
    ahead = local.astimezone(UTC) + (found - naive)  # two hours are two hours, whatever clocks do meanwhile
    return ahead.astimezone(local.tzinfo)
