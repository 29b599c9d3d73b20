"""PostgreSQL by asyncpg: opens connections, and closes those that a cancelled task left open."""

import weakref
from typing import Any

import asyncpg


class PostgreSQLServer:
    """Opens connections to the server, and knows them all."""

    def __init__(self) -> None:
        self._opened: weakref.WeakSet[asyncpg.Connection] = weakref.WeakSet()

    async def open(self, *given: Any, **named: Any) -> asyncpg.Connection:
        """Connect, with the arguments of `asyncpg.connect`."""
        connection = await asyncpg.connect(*given, **named)
        self._opened.add(connection)
        return connection

    async def close(self) -> None:
        """Close the connections that the pool no longer knows: the server rolls their transactions back."""
        for connection in list(self._opened):
            if not connection.is_closed():
                connection.terminate()
