"""PostgreSQL by asyncpg: knows its connections, so that none outlives the database that was closed."""

import weakref
from typing import Any

import asyncpg


class PostgreSQLServer:
    """The server: opens connections to it."""

    def __init__(self) -> None:
        self._opened: weakref.WeakSet[asyncpg.Connection] = weakref.WeakSet()

    async def open(self, *given: Any, **named: Any) -> asyncpg.Connection:
        """Connect."""
        connection = await asyncpg.connect(*given, **named)
        self._opened.add(connection)
        return connection

    async def close(self) -> None:
        """Cut what a cancelled task left open: the server rolls its transaction back."""
        for connection in list(self._opened):
            if not connection.is_closed():
                connection.terminate()
