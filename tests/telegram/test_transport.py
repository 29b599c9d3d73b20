"""The transport against real servers on 127.0.0.1: what leaves, what comes back, and what never may."""

from __future__ import annotations

import asyncio
import logging
import traceback
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, InputMediaPhoto
from telegram.error import BadRequest, ChatMigrated, InvalidToken, NetworkError, TelegramError, TimedOut

from bot.telegram.outcomes import outcome_of
from bot.telegram.transport import SLICE, AiohttpRequest, NeverSentError, NeverSentInTimeError
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

pytestmark = pytest.mark.enable_socket

TOKEN = "123456789:AAsecretSecretSecretSecretSecretSec"
MESSAGE = {"message_id": 7, "date": 0, "chat": {"id": 5, "type": "private"}}


def ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve every path with `handler`; yield the address of the Bot API."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(
    raw: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve connections by hand, for answers that no web framework would give."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await raw(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"


@asynccontextmanager
async def bot_at(base_url: str, **timeouts: Any) -> AsyncIterator[Bot]:
    request = AiohttpRequest(**timeouts)
    await request.initialize()
    try:
        yield Bot(TOKEN, base_url=base_url, request=request, get_updates_request=request)
    finally:
        await request.shutdown()


async def test_a_request_without_files_is_sent_as_json() -> None:
    """Parameters arrive with their own types, text and keyboards unharmed, under the library's user agent."""
    seen: list[tuple[web.Request, Any]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request, orjson.loads(await request.read())))
        return ok(MESSAGE)

    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Допомогти 🕊", callback_data="help:1")]])
    async with serving(handler) as url, bot_at(url) as bot:
        sent = await bot.send_message(5, 'Ж"<&>\u202e', reply_markup=keyboard, disable_notification=True)

    request, body = seen[0]
    assert sent.message_id == 7
    assert request.path == f"/bot{TOKEN}/sendMessage"
    assert request.content_type == "application/json"
    assert request.headers["User-Agent"].startswith("python-telegram-bot")
    assert body == {
        "chat_id": 5,
        "text": 'Ж"<&>\u202e',
        "disable_notification": True,
        "reply_markup": {"inline_keyboard": [[{"text": "Допомогти 🕊", "callback_data": "help:1"}]]},
    }


@pytest.mark.parametrize("size", [10, 3 * SLICE + 1])
async def test_files_are_sent_as_multipart(size: int) -> None:
    """Small and large files arrive whole, with their names, beside the other parameters."""
    content = bytes(range(256)) * (size // 256 + 1)
    seen: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.Response:
        assert request.content_length
        form = await request.post()
        for name, value in form.items():
            seen[name] = (value.filename, value.file.read()) if isinstance(value, web.FileField) else value
        return ok(MESSAGE)

    async with serving(handler) as url, bot_at(url) as bot:
        await bot.send_document(5, InputFile(content, 'a "naïve" name.bin'), caption="Ж & <b>")

    assert seen["chat_id"] == "5"
    assert seen["caption"] == "Ж & <b>"
    assert seen["document"][1] == content
    assert "name.bin" in seen["document"][0]


async def test_an_album_attaches_its_files() -> None:
    """Files inside a list are found by their attach:// names."""
    seen: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.Response:
        for name, value in (await request.post()).items():
            seen[name] = value.file.read() if isinstance(value, web.FileField) else value
        return ok([MESSAGE, MESSAGE])

    async with serving(handler) as url, bot_at(url) as bot:
        await bot.send_media_group(5, [InputMediaPhoto(b"one"), InputMediaPhoto(b"two")])

    names = [each["media"].removeprefix("attach://") for each in orjson.loads(seen["media"])]
    assert [seen[name] for name in names] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"description": "Bad Request: chat not found"}, BadRequest),
        (400, {"description": "moved", "parameters": {"migrate_to_chat_id": -1001}}, ChatMigrated),
        (401, {"description": "Unauthorized"}, InvalidToken),
        (500, {"description": "Internal Server Error"}, NetworkError),
    ],
)
async def test_refusals_become_the_library_s_errors(
    status: int, body: dict[str, Any], error: type[TelegramError]
) -> None:
    """Statuses and parameters reach python-telegram-bot unchanged."""

    async def handler(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error_code": status, **body}, status=status)

    async with serving(handler) as url, bot_at(url) as bot:
        with pytest.raises(error) as caught:
            await bot.send_message(5, "text")
    assert type(caught.value) is error


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"ok": true}', b'["result"]', b"\xff\xfe"])
async def test_a_success_that_cannot_be_read_is_a_lost_answer(body: bytes) -> None:
    """A 200 without a readable result is a network's error, never a KeyError, and may have been sent."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body)

    async with serving(handler) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(5, "text")
    assert getattr(outcome_of(caught.value), "maybe_sent", False)


@pytest.mark.parametrize("escaped", [b"\\ud83d", b"caf\xe9"])
async def test_texts_that_orjson_refuses_are_read(escaped: bytes) -> None:
    """Half an emoji or broken UTF-8 in somebody's name does not lose the whole answer."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(
            body=b'{"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "%s"}}' % escaped
        )

    async with serving(handler) as url, bot_at(url) as bot:
        assert (await bot.get_me()).id == 1


