"""Logging as plain text or as JSON lines, without secrets in either."""

import logging
import re
import sys
from datetime import UTC, datetime

import orjson

_TOKEN = re.compile(r"(\d{3,20}):[A-Za-z0-9_-]{20,}")  # Telegram's tokens; its addresses hold them: …/bot1:A…
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]+@")
_SECRET = re.compile(
    r"(secret[-_]token)(\W{1,8}(?:b\W)?)[A-Za-z0-9_-]+", re.IGNORECASE
)  # the webhook's header
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """Return `text` without bot tokens, the webhook's secret, and passwords in addresses."""
    return _PASSWORD.sub(r"\1***@", _SECRET.sub(r"\1\2***", _TOKEN.sub(r"\1:***", text)))


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

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        extra = " ".join(f"{name}={value}" for name, value in _extra(record).items())
        line = super().format(record)
        return redact(f"{line} {extra}" if extra else line)


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object on a line, redacted."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps({name: _text(value) for name, value in entry.items()}).decode()


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


def _text(value: object) -> str:
    """Return `value` as text, redacted before JSON quotes it, so that no pattern can match a quote.

    Lone surrogates are escaped: JSON cannot hold them.
    """
    return redact(str(value)).encode("utf-8", "backslashreplace").decode()


def _extra(record: logging.LogRecord) -> dict[str, object]:
    """Return what the caller passed as `extra=…`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
