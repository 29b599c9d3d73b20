"""The columns of the Subscribers' CSV: how each is read from its cell and written to it.

A line in COLUMNS is all that the CSV needs to know about a preference. The value of an empty cell is the
default of the column in `storage.models.Subscriber`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot import i18n
from bot.errors import UserError
from bot.subscribers import language_parser, muted_words
from bot.subscribers.language_parser import MISTAKEN_CODES
from bot.subscribers.pacing import HOURS, WEEKDAYS
from bot.subscribers.places import cities, places
from storage.models import Subscriber
from storage.words import AppealRhythm, ChatKind, Length, Rhythm, SubscriberState, WarnedStories

_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NONE = "none"  # no quiet hours; an empty cell means the default ones
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SHUT_OUT = {SubscriberState.BLOCKED, SubscriberState.GONE}
_LARGEST_CHAT = 2**52  # Bot API, Chat.id: at most 52 significant bits
_WHOLE = re.compile(
    r"(-?[0-9]{1,20})(?:[.,]0{1,2})?"
)  # "101.0": a column of numbers with gaps, from a spreadsheet
_ROUNDED = re.compile(r"-?[0-9][.,]?[0-9]*e\+?[0-9]+", re.IGNORECASE)
_CODE = re.compile("[a-z]{2,3}")
_MOST_LANGUAGES = 16  # codes of three letters, parted by spaces, that fit the column


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the CSV.

    `read` turns a cell that is not empty into the value, or raises ValueError with a sentence for the
    operator. `write` turns the value into the cell.
    """

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str

    @property
    def default(self) -> Any:
        """The value of an empty cell: the model's default; None where it has none."""
        default = Subscriber.__table__.c[self.name].default if self.name in Subscriber.__table__.c else None
        return default.arg if default is not None and default.is_scalar else None

    def value(self, cells: Mapping[str, str | None]) -> Any:
        """Return the value in one line of the file. Raises ValueError if the cell cannot be read."""
        text = (cells.get(self.name) or "").strip()
        return self.read(text) if text else self.default


def read(
    cells: Mapping[str, str | None], topic_ids: Mapping[str, int], *, default_language: str, now: datetime
) -> dict[str, Any]:
    """Return the columns of the Subscriber in one line, and under "topics" the ids of the chosen Topics.

    `topic_ids` are the ids of all Topics by slug. Raises ValueError with a sentence if a cell is wrong.
    """
    values = {column.name: column.value(cells) for column in COLUMNS}
    chat_id, state = values["chat_id"], values["state"]
    if chat_id is None:
        raise ValueError("'' is no chat id")
    _check_quiet_hours(values["quiet_from"], values["quiet_until"])
    if not (cells.get("kind") or "").strip():
        values["kind"] = _likely_kind(chat_id)
    if state is SubscriberState.ACTIVE:
        values["joined_at"] = values["joined_at"] or now
    if values["city"] and not values["zone"]:
        values["zone"] = _zone_of(values["city"])
    chosen = _ids_of(values["topics"] or [], topic_ids)
    return values | {
        "language": i18n.choose(values["language"], default_language),
        "blocked_at": now if state in _SHUT_OUT else None,
        "all_topics": not chosen,
        "topics": chosen,
    }


def write(subscriber: Subscriber, slugs: Sequence[str]) -> list[str]:
    """Return the cells in the order of COLUMNS. `slugs` are the Topics that were chosen one by one."""
    return [
        column.write(slugs if column.name == "topics" else getattr(subscriber, column.name))
        for column in COLUMNS
    ]


def _ids_of(slugs: Sequence[str], topic_ids: Mapping[str, int]) -> list[int]:
    unknown = [slug for slug in slugs if slug not in topic_ids]
    if unknown:
        raise ValueError(f"there is no topic {unknown[0][:48]!r}")
    return [topic_ids[slug] for slug in slugs]


def _likely_kind(chat_id: int) -> ChatKind:
    """Telegram gives people positive ids, groups and channels negative ones."""
    return ChatKind.PRIVATE if chat_id > 0 else ChatKind.GROUP


def _check_quiet_hours(start: int | None, end: int | None) -> None:
    if (start is None) != (end is None) or (start is not None and start == end):
        raise ValueError("quiet hours need a beginning and another end, or none for both")


def _chat_id(text: str) -> int:
    if _ROUNDED.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is a rounded number: let the spreadsheet show chat_id without E")
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no chat id")
    number = int(found[1])
    if not 0 < abs(number) < _LARGEST_CHAT:
        raise ValueError(f"{text} is no chat id")
    return number


