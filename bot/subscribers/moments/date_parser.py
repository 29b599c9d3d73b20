"""Read a day that a person typed, in words or in figures: "Friday", "in 3 days", "24.12.", "bis Montag".

Pure. Knows all languages of the bot.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from babel.dates import get_day_names

from bot.errors import InvalidInputError
from bot.i18n import SOURCE_LANGUAGE, mark
from bot.subscribers.moments.local import NO_SUCH_DAY
from bot.subscribers.moments.reading import Reading
from bot.subscribers.moments.values import MONTH_FIRST

LONGEST = 64  # characters; days and hours are shorter
_DAYS = re.compile(r"0?[1-9]|[12][0-9]|3[01]")
_UNREADABLE = mark("I do not understand this date. Write it like “{words}” or “{figures}”.")


def parse_end(words: str, language: str, today: date) -> date:
    """Return the first day after a day off that is described in words: "until Friday", "3 days", "today".

    A number alone is one of days, from 1 to 31. The end may be past. "today" ends tomorrow. Raises
    InvalidInputError if the words cannot be read or mean more than one day, or if there is no such day.
    """
    if _DAYS.fullmatch(words.strip()):
        return today + timedelta(days=int(words))
    if len(words) <= LONGEST:
        for reading in readings(words, language, today):
            found = reading.ends()
            if len(found) == 1:
                return found.pop()
            if found:
                break
            if reading.no_such_day:
                raise InvalidInputError(NO_SUCH_DAY)
    raise InvalidInputError(_UNREADABLE, **example(language, today))


def readings(words: str, language: str, today: date) -> Iterator[Reading]:
    """Yield what reads the words in their language, and then what reads them in English."""
    text = words.strip().strip(" .,!")
    yield Reading(text, language, today)
    if language != SOURCE_LANGUAGE:
        yield Reading(text, SOURCE_LANGUAGE, today)


def example(language: str, today: date) -> dict[str, str]:
    """Return two ways to write a date in this language, under "words" and "figures"."""
    next_month = today + timedelta(days=30)
    day, month = next_month.day, next_month.month
    figures = f"{month}/{day}" if language in MONTH_FIRST else f"{day}.{month}."
    return {"words": get_day_names("wide", "stand-alone", language)[4], "figures": figures}