async def test_redirects_are_not_followed() -> None:
    """The token goes to nobody but the configured server."""
    paths: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        raise web.HTTPFound("/elsewhere")

    async with serving(handler) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError):
            await bot.get_me()
    assert paths == [f"/bot{TOKEN}/getMe"]


async def test_cookies_and_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """No state is kept between requests but the connections, and none is taken from the machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    cookies: list[int] = []

    async def handler(request: web.Request) -> web.Response:
        cookies.append(len(request.cookies))
        answer = ok(True)
        answer.set_cookie("a", "b")
        return answer

    async with serving(handler) as url, bot_at(url) as bot:
        await bot.delete_message(5, 7)
        await bot.delete_message(5, 7)
    assert cookies == [0, 0]


async def test_the_silence_of_the_server_ends_in_timed_out() -> None:
    """The read timeout, the call's before the instance's, ends the wait for an answer; it may be sent."""
    never = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await never.wait()
        return ok(True)

    async with serving(handler) as url, bot_at(url, read_timeout=30) as bot:
        with pytest.raises(TimedOut) as caught:
            await bot.get_me(read_timeout=0.05)
        never.set()
    assert not isinstance(caught.value, NeverSentError)


async def test_a_long_poll_lives_as_long_as_it_asks_for() -> None:
    """The length of the poll is added to the read timeout, so that it outlives any default."""

    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)  # longer than the read timeout alone
        return ok([])

    async with serving(handler) as url, bot_at(url, read_timeout=0.1) as bot:
        assert await bot.get_updates(timeout=timedelta(seconds=PATIENCE)) == ()


async def test_a_long_poll_and_sends_share_one_instance() -> None:
    """While a poll waits, other requests come and go; the poll's end is its own."""
    sent = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        if request.path.endswith("getUpdates"):
            await sent.wait()
            return ok([])
        sent.set()
        return ok(MESSAGE)

    async with serving(handler) as url, bot_at(url) as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=20))
        await bot.send_message(5, "text")
        assert await poll == ()


async def test_a_full_pool_ends_in_never_sent() -> None:
    """Whoever gets no connection in time learns that nothing has left."""
    never, busy = asyncio.Event(), asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        busy.set()
        await never.wait()
        return ok(True)

    async with serving(handler) as url, bot_at(url, connections=1, read_timeout=30) as bot:
        first = asyncio.create_task(bot.delete_message(5, 7))
        await busy.wait()
        with pytest.raises(NeverSentInTimeError):
            await bot.delete_message(5, 8, pool_timeout=0.02, connect_timeout=0.02)
        never.set()
        assert await first is True


