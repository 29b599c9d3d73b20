"""The guarded connector: make aiohttp connect only where a ConnectPolicy allows it."""

import socket
import ssl

from aiohttp import AddrInfoType, TCPConnector, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.articles.fetch.public_hosts import ConnectPolicy, OutOfReachError

RECEIVE_BUFFER = 64 * 1024
"""Bytes in the receive buffer of one connection. uvloop parses the whole buffer before it serves any other
connection: a server that sent "100 Continue" without end blocked it for 1.7 s at a time, and with this limit
for 0.1 s. The price is speed: 640 KB/s (compressed) from a server with a round trip of 0.1 s."""


def guarded(
    policy: ConnectPolicy, *, resolver: AbstractResolver | None = None, trust: ssl.SSLContext | None = None
) -> TCPConnector:
    """Return a connector that connects only where `policy` allows it. Call it in a running event loop.

    `resolver` (default: the system's) looks names up; its answers are checked. `trust` (default: the
    system's) holds the accepted certificates. Each request looks its name up again and opens its own
    connection.
    """
    return TCPConnector(
        resolver=GuardedResolver(policy, resolver or ThreadedResolver()),
        socket_factory=SocketFactory(policy),
        use_dns_cache=False,
        force_close=True,  # nothing that a server leaves behind becomes part of the next answer
        ssl=trust or True,
    )


class GuardedResolver(AbstractResolver):
    """A resolver that refuses a name if the policy forbids any of its addresses.

    A private address among public ones is an attack.
    """

    def __init__(self, policy: ConnectPolicy, resolver: AbstractResolver) -> None:
        self._policy = policy
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the name's addresses. Raises OutOfReachError if one is forbidden, OSError if none exists."""
        results = await self._resolver.resolve(host, port, family)
        if not results:  # aiohttp does not expect an empty list
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        if not all(self._policy.allows(result["host"], result["port"]) for result in results):
            raise OutOfReachError(host)
        return results

    async def close(self) -> None:
        """Do nothing: the caller owns the inner resolver."""


class SocketFactory:
    """Creates the sockets; this is the last check, and nothing bypasses it.

    aiohttp calls it with the address that the socket then connects to, whether that comes from a name, is
    written as a number, or comes from a redirect.
    """

    def __init__(self, policy: ConnectPolicy) -> None:
        self._policy = policy

    def __call__(self, info: AddrInfoType) -> socket.socket:
        """Create a socket for this address. Raises OutOfReachError if the policy forbids the address."""
        family, kind, protocol, _, (host, port, *_) = info
        if not self._policy.allows(host, port):
            raise OutOfReachError(host)
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        return made
