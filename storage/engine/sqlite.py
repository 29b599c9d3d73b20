"""SQLite by aiosqlite: a thread a connection, and nothing that ends badly keeps the write lock."""

import asyncio
import sqlite3
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from storage.engine.unavailable import DatabaseLostError, Translator

T = TypeVar("T")

_BUSY_TIMEOUT_S = 30.0
_BUSY_STEP_S = 0.25  # SQLite waits so long in one go, and nothing ends that
_LOOK_AFTER = 500_000  # instructions of SQLite's, some 20 ms: each look may wait 5 ms for Python's lock
_JOIN_S = 5.0


class SQLiteConnection(sqlite3.Connection):
    """Closes with all that hangs on it.

    A close with a statement unfinished leaves a zombie that keeps its lock until Python collects the
    statement, and a traceback can hold that for minutes (https://www.sqlite.org/c3ref/close.html).
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._cursors: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()
        self.ended: Callable[[], None] | None = None  # called once, when the transaction is over
        self.isolation_level = None  # the driver must not begin by itself: `begin` says how
        self.execute(f"PRAGMA busy_timeout = {_BUSY_STEP_S * 1000:.0f}")
        self.execute("PRAGMA foreign_keys = ON")
        self.execute("PRAGMA synchronous = FULL")

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        cursor = super().cursor(factory)
        self._cursors.add(cursor)
        return cursor

    def close(self) -> None:
        while self._cursors:
            self._cursors.pop().close()
        with suppress(sqlite3.ProgrammingError):  # closed before
            self.rollback()
        super().close()
        self._end()

    def note_end(self) -> None:
        """Call `ended` unless a transaction is open."""
        if self.ended is not None and not self.in_transaction:
            self._end()

    def _end(self) -> None:
        ended, self.ended = self.ended, None
        if ended is not None:
            ended()


class _Call:
    """Something for the thread to do. `left`: nobody waits for it any more."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = False

    def patiently(self, do: Callable[[], T]) -> T:
        """Do it, again and again while another process has the lock."""
        give_up_at = time.monotonic() + _BUSY_TIMEOUT_S
        while True:
            try:
                return do()
            except sqlite3.OperationalError as error:
                if self.left or not _is_busy(error) or time.monotonic() > give_up_at:
                    raise


class _Now:
    """What the thread does now."""

    __slots__ = ("call",)

    def __init__(self) -> None:
        self.call = _Call()

    def is_left(self) -> bool:
        """SQLite asks this in the middle of a statement, and breaks it off on True."""
        return self.call.left


class _Threaded(aiosqlite.Connection):
    """aiosqlite's connection, whose thread does nothing long for somebody who has left."""

    def __init__(self, *given: Any, **named: Any) -> None:
        now = self._now = _Now()  # with self in its place, connection and handler would keep each other

        def connect() -> sqlite3.Connection:
            connection = SQLiteConnection(*given, **named)
            connection.set_progress_handler(now.is_left, _LOOK_AFTER)
            return connection

        named.pop("factory", None)  # SQLAlchemy's own
        super().__init__(connect, iter_chunk_size=64)
        self._is_stopped = False
        self._thread.daemon = True  # as SQLAlchemy does: it must not hold up the exit

    @property
    def _conn(self) -> SQLiteConnection:
        connection = super()._conn
        assert isinstance(connection, SQLiteConnection)  # noqa: S101  # made by connect() above
        return connection

    async def begin(self, kind: str, check: Callable[[], None], ended: Callable[[], None] | None) -> None:
        """Begin a transaction: IMMEDIATE or DEFERRED. `check` is called first, `ended` when it is over.

        Both are called in the thread.
        """
        connection = self._conn
        connection.ended = ended

        def begin() -> None:
            check()
            connection.execute(f"BEGIN {kind}").close()

        await self._execute(begin)

    async def close(self) -> None:
        """Close it; nothing where it was stopped before."""
        if not self._is_stopped:
            await super().close()

    def stop(self) -> asyncio.Future[Any] | None:
        """Close it and stop the thread, once: the future of a second stop would wait for ever.

        aiosqlite's own does not close what a close() that came too late has forgotten.
        """
        if self._is_stopped:
            return None
        self._is_stopped = True
        if self._connection is not None:
            self._tx.put_nowait((None, self._connection.close))
        return super().stop()

    async def end(self) -> None:
        """Close what a cancelled task left open, and wait for the thread."""
        self._now.call.left = True
        self.stop()
        await self.gone()

    async def gone(self) -> None:
        """Wait until the thread has ended."""
        await asyncio.to_thread(self._thread.join, _JOIN_S)

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Have the thread do it; break it off when cancelled."""
        call, connection = _Call(), self._conn

        def do() -> T:
            self._now.call = call
            try:
                return call.patiently(partial(fn, *args, **kwargs))
            finally:
                connection.note_end()

        try:
            done: T = await super()._execute(do)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            call.left = True
            raise
        return done


class SQLiteFile:
    """The file: opens its connections, and knows whether it is still there."""

    def __init__(self, path: str, translator: Translator) -> None:
        self._path = Path(path.removeprefix("file:"))
        self._translator = translator
        self._identity: tuple[int, int] | None = None
        self._opened: weakref.WeakSet[_Threaded] = weakref.WeakSet()

    def begin_for(self, engine: AsyncEngine) -> None:
        """Begin the transactions of `engine`, each writer in its turn."""
        _Queue(engine, self._begin)

    async def open(self, *given: Any, **named: Any) -> aiosqlite.Connection:
        """Connect; where that fails, see the thread out, or it would speak to a loop that is closed."""
        self._check()  # opening would make a new file

        connection = _Threaded(*given, **named)
        try:
            await connection
        except BaseException:
            await connection.gone()
            raise
        self._opened.add(connection)
        self._identity = self._identity or self._found()
        return connection

    async def close(self) -> None:
        """End the connections that the pool no longer knows."""
        for connection in list(self._opened):
            await connection.end()

    def _begin(self, connection: Connection, kind: str, ended: Callable[[], None] | None) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, _Threaded)  # noqa: S101  # made by open()
        try:
            await_only(driver.begin(kind, self._check, ended))
        except (sqlite3.Error, OSError, DatabaseLostError) as error:
            raise self._translator.translate(error) or error from error

    def _check(self) -> None:
        """Raise DatabaseLostError unless the file is the one that we opened first."""
        if self._identity is not None and self._found() != self._identity:
            raise DatabaseLostError(f"{self._path} was deleted or replaced")

    def _found(self) -> tuple[int, int] | None:
        """The file that has our name now."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


class _Queue:
    """Who writes next to SQLite: first come, first served, within this process.

    SQLite itself lets those who wait look again every so often, and whoever comes by at the right moment has
    the lock: beside a worker that settles without a pause, a reader's answer would wait for seconds.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        begin: Callable[[Connection, str, Callable[[], None] | None], None],
    ) -> None:
        self._turn = asyncio.Lock()
        self._begin = begin
        event.listen(engine.sync_engine, "begin", self._enter)

    def _enter(self, connection: Connection) -> None:
        """Take the write lock at once where a transaction will write: upgrading a read one fails as busy."""
        kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        if kind != "IMMEDIATE":
            self._begin(connection, kind, None)
            return
        await_only(self._turn.acquire())
        loop = asyncio.get_running_loop()

        def ended() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._turn.release)

        self._begin(connection, kind, ended)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Another process has the lock. BUSY_SNAPSHOT is not meant: waiting does not cure that."""
    code = getattr(error, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_TIMEOUT}
