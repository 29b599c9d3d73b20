"""Logging: plain text or JSON lines, and never a secret in either."""

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
    """`text` without bot tokens, the webhook's secret, and passwords in addresses."""
    return _PASSWORD.sub(r"\1***@", _SECRET.sub(r"\1\2***", _TOKEN.sub(r"\1:***", text)))


class UntrustedTextFilter(logging.Filter):
    """Keeps what strangers send out of the log: aiohttp quotes a request that it cannot read, whole.

    Of its records only the kind of the fault stays, and where it happened.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] == "aiohttp":
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "no error"
            record.msg, record.args = f"a fault in {record.module}.{record.funcName}: {kind}", None
            record.exc_info = record.exc_text = record.stack_info = None
        return True


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
    handler.addFilter(UntrustedTextFilter())
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("telegram", "httpx", "httpcore", "aiohttp.access", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # To it, each request that cannot be read is an error. Our own faults are logged by bot/web/server.py.
    logging.getLogger("aiohttp.server").setLevel(logging.DEBUG if level == "DEBUG" else logging.CRITICAL)


def _sayable(value: object) -> str:
    """Redacted before it is quoted, so that no rule can eat a quote; half characters are spelled out."""
    return redact(str(value)).encode("utf-8", "backslashreplace").decode()


def _extra(record: logging.LogRecord) -> dict[str, object]:
    """What was handed over as `extra=…`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
