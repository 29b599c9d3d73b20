"""The transport against real servers on 127.0.0.1: what it sends, and what it makes of answers."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, InputMediaPhoto
from telegram.error import BadRequest, ChatMigrated, InvalidToken, NetworkError, TelegramError

from bot.telegram.outcomes import outcome_of
from bot.telegram.transport import SLICE, AiohttpRequest, NeverSentError
from tests.telegram.servers import MESSAGE, TOKEN, bot_at, ok, serving, speaking

pytestmark = pytest.mark.enable_socket


async def test_a_request_without_files_is_sent_as_json() -> None:
    """Parameters keep their types, texts and keyboards arrive unchanged, with the library's user agent."""
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


async def test_files_are_fetched_by_get() -> None:
    """A download is the raw bytes of the answer."""

    async def handler(request: web.Request) -> web.Response:
        assert request.method == "GET"
        return web.Response(body=b"\x00no json")

    async with serving(handler) as url, bot_at(url) as bot:
        assert await bot.request.retrieve(f"{url}{TOKEN}/photo.jpg") == b"\x00no json"


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
    """A 200 without a readable result is a NetworkError, never a KeyError; the message may have been sent."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body)

    async with serving(handler) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(5, "text")
    assert getattr(outcome_of(caught.value), "maybe_sent", False)


@pytest.mark.parametrize("escaped", [b"\\ud83d", b"caf\xe9"])
async def test_texts_that_orjson_refuses_are_read(escaped: bytes) -> None:
    """Half an emoji or broken UTF-8 in a name does not lose the whole answer."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(
            body=b'{"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "%s"}}' % escaped
        )

    async with serving(handler) as url, bot_at(url) as bot:
        assert (await bot.get_me()).id == 1


async def test_an_answer_before_the_end_of_an_upload_is_read() -> None:
    """A server may refuse a large file without reading it."""

    async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        while await reader.read(SLICE):
            pass

    async with speaking(refusing) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError, match="413"):
            await bot.send_document(5, bytes(4 * 1024 * 1024))


async def test_without_a_server_nothing_was_sent() -> None:
    """A refused connection is distinguished from a lost answer."""
    async with bot_at("http://127.0.0.1:1/bot") as bot:
        with pytest.raises(NeverSentError):
            await bot.send_message(5, "text")


async def test_redirects_are_not_followed() -> None:
    """The token goes to no other server than the configured one."""
    paths: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        raise web.HTTPFound("/elsewhere")

    async with serving(handler) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError):
            await bot.get_me()
    assert paths == [f"/bot{TOKEN}/getMe"]


async def test_cookies_and_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests share connections and nothing else."""
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


async def test_after_shutdown_the_same_instance_can_start_again() -> None:
    """Starting and ending twice does no harm, and no request works in between."""
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


async def test_shutdown_ends_requests_under_way() -> None:
    """A request that waits for its answer fails at once."""
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
