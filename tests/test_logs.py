"""The log never holds a secret, however it comes in."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.logs import JsonFormatter, TextFormatter, configure, correlated, redact

TOKEN = "123456:AAHkT_made-up_made-up_made-up_made-up"
SECRET = TOKEN.partition(":")[2]
FORMATTERS = [TextFormatter(), JsonFormatter()]

both = pytest.mark.parametrize("formatter", FORMATTERS, ids=["text", "json"])


def record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    exc_info = more.pop("exc_info", None)
    made = logging.LogRecord("bot.test", logging.INFO, "file.py", 1, message, args, exc_info)
    vars(made).update(more)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"token {TOKEN} is", "token 123456:*** is"),
        (f"https://api.telegram.org/bot{TOKEN}/getMe", "https://api.telegram.org/bot123456:***/getMe"),
        (f"/file/bot{TOKEN}/photos/1.jpg", "/file/bot123456:***/photos/1.jpg"),
        ("postgresql+asyncpg://ann:s3cret@db/x", "postgresql+asyncpg://ann:***@db/x"),
        ("postgresql://ann:p%40ss:w/rd@db/x", "postgresql://ann:***@db/x"),
        ("redis://:s3cret@cache", "redis://:***@cache"),
        ("at 12:30:05 range 5000000001: sent", "at 12:30:05 range 5000000001: sent"),
        ("chat 5000000001: sent", "chat ***: sent"),
        ('{"chat_id": -1001234567890, "text"', '{"chat_id": ***, "text"'),
        (
            "Group migrated to supergroup. New chat id: -1001234567890",
            "Group migrated to supergroup. New chat id: ***",
        ),
        ("http://127.0.0.1:8080/healthz", "http://127.0.0.1:8080/healthz"),
    ],
)
def test_tokens_passwords_and_chats_are_redacted(text: str, expected: str) -> None:
    """Tokens alone and in Telegram's addresses, passwords in addresses, numbers of chats; nothing else."""
    assert redact(text) == expected


@both
def test_no_secret_in_the_message_or_its_arguments(formatter: logging.Formatter) -> None:
    """The secret may be in the format or in its arguments."""
    for made in (record(f"calling bot{TOKEN}/getMe"), record("calling %s", f"bot{TOKEN}/getMe")):
        line = formatter.format(made)
        assert SECRET not in line
        assert "123456:***" in line


@both
def test_no_secret_in_extras(formatter: logging.Formatter) -> None:
    """What is passed as `extra` is shown, redacted."""
    line = formatter.format(record("x", address=f"https://t/bot{TOKEN}", failures=3))
    assert SECRET not in line
    assert "failures" in line
    assert "123456:***" in line


@both
def test_a_field_that_no_document_lists_is_left_out(formatter: logging.Formatter) -> None:
    """What libraries, or a line of ours that nobody looked at, pass as `extra` is not written."""
    line = formatter.format(record("x", chat=5000000001, text="a reader's words", part="inbox"))
    assert "inbox" in line
    assert "5000000001" not in line
    assert "words" not in line


@both
def test_an_error_does_not_quote_what_a_reader_wrote(formatter: logging.Formatter) -> None:
    """Of all errors of a chain and a group only the values are left out, not where they were raised."""
    words, line = "a reader's words", ""
    try:
        try:
            int(words)
        except ValueError as error:
            raise ExceptionGroup("can't go on", [KeyError(words)]) from error
    except ExceptionGroup as error:
        line = formatter.format(record("x", exc_info=(type(error), error, error.__traceback__)))
    assert "reader's" not in line
    assert "invalid literal for int() with base 10: ***" in line
    assert "KeyError: ***" in line
    assert "ExceptionGroup: can't go on" in line
    assert "test_an_error_does_not_quote" in line


@both
async def test_records_of_one_update_or_broadcast_bear_its_id(formatter: logging.Formatter) -> None:
    """So do those of the tasks that it starts, and no other record."""

    async def told() -> str:
        return formatter.format(record("x"))

    with correlated("update", 7):
        assert "update-7" in await asyncio.create_task(told())
        with correlated("broadcast", 12):
            assert "broadcast-12" in await told()
        assert "update-7" in await told()
    assert "update-7" not in await told()


@both
def test_no_secret_in_tracebacks(formatter: logging.Formatter) -> None:
    """The text of an error often holds the address that was called."""
    error = ValueError(f"cannot reach postgresql://ann:s3cret@db/x with {TOKEN}")
    line = formatter.format(record("trouble", exc_info=(ValueError, error, None)))
    assert "ValueError" in line
    assert SECRET not in line
    assert "s3cret" not in line


def test_a_json_line_stays_valid_whatever_is_in_it() -> None:
    """An address with a port beside a mail address, quotes, new lines, half a character."""
    line = JsonFormatter().format(
        record('see http://h:8080/ "q"\n\ud800', reason="ann@example.org", failures=3)
    )
    assert "\n" not in line
    kept = json.loads(line)
    assert (kept["reason"], kept["failures"]) == ("ann@example.org", 3)
    assert kept["message"] == 'see http://h:8080/ "q"\n\\ud800'
    assert (kept["level"], kept["logger"]) == ("INFO", "bot.test")


@pytest.fixture
def _root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.usefixtures("_root_logger")
def test_libraries_that_log_addresses_log_only_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """The library httpx logs each address that it calls, and ours hold the token."""
    configure("INFO", "text")
    logging.getLogger("httpx").info("POST https://api.telegram.org/")
    logging.getLogger("bot.test").info("hello", extra={"reason": TOKEN})
    written = capsys.readouterr().err
    assert "POST" not in written
    assert "hello reason=123456:***" in written
