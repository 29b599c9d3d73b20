"""Logging: plain text or JSON lines, and never a secret in either."""

import logging
import re
import sys
from datetime import UTC, datetime

import orjson

_TOKEN = re.compile(r"(\d{3,20}):[A-Za-z0-9_-]{20,}")  # Telegram's tokens; its addresses hold them: …/bot1:A…
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]+@")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """`text` without bot tokens and without passwords in addresses."""
    return _PASSWORD.sub(r"\1***@", _TOKEN.sub(r"\1:***", text))


class TextFormatter(logging.Formatter):
    """One line for people, redacted, tracebacks included."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        extra = " ".join(f"{name}={value}" for name, value in _extra(record).items())
        line = super().format(record)
        return redact(f"{line} {extra}" if extra else line)


class JsonFormatter(logging.Formatter):
    """One object a line for machines, redacted."""

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
        return orjson.dumps({name: _sayable(value) for name, value in entry.items()}).decode()


def configure(level: str, form: str) -> None:
    """Log to standard error. Libraries that log addresses or messages speak only of trouble, at any level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("telegram", "httpx", "httpcore", "aiohttp.access", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _sayable(value: object) -> str:
    """Redacted before it is quoted, so that no rule can eat a quote; half characters are spelled out."""
    return redact(str(value)).encode("utf-8", "backslashreplace").decode()


def _extra(record: logging.LogRecord) -> dict[str, object]:
    """What was handed over as `extra=…`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
