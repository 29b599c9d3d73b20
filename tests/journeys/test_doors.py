"""The web server and strangers that send nothing, send slowly, or send what cannot be read."""

import asyncio
import contextlib
import gzip
import io
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot import logs
from bot.runtime.health import WaitingForDatabase
from bot.web import connections
from bot.web.probes import Probes
from bot.web.server import WEBHOOK_PATH, WebServer

SECRET = "a-secret-of-the-tests"
MARK = "what-a-stranger-says"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = b'{"update_id": 7}'


class LoneServer:
    """A web server without a bot, and the updates that it received."""

    def __init__(self, server: WebServer, port: int, received: list[dict[str, Any]]) -> None:
        self.stop = server.stop
        self.port = port
        self.received = received

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Open a connection, as a stranger would."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def answer_to(self, *parts: bytes) -> bytes:
        """Send these bytes; return all that is answered until the connection ends, within a minute."""
        async with self.opened() as (reader, writer):
            for part in parts:
                writer.write(part)
            try:
                return await asyncio.wait_for(reader.read(), 60)
            except ConnectionResetError:
                return b""

    async def deliver(self) -> bytes:
        """Deliver an update as Telegram does; return the first line of the answer."""
        async with self.opened() as (reader, writer):
            writer.write(request(body=UPDATE))
            return await asyncio.wait_for(reader.readline(), 60)


def request(
    *,
    method: str = "POST",
    path: str = WEBHOOK_PATH,
    secret: str = SECRET,
    more: bytes = b"",
    body: bytes = b"",
) -> bytes:
    """Return a whole HTTP/1.1 request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{HEADER}: {secret}\r\n".encode() + more
    length = (
        b""
        if b"Transfer-Encoding" in more or b"Content-Length" in more
        else b"Content-Length: %d\r\n" % len(body)
    )
    return head + length + b"\r\n" + body


@pytest.fixture
async def lone_server() -> AsyncIterator[LoneServer]:
    """The server as the bot starts it, with one more page, which fails."""
    received: list[dict[str, Any]] = []

    async def receive(update: dict[str, Any]) -> None:
        received.append(update)

    async def fails(_request: web.Request) -> web.Response:
        raise LookupError("a fault of our own")

    server = WebServer(
        Probes(WaitingForDatabase()), secret=SECRET, receive=receive, pages=[web.get("/fails", fails)]
    )
    server.open_pages()
    yield LoneServer(server, await server.start("127.0.0.1", 0), received)
    await server.stop()


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """Return all that is logged, with the bot's configuration at its most verbose."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    written = io.StringIO()
    logs.configure("DEBUG", "text")
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written.getvalue
    root.handlers[:] = before


