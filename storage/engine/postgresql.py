"""PostgreSQL by asyncpg: opens connections, and closes those that a cancelled task left open."""

import time
import weakref
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

_TRUSTED_S = 2.0  # a connection that was used so recently is used again without a test
_USED_AT = "used at"


class PostgreSQLServer:
    """Opens connections to the server, and knows them all."""

    def __init__(self) -> None:
        self._opened: weakref.WeakSet[asyncpg.Connection] = weakref.WeakSet()

    async def open(self, *given: Any, **named: Any) -> asyncpg.Connection:
        """Connect, with the arguments of `asyncpg.connect`."""
        connection = await asyncpg.connect(*given, **named)
        self._opened.add(connection)
        return connection

    def test_idle_connections_of(self, engine: AsyncEngine) -> None:
        """Test a connection that was idle before it is used, and replace all of them if it is broken.

        SQLAlchemy's own test (`pool_pre_ping`) comes before every use and makes three trips to the server,
        where most of our statements make one.
        """
        dialect = engine.sync_engine.dialect

        def used(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
            entry.info[_USED_AT] = time.monotonic()

        def taken(
            connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
        ) -> None:
            driver = entry.driver_connection
            if driver is not None and driver.is_closed():  # asyncpg has seen that the server ended it
                raise InvalidatePoolError
            used_at = entry.info.get(_USED_AT)
            if used_at is None or time.monotonic() - used_at < _TRUSTED_S:
                return
            try:
                dialect.do_ping(connection)
            except (DBAPIError, dialect.loaded_dbapi.Error, OSError) as error:
                raise InvalidatePoolError from error

        event.listen(engine.sync_engine, "checkin", used)
        event.listen(engine.sync_engine, "checkout", taken)

    async def close(self) -> None:
        """Close the connections that the pool no longer knows: the server rolls their transactions back."""
        for connection in list(self._opened):
            if not connection.is_closed():
                connection.terminate()
