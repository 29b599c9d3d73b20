"""The rules for numbers, for times of day, and for lengths of time from now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.subscribers.moments.values import (
    HALF_DAY,
    HOUR,
    NOON,
    WHOLE_DAY,
    Build,
    Clock,
    Rule,
    Seen,
    Values,
    only,
)

_TWELVE = 12  # hours that are spoken of
_ROUND, _TENS = 5, 10
_TENS_WITH_UNITS = (20, 30, 40, 50)


def _hour(values: Values, _: Seen) -> int | None:
    hour = int(next(iter(values.values())))
    return hour if hour <= WHOLE_DAY // HOUR else None


def _clock(hour: int, minute: int = 0) -> Clock | None:
    minutes = hour * HOUR + minute
    if minute >= HOUR or minutes > WHOLE_DAY:
        return None
    return Clock(minutes, spoken=1 <= hour <= _TWELVE)


def _shifted(hour: int, minutes: int) -> Clock | None:
    """Return so many minutes after (or before) a full hour. The hour before one o'clock is twelve."""
    if hour == 1 and minutes < 0:
        return Clock(NOON + HOUR + minutes, spoken=True)
    moved = hour * HOUR + minutes
    return Clock(moved, spoken=1 <= hour <= _TWELVE) if 0 <= moved < WHOLE_DAY and hour else None


def _around(sign: int, *, of_hour_before: bool = False) -> Build:
    """Return the builder of "ten past nine" (sign 1) and "ten to nine" (-1).

    A number of minutes without the word "minutes" must be one that clocks show: five, ten, … fifty-five.
    """

    def build(values: Values, _: Seen) -> Clock | None:
        number = next(values[name] for name in ("word_number", "figure", "count") if name in values)
        unit, target = values.get("unit"), values.get("half_hour") or values.get("hour_word")
        target = target if target is not None else values.get("hour")
        if unit not in {None, "minute"} or not 0 < number < HOUR or (not unit and number % _ROUND):
            return None
        if isinstance(target, Clock):
            return replace(target, minutes=(target.minutes + sign * number) % WHOLE_DAY)
        return _shifted(int(target or 0), sign * number - (HOUR if of_hour_before else 0))

    return build


def _half_of_day(afternoon: bool) -> Build:
    def build(values: Values, _: Seen) -> Clock | None:
        clock: Clock = values["core"]
        here = clock.minutes % HALF_DAY
        return Clock(here + (HALF_DAY if afternoon else 0)) if clock.spoken else None

    return build


def _fixed(values: Values, _: Seen) -> Clock | None:
    shift = values.get("shift_after", 0)
    if values["fixed"] == "noon":
        return Clock(NOON + shift)
    return Clock(shift, midnight=True) if shift >= 0 else None


def _composed(values: Values, _: Seen) -> int | None:
    """Return a number of two words: "twenty five"."""
    tens, units = values["number"], values["unit_number"]
    return int(tens + units) if tens in _TENS_WITH_UNITS and units < _TENS else None


def _length(values: Values, _: Seen) -> timedelta | None:
    """Return a number of hours or minutes; without a number one of them."""
    number = values.get("count", values.get("decimal", 1))
    per_unit = {"minute": 1, "hour": HOUR}.get(values.get("unit") or values.get("one") or "")
    if per_unit is None or not number:
        return None
    minutes = number * per_unit
    further = next((values[name] for name in ("shift_after", "minutes", "figure") if name in values), None)
    further = HOUR // 2 if "and_half" in values else further
    if further is not None:  # hours and a half, or hours and minutes
        if per_unit != HOUR or not 0 < further < HOUR:
            return None
        minutes += further
    return timedelta(minutes=minutes)


HOUR_RULES: Sequence[Rule] = (
    # Numbers, and the minutes of a length.
    ("unit_number", "number", only("number")),
    ("word_number", "number", only("number")),
    ("word_number", "number and? unit_number", _composed),
    ("count", "figure", only("figure")),
    ("count", "word_number", only("word_number")),
    ("count", "article", lambda _values, _seen: 1),
    ("minutes", "count unit", lambda values, _: values["count"] if values["unit"] == "minute" else None),
    # Hours: a core without "at", and a clock with it.
    ("minute", "figure", only("figure")),
    ("minute", "word_number", only("word_number")),
    ("hour", "figure hour_ending?", _hour),
    ("hour", "word_number", _hour),
    ("hour", "hour_word", _hour),
    ("spoken_hour", "word_number", _hour),
    ("spoken_hour", "hour_word", _hour),
    ("half_hour", "shift_before hour", lambda values, _: _shifted(values["hour"], values["shift_before"])),
    ("core", "hour oclock?", lambda values, _: _clock(values["hour"])),
    ("core", "time oclock?", lambda values, _: _clock(*values["time"])),
    ("core", "hour oclock minute", lambda values, _: _clock(values["hour"], values["minute"])),
    ("core", "hour oclock minutes", lambda values, _: _clock(values["hour"], values["minutes"])),
    (
        "core",
        "spoken_hour word_number",
        lambda values, _: (
            _clock(values["spoken_hour"], values["word_number"]) if values["word_number"] >= _TENS else None
        ),
    ),
    ("core", "half_hour oclock?", only("half_hour")),
    ("core", "hour oclock? shift_after", lambda values, _: _shifted(values["hour"], values["shift_after"])),
    ("core", "hour oclock? plus minute", lambda values, _: _shifted(values["hour"], values["minute"])),
    ("core", "hour oclock? minus minute", lambda values, _: _shifted(values["hour"], -values["minute"])),
    ("core", "count unit? past hour oclock?", _around(1)),
    ("core", "count unit? past half_hour", _around(1)),
    ("core", "count unit? to hour oclock?", _around(-1)),
    ("core", "count unit? to half_hour", _around(-1)),
    ("core", "word_number to_or_range hour oclock?", _around(-1)),
    ("core", "count unit to_or_range hour oclock?", _around(-1)),
    ("core", "count unit? into hour_word", _around(1, of_hour_before=True)),
    ("core", "to_first count unit? hour_word", _around(-1)),
    ("clock", "at? core", only("core")),
    ("clock", "at? core am", _half_of_day(afternoon=False)),
    ("clock", "at? core pm", _half_of_day(afternoon=True)),
    ("clock", "at core oclock_after_at", only("core")),
    (
        "clock",
        "at hour oclock_after_at minutes",
        lambda values, _: _clock(values["hour"], values["minutes"]),
    ),
    ("clock", "at joined_time oclock?", lambda values, _: _clock(*values["joined_time"])),
    ("clock", "at time_with_dash", lambda values, _: _clock(*values["time_with_dash"])),
    ("clock", "at? fixed shift_after?", _fixed),
    # Lengths of time.
    ("length", "count unit", _length),
    ("length", "count and_half unit", _length),
    ("length", "decimal unit", _length),
    ("length", "count unit and? minutes", _length),
    ("length", "count unit shift_after", _length),
    ("length", "count unit figure", _length),
    ("length", "span", lambda values, _: timedelta(minutes=values["span"])),
    ("ahead", "in length", only("length")),
    ("ahead", "in one", _length),
    ("ahead", "in one and? minutes", _length),
    ("ahead", "length later", only("length")),
)
