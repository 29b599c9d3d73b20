"""Read a moment that a person typed, a day and an hour: "tomorrow 8:00", "in 2 hours", "Freitag um 18 Uhr".

Pure. Knows all languages of the bot.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from bot.errors import InvalidInputError
from bot.i18n import in_language, mark
from bot.subscribers.moments.date_parser import LONGEST, readings
from bot.subscribers.moments.local import NO_SUCH_DAY, local_moment
from bot.subscribers.moments.values import HOUR, Clock, Day, Meaning

_UNREADABLE = mark("I do not understand this time. Write it like “{example}”.")
_NO_HOUR = mark("The time is missing. Write it like “{example}”.")
_MIDNIGHT = mark("Midnight can mean two days. Write 0:00 for the start of the day, or 24:00 for its end.")


def parse_moment(words: str, language: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that the words name in `zone` at `now`; it may be past.

    An hour without a day is the next one. Raises InvalidInputError if the words cannot be read or mean more
    than one moment, if they name a day without an hour, or an hour that clocks skip or repeat on that day.
    """
    local = now.astimezone(zone)
    hint = example(language, local.date())
    if len(words) > LONGEST:
        raise InvalidInputError(_UNREADABLE, example=hint)
    for reading in readings(words, language, local.date()):
        meanings = reading.moments()
        found = {one for one in meanings if not one.is_day_alone}
        is_day_or_hour = len(found) < len(meanings) and any(one.day is None for one in found)  # "8.12"
        moments = set() if is_day_or_hour else {_moment(one, local, zone) for one in found}
        if len(moments) == 1:
            return moments.pop()
        if meanings:
            raise InvalidInputError(_UNREADABLE if found else _NO_HOUR, example=hint)
        if reading.no_such_day:
            raise InvalidInputError(NO_SUCH_DAY)
    raise InvalidInputError(_UNREADABLE, example=hint)


def example(language: str, today: date) -> str:
    """Return a moment as one writes it in this language: "Friday 8:00 AM"."""
    name = get_day_names("wide", "stand-alone", language)[(today.weekday() + 2) % 7]
    return f"{name} {in_language(language).hour(8)}"


def _moment(meaning: Meaning, local: datetime, zone: ZoneInfo) -> datetime:
    if meaning.ahead is not None:  # two hours are two hours, whatever clocks do meanwhile
        return (local.astimezone(UTC) + meaning.ahead).astimezone(zone)
    day, clock = meaning.day, meaning.clock
    if clock is None:
        this_hour = Clock(local.hour * HOUR + local.minute)
        return _on(day or Day(local.date()), this_hour, zone)
    if day is not None and day.date != local.date():
        if clock.midnight:
            raise InvalidInputError(_MIDNIGHT)
        return _on(day, clock, zone)
    if day is not None and not clock.midnight:
        return _on(day, clock, zone)
    today = _on(Day(local.date()), clock, zone)
    return today if today > local else _on(Day(local.date() + timedelta(days=1)), clock, zone)


def _on(day: Day, clock: Clock, zone: ZoneInfo) -> datetime:
    return local_moment(day.date, clock.minutes, zone)
