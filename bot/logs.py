"""Logging as plain text or as JSON lines, without secrets in either, and with what a record belongs to."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

FIELDS = frozenset(
    {
        "address",
        "after_s",
        "again_in_s",
        "appeal",
        "bot",
        "bytes",
        "broadcast",
        "by_s",
        "decision",
        "duty",
        "failures",
        "file",
        "for_s",
        "host",
        "in_s",
        "job",
        "method",
        "number",
        "part",
        "path",
        "port",
        "range",
        "ranges",
        "readers",
        "reason",
        "retries_left",
        "row",
        "source",
        "state",
        "subscriber",
        "task",
        "times",
        "update_id",
        "wait_s",
        "webhook",
    }
)
"""The fields that an event may have beside its message, and no others: docs/operators.md describes each."""

_TOKEN = re.compile(r"(\d{3,20}):[A-Za-z0-9_-]{20,}")  # Telegram's tokens; its addresses hold them: …/bot1:A…
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]+@")
_SECRET = re.compile(
    r"(secret[-_]token)(\W{1,8}(?:b\W)?)[A-Za-z0-9_-]+", re.IGNORECASE
)  # the webhook's header
_CHAT = re.compile(r"(chat(?:[ _]?id)?\W{1,4}?)-?\d{5,20}(?!\d)", re.IGNORECASE)  # "New chat id: -1001…"
_QUOTED = re.compile(r"""(?<!\w)b?(['"]).+?\1(?!\w)""", re.DOTALL)

_correlation: ContextVar[str] = ContextVar("correlation", default="")


@contextmanager
def correlated(noun: str, number: int) -> Iterator[None]:
    """Give all records of this context one correlation id, such as "broadcast-12".

    Tasks that are started meanwhile inherit it.
    """
    token = _correlation.set(f"{noun}-{number}")
    try:
        yield
    finally:
        _correlation.reset(token)


def redact(text: str) -> str:
    """Return `text` without bot tokens, the webhook's secret, passwords in addresses, and chat ids."""
    text = _PASSWORD.sub(r"\1***@", _SECRET.sub(r"\1\2***", _TOKEN.sub(r"\1:***", text)))
    return _CHAT.sub(r"\1***", text)


class UntrustedTextFilter(logging.Filter):
    """Removes what strangers send from aiohttp's records: it quotes a whole request that it cannot read.

    Only the type of the error stays, and where it was raised.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] == "aiohttp":
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no error"
            record.msg, record.args = f"a fault in {record.module}.{record.funcName}: {kind}", None
            record.exc_info = record.exc_text = record.stack_info = None
        return True


class TextFormatter(logging.Formatter):
    """Formats a record as one line for people, redacted, with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = self.formatTime(record)
        correlation = _correlation.get()
        parts = [
            f"{at} {record.levelname:<7} {record.name}:{f' [{correlation}]' if correlation else ''}",
            record.getMessage(),
            *(f"{name}={value}" for name, value in _fields(record).items()),
        ]
        line = " ".join(parts)
        error = _error_of(record)
        return redact(line if error is None else f"{line}\n{trace_of(error)}")


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object on a line, redacted.

    Its keys: time, level, logger, message; correlation, if the record belongs to an update or a Broadcast;
    error and traceback, if there is an exception; and those of FIELDS that the event has.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation := _correlation.get():
            entry["correlation"] = correlation
        entry |= _fields(record)
        error = _error_of(record)
        if error is not None:
            entry |= {"error": type(error).__qualname__, "traceback": trace_of(error)}
        return orjson.dumps({name: _plain(value) for name, value in entry.items()}).decode()


def trace_of(error: BaseException) -> str:
    """Return where an error and those behind it were raised, the first cause at the top.

    What their messages quote is left out: Python quotes the values that it cannot use, and these may be the
    words of a reader.
    """
    parts = []
    for one in reversed(_chain(error)):
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"{frames}{type(one).__qualname__}: {_QUOTED.sub('***', str(one))}")
    return "\nthen\n".join(parts)


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and what it was raised from; of a group of errors also its members."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in found:
            continue
        found.append(one)
        waiting.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
    return found


def configure(level: str, form: str) -> None:
    """Log to standard error. Libraries that log addresses or messages log only warnings, at any level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(UntrustedTextFilter())
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("telegram", "httpx", "httpcore", "aiohttp.access", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It logs each request that it cannot read as an error. bot/web/server.py logs our own errors.
    logging.getLogger("aiohttp.server").setLevel(logging.DEBUG if level == "DEBUG" else logging.CRITICAL)


def _error_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _plain(value: object) -> object:
    """Return a number as it is, and anything else as text, redacted before JSON quotes it.

    So no pattern can match a quote. Lone surrogates are escaped: JSON cannot hold them.
    """
    if isinstance(value, int | float):
        return value
    return redact(str(value)).encode("utf-8", "backslashreplace").decode()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the caller passed as `extra=…`, of the names that are known."""
    return {name: value for name, value in vars(record).items() if name in FIELDS}