async def test_an_upload_may_not_stall() -> None:
    """A server that stops reading ends the write within its timeout, long before the read timeout."""
    over = asyncio.Event()

    async def stalled(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readline()
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # the only way not to read on
        await over.wait()

    async with speaking(stalled) as url, bot_at(url, read_timeout=1000) as bot:
        with pytest.raises(TimedOut):
            await bot.send_document(5, bytes(32 * 1024 * 1024), write_timeout=0.1)
        over.set()


async def test_a_slow_upload_that_moves_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The write timeout is about a stall: a large file may take several times as long in all."""
    size = 512 * SLICE  # more than the sockets' buffers swallow
    loop, real, late = asyncio.get_running_loop(), asyncio.get_running_loop().time, 0.0
    monkeypatch.setattr(loop, "time", lambda: real() + late)

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal late
        await reader.readuntil(b"\r\n\r\n")
        received = 0
        while received < size:
            received += len(await reader.read(SLICE))
            late = received / SLICE / 5  # each slice seems to take a fifth of a second
        answer = orjson.dumps({"ok": True, "result": MESSAGE})
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))

    async with speaking(slow) as url, bot_at(url, read_timeout=1000) as bot:
        assert (await bot.send_document(5, bytes(size), write_timeout=PATIENCE)).message_id == 7
    assert late > 1.5 * PATIENCE


async def test_an_answer_before_the_end_of_an_upload_is_read() -> None:
    """A server that refuses a large file without reading it is understood."""

    async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        while await reader.read(SLICE):
            pass

    async with speaking(refusing) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError, match="413"):
            await bot.send_document(5, bytes(4 * 1024 * 1024))


async def test_after_shutdown_the_same_instance_can_start_again() -> None:
    """Starting and ending twice does no harm, and nothing works in between."""
    request = AiohttpRequest()

    async def handler(_: web.Request) -> web.Response:
        return ok(True)

    async with serving(handler) as url:
        for _ in range(2):
            await asyncio.gather(request.initialize(), request.initialize())
            status, body = await request.do_request(f"{url}{TOKEN}/x", "POST")
            assert (status, orjson.loads(body)["result"]) == (200, True)
            await asyncio.gather(request.shutdown(), request.shutdown())
        with pytest.raises(NetworkError, match="not initialized"):
            await request.post(f"{url}{TOKEN}/x")


async def test_shutdown_ends_what_is_under_way() -> None:
    """A request that still waits for its answer fails at once instead of keeping the program alive."""
    busy = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        busy.set()
        await asyncio.Event().wait()
        return ok(True)

    async with serving(handler) as url, bot_at(url, read_timeout=30) as bot:
        waiting = asyncio.create_task(bot.get_me())
        await busy.wait()
        await bot.request.shutdown()
        with pytest.raises(NetworkError):
            await waiting


async def test_files_are_fetched_by_get() -> None:
    """A download is the raw bytes of the answer, whatever they are."""

    async def handler(request: web.Request) -> web.Response:
        assert request.method == "GET"
        return web.Response(body=b"\x00no json")

    async with serving(handler) as url, bot_at(url) as bot:
        assert await bot.request.retrieve(f"{url}{TOKEN}/photo.jpg") == b"\x00no json"


async def closed(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Hang up without a word."""


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
    """Whatever the server does, the text, the whole traceback and the log are free of the token."""
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
    """Nor when there is no server, or when the address is no address."""
    caplog.set_level(logging.DEBUG)
    async with bot_at(url) as bot:
        caplog.clear()
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(5, "text")
    assert_clean(caught.value, caplog)


async def test_without_a_server_nothing_was_sent() -> None:
    """A refused connection is told apart from a lost answer."""
    async with bot_at("http://127.0.0.1:1/bot") as bot:
        with pytest.raises(NeverSentError):
            await bot.send_message(5, "text")


def assert_clean(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    told = "".join(traceback.format_exception(error)) + caplog.text
    cause: BaseException | None = error
    while cause is not None:
        told += repr(cause) + str(cause)
        cause = cause.__cause__ or cause.__context__
    assert "secret" not in told
