"""Pure: the day until which somebody wants to be left alone, as people write it, in words or in figures."""

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
_MONTH_FIRST = {"en"}  # as all other dates in English are shown here
_UNREADABLE = mark("I cannot read this date. Write it like “{words}” or “{figures}”.")
_NO_SUCH_DAY = mark("There is no such day. Look at the calendar, and write it anew.")
_LEAST_STEM = 4
_SPELLED = {("es", "pasado mañana"): "en 2 días"}  # what dateparser does not know


def until(words: str, language: str, today: date) -> date:
    """The first day on which they want to hear from us again; it may be past.

    "today" is over tomorrow. InvalidInputError where it cannot be read, or there is no such day.
    """
    asked = _UNTIL.sub("", words.strip().lower()).strip(" .,!")
    if not asked or len(asked) > _LONGEST:
        raise _unreadable(language, today)
    found = _in_figures(asked, language, today) or _in_units(asked, today) or _weekday(asked, language, today)
    return found or _in_words(asked, language, today)


def day(words: str, language: str, today: date) -> date:
    """The day that is meant, which may be today. InvalidInputError where it cannot be read."""
    asked = words.strip().lower().strip(" .,!")
    if not asked or len(asked) > _LONGEST:
        raise _unreadable(language, today)
    found = _in_figures(asked, language, today) or _in_units(asked, today) or _weekday(asked, language, today)
    if found is not None:
        return found
    parsed = _parsed(asked, language, today)
    if parsed is None:
        raise _unreadable(language, today)
    return parsed.date()


def example(language: str, today: date) -> dict[str, str]:
    """Two ways to write a date that this language knows."""
    next_month = today + timedelta(days=30)
    day, month = next_month.day, next_month.month
    figures = f"{month}/{day}" if language in _MONTH_FIRST else f"{day}.{month}."
    return {"words": get_day_names("wide", "stand-alone", language)[4], "figures": figures}


def _in_figures(asked: str, language: str, today: date) -> date | None:
    iso = _ISO.fullmatch(asked)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _FIGURES.fullmatch(asked)
    if found is None:
        return None
    first, mark_between, second, year = found.groups()
    if second is None:  # a day of this month, or the next
        return _next_day(int(first), today) if year is None else None
    day, month = int(first), int(second)
    is_month_first = mark_between == "/" and language in _MONTH_FIRST
    if is_month_first:
        day, month = month, day
    if month > 12 >= day:  # noqa: PLR2004  # there are twelve
        day, month = month, day
    if year is not None:
        return _day(int(year) if len(year) > 2 else 2000 + int(year), month, day)  # noqa: PLR2004  # "26"
    this_year = _day(today.year, month, day, leap=True)
    return this_year if this_year > today else _day(today.year + 1, month, day, leap=True)


def _day(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """That day. With `leap`, no year was said: 29 February is the next one that there is."""
    try:
        return date(year, month, day)
    except ValueError:
        if leap and (month, day) == (2, 29):
            return _day(year + 1, month, day, leap=True)
        raise InvalidInputError(_NO_SUCH_DAY) from None


def _next_day(day: int, today: date) -> date:
    for ahead in range(1, 63):  # every day from 1 to 31 comes within two months
        moment = today + timedelta(days=ahead)
        if moment.day == day:
            return moment
    raise InvalidInputError(_NO_SUCH_DAY)


def _in_units(asked: str, today: date) -> date | None:
    """So many days or weeks, with a word before them or without; none said is one."""
    found = _IN_UNITS.fullmatch(asked)
    if found is None:
        return None
    number = int(found[1] or 1)
    return today + timedelta(days=number * (7 if found[3] else 1))


def _weekday(asked: str, language: str, today: date) -> date | None:
    """The next such day of the week, in whatever case its name stands; never today."""
    words = [folded(word) for word in asked.split()]
    if any(character.isdigit() for character in asked):
        return None
    for tongue in (language, "en"):
        for day, name in get_day_names("wide", "stand-alone", tongue).items():
            stem = folded(name)[: max(_LEAST_STEM, len(folded(name)) - 3)]
            if any(word.startswith(stem) for word in words):
                return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)
    return None


def _in_words(asked: str, language: str, today: date) -> date:
    found = _parsed(asked, language, today)
    if found is not None:
        return found.date() if found.date() != today else today + timedelta(days=1)
    number = re.search(r"\d{1,2}", asked)
    if number and _parsed(asked.replace(number[0], "1", 1), language, today):
        raise InvalidInputError(_NO_SUCH_DAY)
    raise _unreadable(language, today)


def _parsed(asked: str, language: str, today: date) -> datetime | None:
    import dateparser  # noqa: PLC0415  # 60 ms and 6 MiB for what few people ever type

    settings: dict[str, object] = {
        "PREFER_DATES_FROM": "future",
        "PREFER_DAY_OF_MONTH": "first",
        "RELATIVE_BASE": datetime.combine(today, time(0)),
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    asked = _SPELLED.get((language, asked), asked)
    tongues = [language] if language == "en" else [language, "en"]
    found: datetime | None = dateparser.parse(asked, languages=tongues, settings=settings)
    return found


def _unreadable(language: str, today: date) -> InvalidInputError:
    return InvalidInputError(_UNREADABLE, **example(language, today))