async def test_a_connection_whose_request_never_begins_is_closed(
    lone_server: LoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte, half a line, a header that trickles; no update is received."""
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    whole = request(body=UPDATE)
    for said in (b"", whole[:10], whole[:60], whole.partition(b"\r\n\r\n")[0]):
        assert await lone_server.answer_to(said) == b""

    async with lone_server.opened() as (reader, writer):
        writer.write(whole.partition(b"\r\n\r\n")[0] + b"\r\nX-Slow: ")
        ended = asyncio.create_task(reader.read())
        while not ended.done():
            writer.write(b"a")
            await asyncio.wait({ended}, timeout=0.02)
        with contextlib.suppress(ConnectionError):
            assert await ended == b""
    assert lone_server.received == []
    assert b"200" in await lone_server.deliver()


async def test_a_connection_whose_next_request_never_comes_is_closed(
    lone_server: LoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that sends nothing more, and one that stops in the middle."""
    for name, rest in (("IDLE_S", b""), ("HEAD_S", b"POST /tele")):
        with monkeypatch.context() as patch:
            patch.setattr(connections, name, 0.2)
            async with lone_server.opened() as (reader, writer):
                writer.write(request(body=UPDATE))
                assert b"200" in await asyncio.wait_for(reader.readline(), 60)
                writer.write(rest)
                with contextlib.suppress(ConnectionError):
                    await asyncio.wait_for(reader.read(), 60)


async def test_a_body_that_never_comes_is_answered_with_408(
    lone_server: LoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No update is received. Without the secret, no body is waited for."""
    monkeypatch.setattr("bot.web.server._BODY_S", 0.2)
    more = b"Content-Length: 100\r\n"
    assert b" 408 " in await lone_server.answer_to(request(more=more, body=b"{"))
    assert b" 408 " in await lone_server.answer_to(
        request(more=b"Transfer-Encoding: chunked\r\n", body=b"5\r\n{")
    )
    assert b" 403 " in await lone_server.answer_to(request(secret="wrong", more=more, body=b"{"))
    assert lone_server.received == []


async def test_telegram_gets_through_a_crowd_of_idle_connections(
    lone_server: LoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest idle connection makes room; one whose request is being handled is not closed."""
    monkeypatch.setattr(connections, "MOST", 20)
    async with AsyncExitStack() as stack:
        working, its_writer = await stack.enter_async_context(lone_server.opened())
        its_writer.write(request(more=b"Content-Length: %d\r\n" % len(UPDATE)))
        await crowd(stack, lone_server, 60)
        assert b"200" in await lone_server.deliver()
        await crowd(stack, lone_server, 60)
        its_writer.write(UPDATE)
        assert b"200" in await asyncio.wait_for(working.readline(), 60)
    assert lone_server.received == [{"update_id": 7}] * 2


async def crowd(stack: AsyncExitStack, lone_server: LoneServer, number: int) -> None:
    """Open so many connections that begin a request; the first ones are closed by the server."""
    readers = []
    for _ in range(number):
        reader, writer = await stack.enter_async_context(lone_server.opened())
        writer.write(b"POST /telegram HT")
        readers.append(reader)
    for reader in readers[: number - 20]:
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 60) == b""


STRANGE = [
    request(more=b"X-Nul: a\x00" + MARK.encode() + b"\r\n", body=UPDATE),
    request(more=b"X-Bad\x01Name: " + MARK.encode() + b"\r\n", body=UPDATE),
    request(more=b"X-Long: " + MARK.encode() * 1000 + b"\r\n", body=UPDATE),
    request(path="/" + MARK * 1000),
    request(method="\x16\x03\x01" + MARK),
    request(more=b"Content-Length: -1\r\n", body=MARK.encode()),
    request(more=b"Content-Length: 5\r\nContent-Length: 9\r\n", body=MARK.encode()),
    request(more=b"Content-Length: five\r\n", body=MARK.encode()),
    request(more=b"Transfer-Encoding: chunked\r\n", body=b"zz\r\n" + MARK.encode() + b"\r\n"),
    request(more=b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", body=MARK.encode()),
    request(more=b"Transfer-Encoding: " + MARK.encode() + b"\r\n", body=b"abc"),
    request(more=b"Content-Encoding: gzip\r\n", body=gzip.compress(UPDATE)),
    request(more=b"Content-Encoding: gzip\r\n", body=MARK.encode()),
    request(body=b"[" * 100_000),
    request(body=b'{"update_id": 7, "message": ' + b'{"reply_to_message": ' * 500 + b"1" + b"}" * 501),
    request(body=b'{"update_id": 9223372036854775808}'),
    request(body=b'{"update_id": 7, "message": {"chat": {"id": 9223372036854775808}}}'),
    request(body=b'{"update_id": 7, "message": {"chat": {"id": 1e30}}}'),
    request(body=b'{"update_id": 7, "message": {"message_id": 1.5}}'),
    request(body=b'{"update_id": true}'),
    MARK.encode() + b" nothing of HTTP\r\n\r\n",
    b"\x00" * 100 + b"\r\n\r\n",
]


@pytest.mark.parametrize("said", STRANGE, ids=range(len(STRANGE)))
async def test_a_request_that_cannot_be_read_is_answered_with_400(
    lone_server: LoneServer, logged: Callable[[], str], said: bytes
) -> None:
    """None of it is logged, not even the secret beside it; the next update is handled."""
    async with lone_server.opened() as (reader, writer):
        writer.write(said)
        assert b" 400 " in await asyncio.wait_for(reader.readline(), 60)
    assert b"200" in await lone_server.deliver()
    assert lone_server.received == [{"update_id": 7}]
    for word in (MARK, SECRET, "Traceback", "x00"):
        assert word not in logged()


async def test_an_error_in_a_page_is_answered_with_500_and_logged(
    lone_server: LoneServer, logged: Callable[[], str]
) -> None:
    """With its traceback, and without anything of the request."""
    answer = await lone_server.answer_to(
        request(method="GET", path="/fails?" + MARK, more=b"Connection: close\r\n")
    )
    assert b" 500 " in answer
    assert "a fault of our own" in logged()
    for word in (MARK, SECRET):
        assert word not in logged()


async def test_waiting_connections_hold_up_no_stop(lone_server: LoneServer) -> None:
    """An idle one, and one in the middle of a head."""
    async with lone_server.opened() as (idle, writer), lone_server.opened() as (half, other):
        writer.write(request(body=UPDATE))
        assert b"200" in await asyncio.wait_for(idle.readline(), 60)
        other.write(b"POST /tele")
        await lone_server.deliver()  # by then the server has both
        await asyncio.wait_for(lone_server.stop(), 60)
        for reader in (idle, half):
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(reader.read(), 60)
