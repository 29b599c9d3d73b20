"""One line of the roster: a Subscriber's columns as cells, and the way back."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot import i18n
from storage.models import Subscriber
from storage.words import AppealRhythm, ChatKind, Length, Rhythm, SubscriberState

COLUMNS = (
    "chat_id",
    "kind",
    "state",
    "language",
    "length",
    "topics",
    "joined_at",
    "story_languages",
    "zone",
    "rhythm",
    "hour",
    "weekday",
    "quiet_from",
    "quiet_until",
    "rest_days",
    "appeal_rhythm",
    "silent",
    "allows_urgent",
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NONE = "none"  # no quiet hours; an empty cell means the usual ones
_YES_NO = {"yes": True, "no": False}
_LARGEST_CHAT = 2**52  # Bot API, Chat.id: at most 52 significant bits
_HOURS = 24
_DIGITS = 9  # more are no hour, and int() reads thousands of them slowly
_CODE = re.compile("[a-z]{2,3}")
_MOST_LANGUAGES = 16  # with three letters each, and a blank, they fit the column


def read(
    cells: Mapping[str, str | None], slugs: Mapping[str, int], *, default_language: str, now: datetime
) -> dict[str, Any]:
    """The columns of one line, with the usual value for each empty cell; ValueError, in words."""
    chat_id = _chat_id(cells.get("chat_id"))
    chosen = (cells.get("topics") or "").split()
    unknown = [slug for slug in chosen if slug not in slugs]
    if unknown:
        raise ValueError(f"there is no topic {unknown[0][:48]!r}")
    state = _word(SubscriberState, cells.get("state"), SubscriberState.ACTIVE)
    joined = _time(cells.get("joined_at")) or (now if state is SubscriberState.ACTIVE else None)
    return {
        "chat_id": chat_id,
        "kind": _word(ChatKind, cells.get("kind"), ChatKind.PRIVATE if chat_id > 0 else ChatKind.GROUP),
        "state": state,
        "language": i18n.choose(cells.get("language") or None, default_language),
        "length": _word(Length, cells.get("length"), Length.SHORT),
        "all_topics": not chosen,
        "joined_at": joined,
        "blocked_at": now if state in {SubscriberState.BLOCKED, SubscriberState.GONE} else None,
        "topics": [slugs[slug] for slug in chosen],
    } | _pace(cells)


def _pace(cells: Mapping[str, str | None]) -> dict[str, Any]:
    """When they want to be written to, and how."""
    quiet_from, quiet_until = _quiet(cells.get("quiet_from"), 22), _quiet(cells.get("quiet_until"), 8)
    if (quiet_from is None) != (quiet_until is None) or (
        quiet_from is not None and quiet_from == quiet_until
    ):
        raise ValueError("quiet hours need a beginning and another end, or none for both")
    return {
        "story_languages": _languages(cells.get("story_languages")),
        "zone": _zone(cells.get("zone")),
        "rhythm": _word(Rhythm, cells.get("rhythm"), Rhythm.AT_ONCE),
        "hour": _number(cells.get("hour"), 8, below=_HOURS),
        "weekday": _number(cells.get("weekday"), 0, below=len(WEEKDAYS)),
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "rest_days": _rest_days(cells.get("rest_days")),
        "appeal_rhythm": _word(AppealRhythm, cells.get("appeal_rhythm"), AppealRhythm.WEEKLY),
        "silent": _yes(cells.get("silent")),
        "allows_urgent": _yes(cells.get("allows_urgent")),
    }


def write(subscriber: Subscriber, slugs: Sequence[str]) -> list[str]:
    """The cells, in the order of COLUMNS; `slugs` are the Topics that were chosen one by one."""
    return [
        str(subscriber.chat_id),
        subscriber.kind,
        subscriber.state,
        subscriber.language,
        subscriber.length,
        " ".join(slugs),
        subscriber.joined_at.isoformat() if subscriber.joined_at else "",
        subscriber.story_languages,
        subscriber.zone or "",
        subscriber.rhythm,
        str(subscriber.hour),
        str(subscriber.weekday),
        _NONE if subscriber.quiet_from is None else str(subscriber.quiet_from),
        _NONE if subscriber.quiet_until is None else str(subscriber.quiet_until),
        " ".join(name for place, name in enumerate(WEEKDAYS) if subscriber.rest_days >> place & 1),
        subscriber.appeal_rhythm,
        "yes" if subscriber.silent else "no",
        "yes" if subscriber.allows_urgent else "no",
    ]


def _chat_id(cell: str | None) -> int:
    text = (cell or "").strip()
    if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > 17:  # noqa: PLR2004  # digits of 2**52, and a sign
        raise ValueError(f"{text[:40]!r} is no chat id")
    number = int(text)
    if not 0 < abs(number) < _LARGEST_CHAT:
        raise ValueError(f"{text} is no chat id")
    return number


def _word(kind: Any, cell: str | None, default: Any) -> Any:
    text = (cell or "").strip().lower()
    if not text:
        return default
    if text not in set(kind):
        raise ValueError(f"{text[:40]!r} is none of {', '.join(kind)}")
    return kind(text)


def _time(cell: str | None) -> datetime | None:
    text = (cell or "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no date: write it as 2026-11-25T08:00:00+00:00") from None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is beyond every calendar") from None


def _number(cell: str | None, default: int, *, below: int) -> int:
    text = (cell or "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and int(text) < below):
        raise ValueError(f"{text[:40]!r} is no whole number from 0 to {below - 1}")
    return int(text)


def _quiet(cell: str | None, default: int) -> int | None:
    return None if (cell or "").strip().lower() == _NONE else _number(cell, default, below=_HOURS)


@cache
def _zones() -> set[str]:
    return available_timezones()  # reads a folder: once


def _zone(cell: str | None) -> str | None:
    text = (cell or "").strip()
    if text and text not in _zones():
        raise ValueError(f"{text[:40]!r} is no time zone: write it as Europe/Kyiv")
    return text or None


def _rest_days(cell: str | None) -> int:
    named = (cell or "").lower().split()
    unknown = [name for name in named if name not in WEEKDAYS]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is none of {', '.join(WEEKDAYS)}")
    if len(set(named)) == len(WEEKDAYS):
        raise ValueError("seven days of rest leave no day for a message")
    return sum(1 << WEEKDAYS.index(name) for name in set(named))


def _languages(cell: str | None) -> str:
    """Codes of languages, parted by blanks."""
    codes = (cell or "").lower().split()
    unknown = [code for code in codes if not _CODE.fullmatch(code)]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is no code of a language: write two or three letters, as uk")
    if len(codes) > _MOST_LANGUAGES:
        raise ValueError(f"more than {_MOST_LANGUAGES} languages")
    return " ".join(codes)


def _yes(cell: str | None) -> bool:
    text = (cell or "").strip().lower()
    if text and text not in _YES_NO:
        raise ValueError(f"{text[:40]!r} is neither yes nor no")
    return _YES_NO.get(text, False)
