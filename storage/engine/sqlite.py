"""SQLite by aiosqlite: one thread per connection; a task that is cancelled never keeps the write lock."""

import asyncio
import sqlite3
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from storage.engine.sqlite_cursor import OneTripCursor
from storage.engine.unavailable import DatabaseLostError

T = TypeVar("T")

_BUSY_TIMEOUT_S = 30.0
_BUSY_STEP_S = 0.25  # one wait of SQLite's for the lock, which nothing can break off
_LOOK_AFTER = 500_000  # SQLite's instructions, some 20 ms, between two looks: one may wait 5 ms for the GIL
_JOIN_S = 5.0


class SQLiteConnection(sqlite3.Connection):
    """A connection that closes its cursors before itself.

    A close with an unfinished statement leaves a zombie connection. It keeps its lock until Python collects
    the statement, and a traceback can hold that for minutes (https://www.sqlite.org/c3ref/close.html).
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._cursors: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()
        self.ended: Callable[[], None] | None = None  # called once, when the transaction ends
        self.isolation_level = None  # the driver must not begin by itself: `_Threaded.begin` does
        try:
            self.execute(f"PRAGMA busy_timeout = {_BUSY_STEP_S * 1000:.0f}")
            self.execute("PRAGMA foreign_keys = ON")
            self.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error:  # such as a file that is no database
            self.close()
            raise

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
        self.end()

    def note_end(self) -> None:
        """Call `ended` unless a transaction is open."""
        if self.ended is not None and not self.in_transaction:
            self.end()

    def end(self) -> None:
        """Call `ended`: the transaction has ended, or was never begun."""
        ended, self.ended = self.ended, None
        if ended is not None:
            ended()


class _Call:
    """A call that the thread makes. `abandoned`: the task that waited for it was cancelled."""

    __slots__ = ("abandoned",)

    def __init__(self) -> None:
        self.abandoned = False

    def patiently(self, do: Callable[[], T]) -> T:
        """Make the call, again and again while another process has the lock."""
        give_up_at = time.monotonic() + _BUSY_TIMEOUT_S
        while True:
            try:
                return do()
            except sqlite3.OperationalError as error:
                if self.abandoned or not _is_busy(error) or time.monotonic() > give_up_at:
                    raise


class _Now:
    """The call that the thread makes now."""

    __slots__ = ("call",)

    def __init__(self) -> None:
        self.call = _Call()

    def is_abandoned(self) -> bool:
        """Return whether SQLite should break the statement off: it asks in the middle of it."""
        return self.call.abandoned


class _Threaded(aiosqlite.Connection):
    """aiosqlite's connection, whose thread breaks off the calls of cancelled tasks."""

    def __init__(self, *given: Any, **named: Any) -> None:
        # References to self here would keep connection and handler alive.
        now = self._now = _Now()
        opened = self._opened = list[SQLiteConnection]()  # by the thread: at most one

        def connect() -> sqlite3.Connection:
            connection = SQLiteConnection(*given, **named)
            connection.set_progress_handler(now.is_abandoned, _LOOK_AFTER)
            opened.append(connection)
            return connection

        named.pop("factory", None)  # SQLAlchemy's own
        super().__init__(connect, iter_chunk_size=64)
        self._is_stopped = False
        self._begin: Callable[[], None] | None = None  # what the first statement does before it
        self._kind: str | None = None  # of the transaction that is open; None where there is none
        self._was_cancelled = False  # the thread may still be in a call that nobody waits for
        self._thread.daemon = True  # as SQLAlchemy does, so that the thread does not hold up the exit

    @property
    def _conn(self) -> SQLiteConnection:
        return cast("SQLiteConnection", super()._conn)  # made by connect() above

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # it is entered at once, as aiosqlite's is
        """Return a cursor; the thread opens it with its first statement."""
        return OneTripCursor(self._execute, self._open_cursor)

    def begin(self, kind: str, check: Callable[[], None], ended: Callable[[], None] | None) -> None:
        """Begin a transaction of this kind, IMMEDIATE or DEFERRED, together with its first statement.

        The thread calls `check` before it begins, and `ended` when it has ended.
        """
        connection = self._conn
        connection.ended = ended

        def begin() -> None:
            check()
            connection.execute(f"BEGIN {kind}").close()

        self._begin, self._kind = begin, kind

    def _open_cursor(self) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor = self._conn.cursor()
        return cursor

    async def commit(self) -> None:
        """Commit."""
        if not self._drop_begin():
            await super().commit()
        self._kind = None

    async def rollback(self) -> None:
        """Roll back. The end of a transaction that only read is not waited for."""
        if not self._drop_begin():
            if self._was_cancelled or self._kind == "IMMEDIATE":
                await super().rollback()
            elif self._kind == "DEFERRED":
                self._tx.put_nowait((None, self._conn.rollback))
        self._kind = None

    def _drop_begin(self) -> bool:
        """End a transaction that has had no statement; return False if it has had one, or there is none."""
        if self._begin is None:
            return False
        self._begin = None
        self._conn.end()
        return True

    async def close(self) -> None:
        """Close it, unless it was stopped before."""
        if not self._is_stopped:
            await super().close()

    def stop(self) -> asyncio.Future[Any] | None:
        """Close it and stop the thread, once: the future of a second stop would wait for ever.

        aiosqlite's own stop does not close a connection that a cancelled close() or open() has lost.
        """
        if self._is_stopped:
            return None
        self._is_stopped = True
        opened = self._opened

        def close() -> None:
            for connection in opened:
                connection.close()

        self._tx.put_nowait((None, close))
        return super().stop()

    async def end(self) -> None:
        """Close a connection that a cancelled task left open, and wait for its thread."""
        self._now.call.abandoned = True
        self.stop()
        await self.gone()

    async def gone(self) -> None:
        """Wait until the thread has ended."""
        await asyncio.to_thread(self._thread.join, _JOIN_S)

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call `fn` in the thread; break it off when this task is cancelled."""
        call, connection = _Call(), self._conn
        begin, self._begin = self._begin, None

        def do() -> T:
            self._now.call = call
            try:
                if begin is not None:
                    call.patiently(begin)
                return call.patiently(partial(fn, *args, **kwargs))
            finally:
                connection.note_end()

        try:
            done: T = await super()._execute(do)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            call.abandoned = self._was_cancelled = True
            raise
        return done


class SQLiteFile:
    """The database file: opens its connections, and notices when the file is deleted or replaced."""

    def __init__(self, path: str) -> None:
        self._path = Path(path.removeprefix("file:"))
        self._identity: tuple[int, int] | None = None
        self._opened: weakref.WeakSet[_Threaded] = weakref.WeakSet()

    def begin_for(self, engine: AsyncEngine) -> None:
        """Begin the transactions of `engine`, one writer after another."""
        _Queue(engine, self._begin)

    async def open(self, *given: Any, **named: Any) -> aiosqlite.Connection:
        """Connect. If that fails, wait for the thread, which would otherwise call a closed loop."""
        self._check()  # opening a deleted file would create a new one

        connection = _Threaded(*given, **named)
        try:
            await connection
        except BaseException:
            await connection.gone()
            raise
        self._opened.add(connection)
        self._identity = self._identity or self._identify()
        return connection

    def change_mark(self) -> object | None:
        """Return what each commit of any process changes, for a few µs; None if the file cannot be read.

        Two commits within one tick of the file system's clock, a few ms, can have the same mark.
        """
        marks: list[tuple[int, int] | None] = []
        for path in (self._path, self._path.with_name(f"{self._path.name}-wal")):
            try:
                found = path.stat()
            except FileNotFoundError:
                marks.append(None)
            except OSError:
                return None
            else:
                marks.append((found.st_mtime_ns, found.st_size))
        return tuple(marks)

    async def close(self) -> None:
        """Close the connections that the pool no longer knows."""
        for connection in list(self._opened):
            await connection.end()

    def _begin(self, connection: Connection, kind: str, ended: Callable[[], None] | None) -> None:
        driver = cast("_Threaded", connection.connection.driver_connection)  # made by open()
        driver.begin(kind, self._check, ended)

    def _check(self) -> None:
        """Raise DatabaseLostError unless the file is the one that we opened first."""
        if self._identity is not None and self._identify() != self._identity:
            raise DatabaseLostError(f"{self._path} was deleted or replaced")

    def _identify(self) -> tuple[int, int] | None:
        """Return the device and inode of the file that has our name now; None if there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


class _Queue:
    """The queue of this process's writers: first come, first served.

    SQLite itself lets each waiting writer try again from time to time, and the one that tries at the right
    moment gets the lock: beside a worker that writes receipts without a pause, a reader's answer would wait
    for seconds.
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
        """Take the write lock at once for a transaction that may write: a read lock cannot be upgraded."""
        kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        if kind != "IMMEDIATE":
            self._begin(connection, kind, None)
            return
        await_only(self._turn.acquire())
        loop = asyncio.get_running_loop()

        def ended() -> None:
            with suppress(RuntimeError):  # the loop is closed: no task waits
                loop.call_soon_threadsafe(self._turn.release)

        self._begin(connection, kind, ended)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Return whether another process has the lock. Not for BUSY_SNAPSHOT, which waiting does not cure."""
    code = getattr(error, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_TIMEOUT}
