"""Read a day that a person typed, in words or in figures: "Friday", "in 3 days", "24.12.", "bis Montag".

Pure. Knows all languages of the bot.
"""

import calendar
import re
from datetime import date, datetime, time, timedelta

from babel.dates import get_day_names

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.subscribers.timezones import folded

_LONGEST = 64  # characters; dates are shorter
_UNTIL = re.compile(
    r"^(?:until|till|to|до|по|do|bis(?: zum)?|hasta(?: el)?|jusqu[’']?\s?(?:au|à|en)?)\b[\s:]*", re.IGNORECASE
)
_IN_UNITS = re.compile(
    r"(?:(?:in|for|через|за|на|za|na|für|en|dans|pour|por|durante|pendant)\s+)?(?:(\d{1,3})|an?|one|einen?r?|eine|una?|une?)?\s*"
    r"(?:(day|день|дн|dzie[nń]|dni|tag|d[ií]a|jour)|(week|тижд|тижн|tydzie[nń]|tygod|woche|semana|semaine))"
    r"[^\W\d]{0,4}"
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FIGURES = re.compile(r"(\d{1,2})(?:([./-])\s?(\d{1,2}))?(?:[./-]\s?(\d{4}|\d{2}))?[.]?")
_CENTURY = 2000  # of a year that is written with two figures
_MONTHS = 12
_MONTH_FIRST = {"en"}  # as all other dates in English are shown here
_UNREADABLE = mark("I cannot read this date. Write it like “{words}” or “{figures}”.")
_NO_SUCH_DAY = mark("There is no such day. Look at the calendar, and write it anew.")
_LEAST_STEM = 4
_SPELLED = {("es", "pasado mañana"): "en 2 días"}  # what dateparser does not know


def parse_end(words: str, language: str, today: date) -> date:
    """Return the first day after a day off that is described in words: "until Friday", "3 days", "today".

    The end may be past. "today" ends tomorrow. Raises InvalidInputError if the words cannot be read, or if
    there is no such day.
    """
    text = _clean(_UNTIL.sub("", words.strip().lower()), language, today)
    found = _without_dateparser(text, language, today)
    return found or _in_words(text, language, today)


def parse_day(words: str, language: str, today: date) -> date:
    """Return the day that the words name; it may be today. Raises InvalidInputError as `parse_end` does."""
    text = _clean(words.strip().lower(), language, today)
    found = _without_dateparser(text, language, today)
    if found is not None:
        return found
    parsed = _parsed(text, language, today)
    if parsed is None:
        raise _unreadable(language, today)
    return parsed.date()


def example(language: str, today: date) -> dict[str, str]:
    """Return two ways to write a date in this language, under "words" and "figures"."""
    next_month = today + timedelta(days=30)
    day, month = next_month.day, next_month.month
    figures = f"{month}/{day}" if language in _MONTH_FIRST else f"{day}.{month}."
    return {"words": get_day_names("wide", "stand-alone", language)[4], "figures": figures}


def _clean(text: str, language: str, today: date) -> str:
    text = text.strip(" .,!")
    if not text or len(text) > _LONGEST:
        raise _unreadable(language, today)
    return text


def _without_dateparser(text: str, language: str, today: date) -> date | None:
    """Read the forms that dateparser does not know, or reads in another way than people mean them."""
    return _in_figures(text, language, today) or _in_units(text, today) or _weekday(text, language, today)


def _in_figures(text: str, language: str, today: date) -> date | None:
    iso = _ISO.fullmatch(text)
    if iso:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _FIGURES.fullmatch(text)
    if found is None:
        return None
    first, separator, second, year = found.groups()
    if second is None:
        return _next_day(int(first), today) if year is None else None
    day, month = _day_and_month(int(first), int(second), separator, language)
    if year is not None:
        return _date(int(year) if len(year) > len("26") else _CENTURY + int(year), month, day)
    this_year = _date_or_leap_day(today.year, month, day)
    return this_year if this_year > today else _date_or_leap_day(today.year + 1, month, day)


def _day_and_month(first: int, second: int, separator: str, language: str) -> tuple[int, int]:
    """Return day and month in this order. Months above 12 show that they were written the other way round."""
    is_month_first = separator == "/" and language in _MONTH_FIRST
    day, month = (second, first) if is_month_first else (first, second)
    return (month, day) if month > _MONTHS >= day else (day, month)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise InvalidInputError(_NO_SUCH_DAY) from None


def _date_or_leap_day(year: int, month: int, day: int) -> date:
    """Return that day of a year that was not written; for 29 February, of the next leap year."""
    while (month, day) == (2, 29) and not calendar.isleap(year):
        year += 1
    return _date(year, month, day)


def _next_day(day: int, today: date) -> date:
    """Return the next day with this number, of this month or the next ones."""
    for ahead in range(1, 63):  # every day from 1 to 31 comes within two months
        moment = today + timedelta(days=ahead)
        if moment.day == day:
            return moment
    raise InvalidInputError(_NO_SUCH_DAY)


def _in_units(text: str, today: date) -> date | None:
    """Read a number of days or weeks, with or without a word before it; no number means one."""
    found = _IN_UNITS.fullmatch(text)
    if found is None:
        return None
    number = int(found[1] or 1)
    return today + timedelta(days=number * (7 if found[3] else 1))


def _weekday(text: str, language: str, today: date) -> date | None:
    """Read the name of a weekday in any grammatical case; it means the next such day, never today."""
    words = [folded(word) for word in text.split()]
    if any(character.isdigit() for character in text):
        return None
    for code in (language, "en"):
        for day, name in get_day_names("wide", "stand-alone", code).items():
            stem = folded(name)[: max(_LEAST_STEM, len(folded(name)) - 3)]
            if any(word.startswith(stem) for word in words):
                return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)
    return None


def _in_words(text: str, language: str, today: date) -> date:
    found = _parsed(text, language, today)
    if found is not None:
        return found.date() if found.date() != today else today + timedelta(days=1)
    number = re.search(r"\d{1,2}", text)
    if number and _parsed(text.replace(number[0], "1", 1), language, today):
        raise InvalidInputError(_NO_SUCH_DAY)
    raise _unreadable(language, today)


def _parsed(text: str, language: str, today: date) -> datetime | None:
    import dateparser  # noqa: PLC0415  # 60 ms and 6 MiB for what few people ever type

    settings: dict[str, object] = {
        "PREFER_DATES_FROM": "future",
        "PREFER_DAY_OF_MONTH": "first",
        "RELATIVE_BASE": datetime.combine(today, time(0)),
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    text = _SPELLED.get((language, text), text)
    codes = [language] if language == "en" else [language, "en"]
    found: datetime | None = dateparser.parse(text, languages=codes, settings=settings)
    return found


def _unreadable(language: str, today: date) -> InvalidInputError:
    return InvalidInputError(_UNREADABLE, **example(language, today))
