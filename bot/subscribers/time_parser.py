"""Read a moment that a person typed, a day and an hour: "tomorrow 8:00", "in 2 hours", "Freitag um 18 Uhr".

Pure. Knows all languages of the bot.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.subscribers import date_parser

_LONGEST = 64  # characters
_BEFORE = r"(?:at|о|об|um|à|a las|a la|las|o godz\.?|o|godz\.?)"  # what stands before an hour, by language
_HALF = r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?)"
_HOUR_AND_MINUTE = re.compile(
    rf"(?<![\d.:])(?:{_BEFORE}\s+)?(?P<hour>\d{{1,2}})[:h](?P<minute>\d{{2}}){_HALF}?(?!\d)"
)
_HOUR_WITH_HALF = re.compile(rf"(?<![\d.:])(?:{_BEFORE}\s+)?(?P<hour>\d{{1,2}}){_HALF}(?!\d)")
_HOUR_AFTER_WORD = re.compile(
    rf"(?:^|\s){_BEFORE}\s+(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?(?:\s*uhr)?$"
)
_HOUR_ALONE = re.compile(r"(?P<hour>\d{1,2})(?:\s*(?:uhr|h|год\.?|година))?")
_BEFORE_DAY = re.compile(r"^(?:on|у|в|am|le|el|w|we|в[іо])\s+")
_UNREADABLE = mark("I cannot read this hour. Write it like “{example}”.")
_NO_HOUR = mark("The hour is missing. Write it like “{example}”.")
_NOON = 12


def parse_moment(words: str, language: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that the words name in `zone` at `now`; it may be past.

    An hour without a day is the next one. Raises InvalidInputError if the words cannot be read, or if they
    name a day without an hour.
    """
    local = now.astimezone(zone)
    text = " ".join(words.lower().replace("ʼ", "'").replace("’", "'").split()).strip(" .,!")
    if not text or len(text) > _LONGEST:
        raise InvalidInputError(_UNREADABLE, example=example(language, local.date()))
    found = (
        _HOUR_AND_MINUTE.search(text)
        or _HOUR_WITH_HALF.search(text)
        or _HOUR_AFTER_WORD.search(text)
        or _HOUR_ALONE.fullmatch(text)
    )
    if found is None:
        return _relative(text, language, local)
    hour = _time(found, language, local.date())
    rest = (text[: found.start()] + " " + text[found.end() :]).strip(" ,")
    if not rest:
        return _next(hour, local)
    day = date_parser.parse_day(_BEFORE_DAY.sub("", rest), language, local.date())
    return datetime.combine(day, hour, tzinfo=zone)


def example(language: str, today: date) -> str:
    """Return a moment as one writes it in this language: "Friday 8:00"."""
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


def _next(hour: time, local: datetime) -> datetime:
    today = datetime.combine(local.date(), hour, tzinfo=local.tzinfo)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), hour, tzinfo=local.tzinfo)
    return today if today > local else tomorrow


def _relative(text: str, language: str, local: datetime) -> datetime:
    """Read a number of hours or minutes ahead. Raises InvalidInputError if only a day is named."""
    import dateparser  # noqa: PLC0415  # 60 ms and 6 MiB for what few people ever type

    naive = local.replace(tzinfo=None)
    settings = {"RELATIVE_BASE": naive, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False}
    codes = [language] if language == "en" else [language, "en"]
    found: datetime | None = dateparser.parse(text, languages=codes, settings=settings)
    if found is None:
        raise InvalidInputError(_UNREADABLE, example=example(language, local.date()))
    if found.time() in (time(0), naive.time()):
        raise InvalidInputError(_NO_HOUR, example=example(language, local.date()))
    ahead = local.astimezone(UTC) + (found - naive)  # two hours are two hours, whatever clocks do meanwhile
    return ahead.astimezone(local.tzinfo)
