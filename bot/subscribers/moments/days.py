"""The rules for days, and for the end of a day off."""

import calendar
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.subscribers.moments.values import MONTH_FIRST, Day, NoSuchDayError, Rule, Seen, Values, only

_WEEK, _MONTHS = 7, 12
_SHORT_YEAR, _CENTURY = 2, 2000  # a year of two figures, and what is added to it
_TWO_MONTHS = 62  # days; every number from 1 to 31 comes within them


def _next_date(month: int, day: int, seen: Seen) -> date:
    """Return the next such date, today included; 29 February is that of the next leap year."""
    year = seen.today.year
    for ahead in range(9):  # two leap years are at most eight years apart
        if day <= calendar.monthrange(year + ahead, month)[1]:
            found = date(year + ahead, month, day)
            if found >= seen.today:
                return found
        elif (month, day) != (2, 29):
            break
    raise NoSuchDayError


def _date(year: int | None, month: int, day: int, seen: Seen) -> date:
    if not 1 <= month <= _MONTHS or day < 1:
        raise NoSuchDayError
    if year is None:
        return _next_date(month, day, seen)
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchDayError from None


def _named_date(values: Values, seen: Seen) -> date:
    return _date(values.get("year"), values["month"], values["day_number"], seen)


def _month_first(values: Values, seen: Seen) -> date | None:
    return _named_date(values, seen) if seen.language in MONTH_FIRST else None


def _figure_date(values: Values, seen: Seen) -> date | None:
    first, separator, second, year = values["figure_date"]
    month_first = separator == "/" and seen.language in MONTH_FIRST
    day, month = (second, first) if month_first else (first, second)
    if separator == "/" and month > _MONTHS >= day:  # the figures show that they are the other way round
        day, month = month, day
    full = None if year is None else int(year) + (_CENTURY if len(year) == _SHORT_YEAR else 0)
    return _date(full, month, day, seen)


def _iso_date(values: Values, seen: Seen) -> date:
    year, month, day = values["iso_date"]
    return _date(year, month, day, seen)


def _day_of_month(values: Values, seen: Seen) -> date:
    """Return the next day with this number, today included, of this month or a later one."""
    number = values.get("figure", values.get("figure_with_dot"))
    for ahead in range(_TWO_MONTHS + 1):
        moment = seen.today + timedelta(days=ahead)
        if moment.day == number:
            return moment
    raise NoSuchDayError


def _weekday(values: Values, seen: Seen) -> Day:
    """Return the next such day after today; "this Friday" may be today."""
    ahead = (values["weekday"] - seen.today.weekday()) % _WEEK
    return Day(seen.today + timedelta(days=ahead or (0 if "this" in values else _WEEK)))


def _weekday_period(values: Values, seen: Seen) -> Day:
    weekday, period = values["weekday_period"]
    return replace(_weekday({"weekday": weekday}, seen), period=period)


def _weekday_of_next_week(values: Values, seen: Seen) -> Day:
    monday = seen.today + timedelta(days=_WEEK - seen.today.weekday())
    return Day(monday + timedelta(days=values["weekday"]))


def _agreeing(values: Values, _: Seen) -> Day:
    """Return a date that was written with its weekday. Raises NoSuchDayError if they disagree."""
    found: date = values["date"] if "date" in values else values["day_of_month"]
    if found.weekday() != values["weekday"]:
        raise NoSuchDayError
    return Day(found)


def _days_ahead(values: Values, seen: Seen) -> Day | None:
    """Return the day in a number of days, weeks, months or years; without a number in one of them."""
    number, unit = values.get("count", 1), values.get("unit") or values.get("one")
    if not number:
        return None
    if unit in {"day", "week"}:
        day = seen.today + timedelta(days=number * (_WEEK if unit == "week" else 1))
    elif unit in {"month", "year"}:
        months = seen.today.month - 1 + number * (_MONTHS if unit == "year" else 1)
        year, month = seen.today.year + months // _MONTHS, months % _MONTHS + 1
        day = date(year, month, min(seen.today.day, calendar.monthrange(year, month)[1]))
    else:
        return None
    return Day(day, at_this_hour=True)


def _end(values: Values, seen: Seen) -> Day | None:
    """Return the first day after a day off; one that ends today takes the whole of it."""
    day: Day = values["day"]
    if day.period:
        return None
    return Day(seen.today + timedelta(days=1)) if day.date == seen.today else day


def _after(values: Values, seen: Seen) -> Day | None:
    """Return the day after the last one of a day off: "until Friday inclusive"."""
    day: Day = values["day"]
    return None if day.period else Day(max(day.date, seen.today) + timedelta(days=1))


DAY_RULES: Sequence[Rule] = (
    # Days.
    ("day_number", "figure ordinal?", only("figure")),
    ("day_number", "figure_with_dot", only("figure_with_dot")),
    ("day_number", "day_word", only("day_word")),
    ("full_year", "of? year year_word?", only("year")),
    ("date", "day_number of? month", _named_date),
    (
        "date",
        "day_number of? month full_year",
        lambda values, seen: _date(values["full_year"], values["month"], values["day_number"], seen),
    ),
    ("date", "month on? day_number", _month_first),
    ("date", "month on? day_number year", _month_first),
    ("date", "figure_date", _figure_date),
    ("date", "iso_date", _iso_date),
    ("date", "on? figure ordinal", _day_of_month),
    ("date", "on figure_with_dot", _day_of_month),
    ("date", "on_number figure", _day_of_month),
    (
        "day_of_month",
        "on? figure ordinal?",
        _day_of_month,
    ),  # only behind a weekday, or where no hour can be meant
    ("day_of_month", "figure_with_dot", _day_of_month),
    ("day_core", "of? relative", lambda values, seen: Day(seen.today + timedelta(days=values["relative"]))),
    ("day_core", "on? date", lambda values, _: Day(values["date"])),
    ("day_core", "on? weekday on? date", _agreeing),
    ("day_core", "on? weekday day_of_month", _agreeing),
    ("day_core", "on? weekday", _weekday),
    ("day_core", "on? this weekday", _weekday),
    ("day_core", "on? next weekday", _weekday),
    ("day_core", "on? weekday next", _weekday),
    ("day_core", "on? weekday next_week", _weekday_of_next_week),
    ("day_core", "next_week on? weekday", _weekday_of_next_week),
    ("day_core", "in count unit", _days_ahead),
    ("day_core", "in one", _days_ahead),
    ("day_core", "count unit later", _days_ahead),
    ("day", "day_core", only("day_core")),
    ("day", "day_core period_after_day", lambda v, _: replace(v["day_core"], period=v["period_after_day"])),
    ("day", "on? weekday_period", _weekday_period),
    ("day", "part_of_today", lambda values, seen: Day(seen.today, values["part_of_today"])),
    # The end of a day off.
    ("days", "for? count unit long?", _days_ahead),
    ("days", "for? one", _days_ahead),
    ("end", "days", only("days")),
    ("end", "until? day", _end),
    ("end", "until day inclusive", _after),
    ("end", "through day", _after),
    ("end", "until? day_of_month", lambda values, seen: _end({"day": Day(values["day_of_month"])}, seen)),
)
