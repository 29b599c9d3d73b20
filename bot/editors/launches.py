"""Launches: Telegram's word for who opens the desk as a Mini App, and when.

Telegram gives a Mini App its "init data": fields as in the query of an address, and a hash over them that
only Telegram and the bot can compute
(https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl

import orjson

from bot.errors import RefusedError
from bot.i18n import mark

_KEY = b"WebAppData"
_LONGEST = 8192  # characters; Telegram sends some hundred
_MOST_FIELDS = 64
_DIGITS = 10  # of the seconds since 1970
_NOT_TELEGRAM = mark("This did not come from Telegram. Send /desk to the bot, and open the desk from there.")


@dataclass(frozen=True, slots=True)
class Launch:
    """That a person opened the desk in Telegram. `checksum` is another one for each time."""

    person_id: int
    opened_at: datetime
    checksum: str


class Launches:
    """Reads init data that was made for this bot."""

    def __init__(self, bot_token: str) -> None:
        """Without a token nothing counts: everybody could compute the hash."""
        self._secret = hmac.digest(_KEY, bot_token.encode(), "sha256") if bot_token else b""

    def read(self, init_data: str) -> Launch:
        """Return whose init data it is. How old it is, and whether it was used, is not looked at here.

        Raises RefusedError unless Telegram made it for this bot.
        """
        fields = _fields(init_data)
        given = fields.pop("hash", "")
        if not self._secret or not given.isascii() or not hmac.compare_digest(self._hash(fields), given):
            raise RefusedError(_NOT_TELEGRAM)
        return Launch(_person(fields), _moment(fields), sha256(given.encode()).hexdigest())

    def _hash(self, fields: Mapping[str, str]) -> str:
        """Return the hash of all fields but `hash`, in the order of their names, a line each."""
        lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return hmac.new(self._secret, lines.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def _fields(init_data: str) -> dict[str, str]:
    """Return the fields by name. Raises RefusedError for what has none, or one twice."""
    if len(init_data) > _LONGEST:
        raise RefusedError(_NOT_TELEGRAM)
    try:
        pairs = parse_qsl(
            init_data,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise RefusedError(_NOT_TELEGRAM) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise RefusedError(_NOT_TELEGRAM)
    return fields


def _person(fields: Mapping[str, str]) -> int:
    """Return the id of the person. Raises RefusedError for init data that names nobody."""
    try:
        user = orjson.loads(fields.get("user", ""))
    except orjson.JSONDecodeError as error:
        raise RefusedError(_NOT_TELEGRAM) from error
    match user:
        case {"id": int(number)}:
            return number
        case _:
            raise RefusedError(_NOT_TELEGRAM)


def _moment(fields: Mapping[str, str]) -> datetime:
    """Return when Telegram made it. Raises RefusedError without a time."""
    written = fields.get("auth_date", "")
    if not (written.isascii() and written.isdecimal() and len(written) <= _DIGITS):
        raise RefusedError(_NOT_TELEGRAM)
    return datetime.fromtimestamp(int(written), UTC)
