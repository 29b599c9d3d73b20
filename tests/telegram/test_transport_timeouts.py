"""The timeouts of the transport: each ends one step, and says whether the request may have arrived."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest
from aiohttp import web
from telegram.error import TimedOut

from bot.telegram.transport import SLICE, NeverSentError, NeverSentInTimeError
from tests.telegram.servers import MESSAGE, bot_at, ok, serving, speaking
from tests.waiting import PATIENCE

pytestmark = pytest.mark.enable_socket


async def test_a_silent_server_ends_in_timed_out() -> None:
    """After the read timeout, that of the call before that of the instance; the request may have arrived."""
    never = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await never.wait()
        return ok(True)

    async with serving(handler) as url, bot_at(url, read_timeout=30) as bot:
        with pytest.raises(TimedOut) as caught:
            await bot.get_me(read_timeout=0.05)
        never.set()
    assert not isinstance(caught.value, NeverSentError)


async def test_a_long_poll_lasts_as_long_as_it_asks_for() -> None:
    """Its length is added to the read timeout, so that it outlasts any default."""

    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)  # longer than the read timeout alone
        return ok([])

    async with serving(handler) as url, bot_at(url, read_timeout=0.1) as bot:
        assert await bot.get_updates(timeout=timedelta(seconds=PATIENCE)) == ()


async def test_a_long_poll_and_sends_share_one_instance() -> None:
    """While a poll waits, other requests are made and answered."""
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
    """A request that gets no connection in time has certainly not left."""
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


async def test_an_upload_that_stalls_is_cut() -> None:
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
    """The write timeout is for a stall: a large file may take several times as long in all."""
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
