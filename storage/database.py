"""The database: its engine and sessions, and each difference between the SQL of SQLite and PostgreSQL.

Addresses, drivers and errors are in storage/engine/; so is the full-text index, which the two do differently.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    URL,
    ColumnElement,
    DateTime,
    FromClause,
    String,
    Table,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from storage.engine.address import connect_options, driver_url, without_options
from storage.engine.notices import WorkNotices
from storage.engine.postgresql import PostgreSQLServer
from storage.engine.sqlite import SQLiteFile
from storage.engine.unavailable import DatabaseUnavailableError, Translator

PackRows = Callable[[Sequence[Sequence[Any]]], dict[str, Any]]
Insert = sqlite.Insert | postgresql.Insert

Moment = datetime | ColumnElement[datetime]
"""A time that we know, or an expression for the database's own time."""

_POOL_SIZE = 10
_COMMAND_TIMEOUT_S = 60.0  # our statements take seconds at most; a host that vanished would never answer


class Database:
    """One database for all tasks of a process: `transaction()` to write, `read()` to read."""

    def __init__(self, url: str, *, patient: bool = False) -> None:
        """A PostgreSQL that does not answer for a minute counts as away, unless `patient`: for migrations."""
        self._translator = Translator()
        address = make_url(driver_url(url))
        self._opener: SQLiteFile | PostgreSQLServer = PostgreSQLServer()
        if address.get_backend_name() == "sqlite":
            self._opener = SQLiteFile(address.database or "")
        timeout = None if patient else _COMMAND_TIMEOUT_S
        options = connect_options(address, timeout) | {"async_creator_fn": self._opener.open}
        self.engine: AsyncEngine = _engine(address, options, self._translator)
        self._notices = WorkNotices(self.engine)
        self._keeps_prepared = True
        if isinstance(self._opener, SQLiteFile):
            self._opener.begin_for(self.engine)
            self._writing = _sessions(self.engine, sqlite_begin="IMMEDIATE")
            self._reading = _sessions(self.engine, sqlite_begin="DEFERRED")
        else:
            self._opener.test_idle_connections_of(self.engine)
            self._writing = _sessions(self.engine)
            # Where statements cannot be prepared for long, as behind a pooler, only a transaction keeps the
            # connection to the server between preparing a statement and executing it.
            self._keeps_prepared = options.get("prepared_statement_cache_size") != 0
            reading = {"isolation_level": "AUTOCOMMIT"} if self._keeps_prepared else {}
            self._reading = _sessions(self.engine, **reading)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a transaction that may write: committed at the end of the `async with`, or rolled back."""
        return self._writing.begin()

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a session that only reads, and waits for no writer.

        On SQLite it sees the rows of one moment; on PostgreSQL each statement sees those of its own moment,
        and rows cannot be streamed.
        """
        return self._reading()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; otherwise it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    def shared_clock(self, clock: Callable[[], datetime]) -> Callable[[], Moment]:
        """Return a clock that all processes on this database agree on.

        For PostgreSQL it is the database's own time, when the statement runs. For SQLite, whose processes are
        on one machine, it is `clock`.
        """
        return clock if self.is_sqlite else lambda: func.clock_timestamp(type_=DateTime(timezone=True))

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL, and for a `file:` address, whose parts only SQLite knows."""
        name = self.engine.url.database or ""
        return Path(name) if self.is_sqlite and not name.startswith("file:") else None

    def change_mark(self) -> object | None:
        """Return a value that differs after any process committed something to do; None: nobody knows.

        It costs no statement. On PostgreSQL it needs `listen`, and says nothing of who becomes due later.
        """
        if isinstance(self._opener, SQLiteFile):
            return self._opener.change_mark() if self.file else None
        return self._notices.mark()

    async def listen(self) -> None:
        """Hear of the commits of other processes until cancelled, for `change_mark`."""
        if self.is_sqlite or not self._keeps_prepared:  # behind a pooler, no notice would come
            await asyncio.Event().wait()
        await self._notices.listen()

    @property
    def folder(self) -> Path | None:
        """The folder of the SQLite file; None for PostgreSQL."""
        name = (self.engine.url.database or "").removeprefix("file:")
        return Path(name).absolute().parent if self.is_sqlite else None

    @property
    def shown_url(self) -> str:
        """The address without its password, for logs."""
        return self.engine.url.render_as_string(hide_password=True)

    def on_failure(self, notice: Callable[[DatabaseUnavailableError], None]) -> None:
        """Call `notice` each time that the database does not answer."""
        self._translator.notice = notice

    async def close(self) -> None:
        """Close all connections, even if this task is cancelled meanwhile."""
        await asyncio.shield(self._close())

    async def _close(self) -> None:
        await self.engine.dispose()
        self._translator.stop()
        await self._opener.close()


def insert(session: AsyncSession, table: type[DeclarativeBase] | Table) -> Insert:
    """Return an INSERT that has `on_conflict_…`: SQLAlchemy has a class of it for each database."""
    return insert_on(dialect_of(session), table)


def insert_on(dialect: str, table: type[DeclarativeBase] | Table) -> Insert:
    """Return the same INSERT for a statement that is built once and kept."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def rows_in(dialect: str, columns: Mapping[str, TypeEngine[Any]]) -> tuple[FromClause, PackRows]:
    """Return a table that is a statement's parameter, and the function that packs rows into that parameter.

    The statement is the same for any number of rows, so it is compiled and planned once.
    """
    if dialect == "sqlite":
        each = func.json_each(bindparam("rows", type_=String)).table_valued("value", name="given")
        fields = [
            func.json_extract(each.c.value, f"$[{index}]", type_=kind).label(name)
            for index, (name, kind) in enumerate(columns.items())
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
    """Wait for all other transactions that have called this with `name`, and let later ones wait for us.

    So the ids that they assign become visible in their order. SQLite has one writer at a time anyway.
    """
    if dialect_of(session) != "sqlite":
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


def utc_day(dialect: str, moment: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the day of a moment in UTC, as in "2026-11-22"."""
    if dialect == "sqlite":  # which stores UTC
        return func.date(moment, type_=String)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD", type_=String)


def dialect_of(session: AsyncSession) -> str:
    """Return `sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


def _engine(address: URL, options: dict[str, Any], translator: Translator) -> AsyncEngine:
    engine = create_async_engine(
        without_options(address),
        connect_args=options,
        hide_parameters=True,  # errors are logged, and what a reader wrote must not be
        poolclass=translator.pool(),
        pool_size=_POOL_SIZE,
        max_overflow=0,
    )
    translator.listen(engine)
    return engine


def _sessions(engine: AsyncEngine, **options: Any) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine.execution_options(**options), expire_on_commit=False)