def _one_of(words: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return the reader of a column that holds one of these words."""

    def read_word(text: str) -> StrEnum:
        if text.lower() not in set(words):
            raise ValueError(f"{text.lower()[:40]!r} is none of {', '.join(words)}")
        return words(text.lower())

    return read_word


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no date: write it as 2026-11-25T08:00:00+00:00") from None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is beyond every calendar") from None


def _number_in(numbers: range) -> Callable[[str], int]:
    """Return the reader of a column that holds one of these numbers."""

    def read_number(text: str) -> int:
        found = _WHOLE.fullmatch(text)
        if found is None or int(found[1]) not in numbers:
            raise ValueError(f"{text[:40]!r} is no whole number from {numbers[0]} to {numbers[-1]}")
        return int(found[1])

    return read_number


_hour, _weekday = _number_in(HOURS), _number_in(WEEKDAYS)
_city_number = _number_in(range(1, 2**31))


def _quiet_hour(text: str) -> int | None:
    return None if text.lower() == _NONE else _hour(text)


def _timezone(text: str) -> str:
    if text not in places.zones():
        raise ValueError(f"{text[:40]!r} is no time zone: write it as Europe/Kyiv")
    return text


def _city(text: str) -> int:
    """Return the number of a city at GeoNames."""
    with suppress(ValueError):
        if cities.by_id(number := _city_number(text)):
            return number
    raise ValueError(f"{text[:40]!r} is no city: write its number at GeoNames, as 703448")


def _zone_of(city: int) -> str | None:
    found = cities.by_id(city)
    return found.zone if found else None


def _rest_days(text: str) -> int:
    """Return the named days as bits; bit 0 is Monday."""
    names = set(text.lower().split())
    unknown = [name for name in text.lower().split() if name not in _DAY_NAMES]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is none of {', '.join(_DAY_NAMES)}")
    if len(names) == len(_DAY_NAMES):
        raise ValueError("seven days of rest leave no day for a message")
    return sum(1 << _DAY_NAMES.index(name) for name in names)


def _day_names(days: int) -> str:
    return " ".join(name for day, name in enumerate(_DAY_NAMES) if days >> day & 1)


def _language(text: str) -> str:
    """Return the code of a language that is given by its code or its name."""
    found = language_parser.parse(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no language: write its code, as uk")
    return found


def _story_languages(text: str) -> str:
    """Return the codes of languages, parted by single spaces."""
    codes = [MISTAKEN_CODES.get(code, code) for code in text.lower().split()]
    unknown = [code for code in codes if not _CODE.fullmatch(code)]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is no code of a language: write two or three letters, as uk")
    if len(codes) > _MOST_LANGUAGES:
        raise ValueError(f"more than {_MOST_LANGUAGES} languages")
    return " ".join(codes)


def _muted_words(text: str) -> str:
    """Return words and names, parted by semicolons in the cell, as the column has them."""
    column = ""
    for phrase in muted_words.parts(text):
        try:
            column = muted_words.added(column, muted_words.read(phrase))
        except UserError as error:
            raise ValueError(f"{phrase[:40]!r} cannot be muted: {error}") from None
    return column


def _yes_no(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise ValueError(f"{text.lower()[:40]!r} is neither yes nor no")
    return _YES_NO[text.lower()]


def _write_yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _write_or_none(hour: int | None) -> str:
    return _NONE if hour is None else str(hour)


def _write_time(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


COLUMNS = (
    Column("chat_id", _chat_id),
    Column("kind", _one_of(ChatKind)),
    Column("state", _one_of(SubscriberState)),
    Column("language", _language, str),
    Column("length", _one_of(Length)),
    Column("topics", str.split, " ".join),
    Column("joined_at", _time, _write_time),
    Column("story_languages", _story_languages),
    Column("zone", _timezone, lambda zone: zone or ""),
    Column("rhythm", _one_of(Rhythm)),
    Column("hour", _hour),
    Column("weekday", _weekday),
    Column("quiet_from", _quiet_hour, _write_or_none),
    Column("quiet_until", _quiet_hour, _write_or_none),
    Column("rest_days", _rest_days, _day_names),
    Column("appeal_rhythm", _one_of(AppealRhythm)),
    Column("silent", _yes_no, _write_yes_no),
    Column("allows_urgent", _yes_no, _write_yes_no),
    Column("city", _city, lambda city: str(city or "")),
    Column("muted_words", _muted_words, lambda column: "; ".join(muted_words.listed(column))),
    Column("warned_stories", _one_of(WarnedStories)),
)
"""In the order of the file. `topics` is no column of a Subscriber: it stands for their Subscriptions."""
