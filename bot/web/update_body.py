"""Reads the update in the body of a webhook request, and refuses values that the database cannot hold."""

from collections.abc import Iterable
from typing import Any

import orjson

_DEEPEST = 32  # an update of Telegram's has less than ten levels
_TOO_LARGE = 2**63  # the database's ids have 64 bits


def update_in(body: bytes) -> dict[str, Any] | None:
    """Return the update in a request's body; None if it is not one."""
    try:
        update = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        return None
    return update if _is_plain(update) else None


def _is_plain(update: dict[str, Any]) -> bool:
    """Return whether numbers have 64 bits, ids no fraction, and nesting has a limit."""
    level: list[dict[str, Any] | list[Any]] = [update]
    for _ in range(_DEEPEST):
        pairs = [pair for one in level for pair in _pairs(one)]
        if not all(_is_in_range(name, value) for name, value in pairs):
            return False
        level = [value for _, value in pairs if isinstance(value, (dict, list))]
        if not level:
            return True
    return False


def _pairs(one: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    return one.items() if isinstance(one, dict) else (("", value) for value in one)


def _is_in_range(name: str, value: Any) -> bool:
    if isinstance(value, float):
        return name != "id" and not name.endswith("_id") and abs(value) < _TOO_LARGE
    return not isinstance(value, int) or -_TOO_LARGE <= value < _TOO_LARGE
