"""aiohttp's way to a server, with a guard at each step: where it may not go, no socket is ever made."""

import socket
import ssl

from aiohttp import AddrInfoType, TCPConnector, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.articles.fetch.public_hosts import ConnectPolicy, OutOfReachError

RECEIVED_AT_ONCE = 64 * 1024
"""Bytes that the system keeps ready for us on one connection. uvloop parses all that is ready before it turns
to anybody else: a server that says "100 Continue" without end held it up for 1.7 s at a time, and with this
for 0.1 s. The price is speed: 640 KB/s (packed) from a server that is 0.1 s away."""


def guarded(
    reach: ConnectPolicy, *, resolver: AbstractResolver | None = None, trust: ssl.SSLContext | None = None
) -> TCPConnector:
    """A connector that connects only within `reach`. Call it in a running event loop.

    `resolver` looks names up (the system's, unless given) and is not trusted; `trust` says which certificates
    are (the system's, unless given). Each request is looked up anew and has a connection of its own.
    """
    return TCPConnector(
        resolver=GuardedResolver(reach, resolver or ThreadedResolver()),
        socket_factory=SocketFactory(reach),
        use_dns_cache=False,
        force_close=True,  # what a server leaves behind in a connection cannot become part of the next answer
        ssl=trust or True,
    )


class GuardedResolver(AbstractResolver):
    """Refuses a name if any of its addresses is out of reach: a private one among public ones is a trick."""

    def __init__(self, reach: ConnectPolicy, resolver: AbstractResolver) -> None:
        self._reach = reach
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The name's addresses. Raises OutOfReachError, or OSError where there are none."""
        results = await self._resolver.resolve(host, port, family)
        if not results:  # aiohttp does not expect it
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        if not all(self._reach.has(result["host"], result["port"]) for result in results):
            raise OutOfReachError(host)
        return results

    async def close(self) -> None:
        """Nothing of ours is open; the resolver belongs to whoever gave it."""


class SocketFactory:
    """Makes the sockets; the last check, which nothing gets around.

    aiohttp asks it with the very address that the socket is then connected to, whether that came from a
    name, stood in the address as a number, or was reached by a redirect.
    """

    def __init__(self, reach: ConnectPolicy) -> None:
        self._reach = reach

    def __call__(self, info: AddrInfoType) -> socket.socket:
        """Raises OutOfReachError."""
        family, kind, protocol, _, (host, port, *_) = info
        if not self._reach.has(host, port):
            raise OutOfReachError(host)
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_AT_ONCE)
        return made
