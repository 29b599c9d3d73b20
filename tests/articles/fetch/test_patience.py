"""The fetcher gives up on servers that are slow or never finish."""

import asyncio
from contextlib import suppress

import pytest

from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.fetcher import FetchLimits
from tests.sites import Reply, Site, answer, redirect
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

IMPATIENT = FetchLimits(headers=0.2, total=0.3)


def endless(head: bytes, piece: bytes) -> Reply:
    """Send `piece` for ever after `head`, as fast as the client reads."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return reply


def dripping(head: bytes, piece: bytes) -> Reply:
    """Send `piece` every 10 ms after `head`, until the client disconnects."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        more = b"?"
        while more:  # the client's input is empty at its end
            writer.write(piece)
            with suppress(TimeoutError):
                more = await asyncio.wait_for(reader.read(1), timeout=0.01)

    return reply


empty_blocks = b"\0\0\0\xff\xff" * 1000  # deflate: empty blocks


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (endless(answer(b""), b"x" * 4096), "larger than"),
        (
            endless(answer(b"", "Transfer-Encoding: chunked"), b"400\r\n" + b"x" * 1024 + b"\r\n"),
            "larger than",
        ),
        (endless(answer(b"", "Content-Encoding: deflate"), empty_blocks), "larger than"),
        (
            endless(answer(b"\x1f\x8b\x08\x08" + bytes(6), "Content-Encoding: gzip"), b"x" * 4096),
            "larger than",
        ),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 100), "incomplete or damaged"),
        (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096), "incomplete or damaged"),
        (endless(answer(b"0\r\n", "Transfer-Encoding: chunked"), b"X: x\r\n" * 100), "incomplete or damaged"),
    ],
    ids=[
        *("body", "chunks", "empty blocks", "name in a gzip header", "headers", "one header", "trailers"),
    ],
)
async def test_an_endless_answer_ends(site: Site, reply: Reply, reason: str) -> None:
    """An endless answer ends at the size limit, long before the time limit."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(reply)


@pytest.mark.parametrize(
    "reply",
    [
        dripping(b"", b""),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
        endless(answer(b"", "Transfer-Encoding: chunked"), b"0" * 4096),
        dripping(answer(b""), b"x"),
        dripping(answer(b"", "Content-Length: 1000"), b""),
        dripping(answer(b"", "Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
    ],
    ids=[
        "silence",
        "headers",
        "100 and again",
        "100 without pause",
        "chunk size",
        "body",
        "body that stops",
        "chunks",
    ],
)
async def test_a_slow_drip_ends(site: Site, reply: Reply) -> None:
    """The time limit ends an answer that trickles; a new byte does not restart it."""
    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetch(reply, limits=IMPATIENT)


async def test_headers_have_their_own_time_limit(site: Site) -> None:
    """A server that sends nothing is given up long before the limit of the whole fetch."""
    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetch(dripping(b"", b""), limits=FetchLimits(headers=0.1, total=1000))


async def test_a_slow_chain_of_redirects_ends(site: Site) -> None:
    """The total time limit covers all redirects, even if each is in time."""

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(reader.read(1), timeout=0.02)
        writer.write(redirect("/"))

    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetch(late, limits=FetchLimits(headers=PATIENCE, total=0.2, redirects=1000))
    assert len(site.requests) > 1


async def test_the_body_of_a_redirect_is_left_unread(site: Site) -> None:
    """The body of a redirect is not read, so that an endless one does no harm."""
    site.replies["/"] = endless(answer(b"", "Location: /b", status="302 Found"), b"x" * 4096)
    site.replies["/b"] = answer()
    assert (await site.fetcher().fetch(site.address())).body


async def test_a_slow_lookup_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that never answers is given up like a site."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(site.names, "resolve", never)
    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetch(answer(), limits=IMPATIENT)
