"""Engine, sessions, and the differences between SQLite and PostgreSQL: the only place that knows them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import aiosqlite
import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    String,
    Table,
    bindparam,
    column,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import await_only

PackRows = Callable[[Sequence[Sequence[Any]]], dict[str, Any]]
Insert = sqlite.Insert | postgresql.Insert

Moment = datetime | ColumnElement[datetime]
"""A time that we know, or an expression for the database's own."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_BUSY_TIMEOUT_S = 30
_POOL_SIZE = 10


TROUBLE = (DBAPIError, PoolTimeoutError, OSError)
"""What a database that cannot be reached, read or written raises; asyncpg's OSErrors come as they are."""


def reason(error: Exception) -> str:
    """The driver's own words for one of TROUBLE, on one line and without our statement."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())[:200] or type(cause).__name__


class Database:
    """One database. `sessions.begin()` for work that writes, `snapshots()` for work that only reads."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = _engine(url)
        if self.is_sqlite:
            _Queue(self.engine)
        self.sessions: async_sessionmaker[AsyncSession] = _sessions(self.engine, "IMMEDIATE")
        self.snapshots: async_sessionmaker[AsyncSession] = _sessions(self.engine, "DEFERRED")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def shared_clock(self, clock: Callable[[], datetime]) -> Callable[[], Moment]:
        """What all who share this database agree on, whatever their machines' clocks say.

        For SQLite, whose processes are on one machine, that is `clock`.
        """
        return clock if self.is_sqlite else func.now

    @property
    def shown_url(self) -> str:
        """Its address as it may be shown: without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    async def close(self) -> None:
        await self.engine.dispose()


def driver_url(url: str) -> str:
    """`url` with the asyncio driver that we ship; ValueError where it names none of our databases."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("not a database address") from error
    if parsed.drivername not in _DRIVERS:
        raise ValueError(f"unknown kind of database {parsed.drivername!r}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory, which each connection would have for itself")
    return parsed.set(drivername=_DRIVERS[parsed.drivername]).render_as_string(hide_password=False)


def insert(session: AsyncSession, table: type[DeclarativeBase] | Table) -> Insert:
    """An INSERT with `on_conflict_…`, which both databases have and SQLAlchemy names twice."""
    return insert_on(dialect_of(session), table)


def insert_on(dialect: str, table: type[DeclarativeBase] | Table) -> Insert:
    """The same for a statement that is made once and kept."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def rows_in(dialect: str, columns: Mapping[str, TypeEngine[Any]]) -> tuple[FromClause, PackRows]:
    """A table that a statement is given as a parameter, and what makes that parameter of rows.

    So a statement reads the same for any number of rows, and is compiled and planned once.
    """
    if dialect == "sqlite":
        each = func.json_each(bindparam("rows", type_=String)).table_valued("value", name="given")
        fields = [
            func.json_extract(each.c.value, f"$[{place}]", type_=kind).label(name)
            for place, (name, kind) in enumerate(columns.items())
        ]
        return select(*fields).subquery("rows"), lambda rows: {"rows": orjson.dumps(rows).decode()}
    lists = [bindparam(f"rows_{name}", type_=postgresql.ARRAY(kind)) for name, kind in columns.items()]
    table = func.unnest(*lists).table_valued(
        *(column(name, kind) for name, kind in columns.items()), name="rows"
    )
    names = [f"rows_{name}" for name in columns]
    return table.render_derived(), lambda rows: dict(
        zip(names, map(list, zip(*rows, strict=True)), strict=True)
    )


async def in_turn(session: AsyncSession, name: str) -> None:
    """From here to its end, no other transaction that has said this name runs beside this one.

    So what they number is seen in its order. SQLite lets one write at a time anyway.
    """
    if dialect_of(session) != "sqlite":
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


def dialect_of(session: AsyncSession) -> str:
    """`sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(
        driver_url(url),
        connect_args={} if url.startswith("postgres") else {"async_creator_fn": _open_sqlite},
        hide_parameters=True,  # an error is logged, and what a reader wrote must not be
        pool_size=_POOL_SIZE,
        max_overflow=0,
        pool_pre_ping=url.startswith("postgres"),
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
    return engine


def _sessions(engine: AsyncEngine, begin: str) -> async_sessionmaker[AsyncSession]:
    bound = engine.execution_options(sqlite_begin=begin)
    return async_sessionmaker(bound, expire_on_commit=False)


async def _open_sqlite(*given: Any, **named: Any) -> aiosqlite.Connection:
    """Connect; where that fails, see the driver's thread out, or it would speak to a loop that is closed."""
    connection = aiosqlite.connect(*given, **named)
    connection._thread.daemon = True  # noqa: SLF001  # as SQLAlchemy does: it must not hold up the exit
    try:
        return await connection
    except BaseException:
        await asyncio.to_thread(connection._thread.join)  # noqa: SLF001  # there is no public way to wait
        raise


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin by itself: _begin_sqlite says how
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


class _Queue:
    """Who writes next to SQLite: first come, first served, within this process.

    SQLite itself lets those who wait look again every so often, and whoever comes by at the right moment has
    the lock: beside a worker that settles without a pause, a reader's answer would wait for seconds.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._turn = asyncio.Lock()
        event.listen(engine.sync_engine, "begin", self._begin)
        event.listen(engine.sync_engine, "checkin", self._leave)

    def _begin(self, connection: Connection) -> None:
        """Take the write lock at once where a transaction will write: upgrading a read one fails as busy."""
        kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        if kind == "IMMEDIATE" and not connection.info.get("writes"):
            await_only(self._turn.acquire())
            connection.info["writes"] = True
        connection.exec_driver_sql(f"BEGIN {kind}")

    def _leave(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """The transaction is over: its connection is back in the pool."""
        if record.info.pop("writes", False):
            self._turn.release()
