"""Limits for the connections of the web server: how many there are, and how long each may take."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto

from aiohttp import web

HEAD_S = 10.0  # from the connection, or the first byte of a request, to the end of its head
IDLE_S = 150.0  # between two requests: longer than proxies keep a connection, so that they close it first
MOST = 512  # open at once; Telegram opens 100 at most (setWebhook, max_connections), a proxy few more

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _State(Enum):
    HALF_OPEN = auto()  # the head of a request is incomplete
    IDLE = auto()  # no request has begun
    BUSY = auto()  # a request is being handled


class Connections:
    """The protocol factory of the server: wraps aiohttp's protocol, and limits connections.

    aiohttp waits for the end of a head without limit, so a client that opens connections and sends nothing
    could take them all. Here such a connection is closed after a while, or when there are too many and it is
    the oldest. A connection whose request is being handled is never closed.
    """

    def __init__(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._open: dict[_State, dict[_Connection, None]] = {state: {} for state in _State}  # oldest first

    def __call__(self) -> asyncio.Protocol:
        return _Connection(self, self._protocol())

    def make_room(self) -> bool:
        """Close the oldest waiting connection if there are too many; return False if all are busy."""
        if sum(map(len, self._open.values())) < MOST:
            return True
        waiting = [*self._open[_State.HALF_OPEN], *self._open[_State.IDLE]]
        if waiting:
            waiting[0].end()
        return bool(waiting)

    def note(self, connection: "_Connection", state: _State | None) -> None:
        """Note the new state of a connection; None: it is closed."""
        for some in self._open.values():
            some.pop(connection, None)
        if state is not None:
            self._open[state][connection] = None


class _Connection(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol, and closes the connection when it takes too long."""

    def __init__(self, connections: Connections, inner: asyncio.Protocol) -> None:
        self._connections = connections
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._state = _State.HALF_OPEN

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a server's is always one that can be aborted
        self._inner.connection_made(transport)
        if self._connections.make_room():
            self._enter(_State.HALF_OPEN, HEAD_S)
        else:
            self.end()

    def data_received(self, data: bytes) -> None:
        if self._state is _State.IDLE:
            self._enter(_State.HALF_OPEN, HEAD_S)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._connections.note(self, None)
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def begin(self) -> None:
        """Note that a request's head is complete and it is being handled."""
        self._enter(_State.BUSY, None)

    def wait(self) -> None:
        """Note that the request was handled, so that the next one may come."""
        self._enter(_State.IDLE, IDLE_S)

    def end(self) -> None:
        """Close it at once: a client that does not read our answers would delay any other way."""
        self._stop_timer()
        self._connections.note(self, None)
        if self._transport is not None:
            self._transport.abort()

    def _enter(self, state: _State, at_most: float | None) -> None:
        self._stop_timer()
        if self._transport is None or self._transport.is_closing():
            return
        self._state = state
        self._connections.note(self, state)
        if at_most is not None:
            self._timer = asyncio.get_running_loop().call_later(at_most, self.end)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


@web.middleware
async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection that its request is being handled: it has no limit of time meanwhile."""
    connection = request.transport.get_protocol() if request.transport else None
    if not isinstance(connection, _Connection):
        return await handler(request)
    connection.begin()
    try:
        return await handler(request)
    finally:
        connection.wait()
