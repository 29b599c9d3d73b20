"""Phrases that name a moment or the end of a day off, in six languages, with their right values.

They are written from the languages' own ways to say days and hours and from calendar arithmetic. Nothing here
comes from the grammar, its word lists or CLDR, so that an error there is not repeated here.
"""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

Phrase = tuple[str, datetime]
End = tuple[str, date]

_MINUTES = (0, 5, 15, 20, 30, 45)
_WEEK = 7


@dataclass(frozen=True)
class Speech:
    """How one language says days and hours. A {} in a form takes the word that the form is about.

    days: words for days, with how far they are. weekday: forms of a weekday, in the case of `weekdays`.
    dates: forms with {d} (day), {n} (name of the month), {m} (month) and {y} (year).
    figures: forms of a time with {h}, {hh} and {mm}; full_hours with {h}; in_words with one of `spoken`.
    clocks: other times, with hour and minute. whole: phrases with days ahead, hour and minute.
    ahead, days_ahead: lengths of time from now, in minutes or in days. midnight: the coming one.
    until: forms of the end of a day off with one of `until_weekdays`; lasting: other ends, with days ahead.
    refused: texts that name no moment, or more than one.
    """

    days: Sequence[tuple[str, int]]
    weekdays: Sequence[str]
    weekday: Sequence[str]
    months: Sequence[str]
    dates: Sequence[str]
    figures: Sequence[str]
    full_hours: Sequence[str]
    in_words: Sequence[str]
    spoken: Sequence[str]
    clocks: Sequence[tuple[str, int, int]]
    whole: Sequence[tuple[str, int, int, int]]
    ahead: Sequence[tuple[str, int]]
    days_ahead: Sequence[tuple[str, int]]
    until: Sequence[str]
    until_weekdays: Sequence[str]
    lasting: Sequence[tuple[str, int]]
    midnight: Sequence[str]
    refused: Sequence[str]


def speeches() -> Mapping[str, Speech]:
    """Return how each language of `moment_speech/` says days and hours, by its code."""
    folder = Path(__file__).with_name("moment_speech")
    return {file.stem: Speech(**tomllib.loads(file.read_text("utf-8"))) for file in sorted(folder.iterdir())}


def moments(speech: Speech, now: datetime) -> Iterator[Phrase]:
    """Yield phrases with the local moments (naive) that they name at the local time `now`."""
    chance = random.Random(f"{speech.days} {now}")
    yield from _hours_alone(speech, now)
    yield from _ahead(speech, now)
    clocks = list(_clocks(speech, chance))
    days = list(_days(speech, now.date(), chance))
    for number in range(max(len(clocks), 5 * len(days))):
        day_words, day = days[number % len(days)]
        clock_words, clock = clocks[number % len(clocks)]
        yield f"{day_words} {clock_words}", datetime.combine(day, clock)
        if number % 7 == 0:
            yield f"{clock_words} {day_words}", datetime.combine(day, clock)
        if number % 11 == 0:
            yield f"{day_words}, {clock_words}".upper(), datetime.combine(day, clock)
    for words, ahead, hour, minute in speech.whole:
        yield words, datetime.combine(now.date() + timedelta(days=ahead), time(hour, minute))


def ends(speech: Speech, today: date) -> Iterator[End]:
    """Yield phrases with the first day after the day off that they describe on `today`."""
    for form in speech.until:
        for weekday, name in enumerate(speech.until_weekdays):
            yield form.format(name), _next_weekday(today, weekday)
    for words, days in speech.lasting:
        yield words, today + timedelta(days=days)
    for ahead in (5, 40, 180):
        day = today + timedelta(days=ahead)
        for form in speech.dates:
            yield _dated(form, day, speech), day


def _next_weekday(today: date, weekday: int) -> date:
    day = today + timedelta(days=1)
    while day.weekday() != weekday:
        day += timedelta(days=1)
    return day


def _dated(form: str, day: date, speech: Speech) -> str:
    return form.format(d=day.day, m=day.month, y=day.year, n=speech.months[day.month - 1])


def _days(speech: Speech, today: date, chance: random.Random) -> Iterator[tuple[str, date]]:
    for words, days in speech.days:
        yield words, today + timedelta(days=days)
    for form in speech.weekday:
        weekday = chance.randrange(_WEEK)
        yield form.format(speech.weekdays[weekday]), _next_weekday(today, weekday)
    for form in speech.dates:
        day = today + timedelta(days=chance.randrange(2, 300))
        yield _dated(form, day, speech), day
    for words, days in speech.days_ahead:
        yield words, today + timedelta(days=days)


def _clocks(speech: Speech, chance: random.Random) -> Iterator[tuple[str, time]]:
    for form in speech.figures:
        for _ in range(4):
            hour, minute = chance.randrange(24), chance.choice(_MINUTES)
            yield form.format(h=hour, hh=f"{hour:02}", mm=f"{minute:02}"), time(hour, minute)
    for form in speech.full_hours:
        for _ in range(3):
            hour = chance.randrange(1, 24)
            yield form.format(h=hour), time(hour)
    for form in speech.in_words:
        for hour in chance.sample(range(1, 13), 3):
            yield form.format(speech.spoken[hour - 1]), time(hour)
    for words, hour, minute in speech.clocks:
        yield words, time(hour, minute)


def _hours_alone(speech: Speech, now: datetime) -> Iterator[Phrase]:
    chance = random.Random(f"alone {speech.days}")
    for words, clock in _clocks(speech, chance):
        moment = datetime.combine(now.date(), clock)
        yield words, moment if moment > now else moment + timedelta(days=1)
    for words in speech.midnight:
        yield words, datetime.combine(now.date() + timedelta(days=1), time())


def _ahead(speech: Speech, now: datetime) -> Iterator[Phrase]:
    for words, minutes in speech.ahead:
        yield words, now + timedelta(minutes=minutes)
    for words, days in speech.days_ahead:
        yield words, now + timedelta(days=days)
