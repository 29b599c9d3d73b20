"""The bot's token is in no error and no log, whatever a server answers."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING

import pytest
from telegram.error import NetworkError

from bot.telegram.outcomes import outcome_of
from tests.telegram.servers import bot_at, speaking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.enable_socket


async def closed(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Close the connection without an answer."""


async def not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"220 mail.example ESMTP\r\n\r\n")


async def cut_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


async def quoting_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    page = b"<html>cannot reach %s" % (await reader.readline())
    writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))


async def escaping_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    page = b"<html>cannot reach %s" % (await reader.readline()).replace(b":", b"&#58;")
    writer.write(b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.read()


@pytest.mark.parametrize("server", [closed, not_http, cut_short, quoting_page, escaping_page, silent])
async def test_the_token_is_in_no_error_and_no_log(
    server: Callable[..., Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    """The text, the whole traceback and the log are free of the token."""
    caplog.set_level(logging.DEBUG)
    async with speaking(server) as url, bot_at(url, read_timeout=0.05) as bot:
        caplog.clear()
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(5, "text")
    assert_clean(caught.value, caplog)
    assert getattr(outcome_of(caught.value), "maybe_sent", False)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/bot", "http://host.invalid:port/bot", "ftp://127.0.0.1/bot", "http:///bot", "/bot"],
)
async def test_the_token_is_in_no_error_of_a_request_that_never_left(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is it where there is no server, or where the address is not one."""
    caplog.set_level(logging.DEBUG)
    async with bot_at(url) as bot:
        caplog.clear()
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(5, "text")
    assert_clean(caught.value, caplog)


def assert_clean(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    said = "".join(traceback.format_exception(error)) + caplog.text
    cause: BaseException | None = error
    while cause is not None:
        said += repr(cause) + str(cause)
        cause = cause.__cause__ or cause.__context__
    assert "secret" not in said
