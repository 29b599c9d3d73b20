"""A site of the test's own on 127.0.0.1 that says whatever the test wants, and names that lead to it."""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.articles.fetch.fetcher import Fetched, Fetcher, FetchLimits
from bot.articles.fetch.public_hosts import ConnectPolicy
from tests.waiting import PATIENCE

HOST = "news.example.org"
QUICK = FetchLimits(headers=PATIENCE, total=PATIENCE, body=64 * 1024)  # a small body

Reply = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Names(AbstractResolver):
    """Looks names up in a table; a name with several rows gives the next one at each look-up."""

    def __init__(self) -> None:
        self.table: dict[str, list[list[str]]] = {HOST: [["127.0.0.1"]]}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, _family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        rows = self.table[host]
        found = rows.pop(0) if len(rows) > 1 else rows[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=0, proto=0, flags=0)
            for address in found
        ]

    async def close(self) -> None:
        pass


class Site:
    """One server; `replies` says what it answers at which path, byte by byte."""

    def __init__(self, *, scheme: str = "http", trust: ssl.SSLContext | None = None) -> None:
        self.port = 0  # until it is opened
        self.scheme = scheme
        self.trust = trust
        self.names = Names()
        self.replies: dict[str, Reply] = {}
        self.requests: list[str] = []

    def address(self, path: str = "/", *, host: str = HOST) -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def fetcher(self, limits: FetchLimits = QUICK) -> Fetcher:
        return Fetcher(
            contact="https://example.org/contact",
            limits=limits,
            policy=ConnectPolicy(besides=frozenset({("127.0.0.1", self.port)})),
            resolver=self.names,
            trust=self.trust,
        )

    async def fetch(self, reply: Reply, *, limits: FetchLimits = QUICK) -> Fetched:
        """Fetch the first page of the site, which answers with `reply`."""
        self.replies["/"] = reply
        return await self.fetcher(limits).fetch(self.address())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(request)
            reply = self.replies[request.split(" ")[1]]
            if isinstance(reply, bytes):
                writer.write(reply)
                await writer.drain()
            else:
                await reply(reader, writer)
        writer.close()


@asynccontextmanager
async def opened(site: Site, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """The site with its server running; in the end all its connections have ended too."""
    talks: set[asyncio.Task[None]] = set()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(site.serve(reader, writer)))

    async with await asyncio.start_server(welcome, "127.0.0.1", 0, ssl=tls) as server:
        site.port = server.sockets[0].getsockname()[1]
        yield site
        await asyncio.gather(*talks)


def answer(
    body: bytes = b"<p>Hello.</p>", *headers: str, status: str = "200 OK", kind: str = "text/html"
) -> bytes:
    """A whole answer, as it goes over the wire; its end is the connection's unless `headers` say more."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *headers]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def redirect(target: str, *, status: str = "302 Found") -> bytes:
    """An answer that sends on to `target`."""
    return answer(b"", f"Location: {target}", "Content-Length: 0", status=status)


def bare_deflate(data: bytes) -> bytes:
    """Deflate without the zlib header, as some servers send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()
