"""A cursor of aiosqlite that makes one trip to the connection's thread for a statement and its rows.

aiosqlite makes four: to open the cursor, to execute, to fetch and to close. Each wakes the thread and then
the event loop; where the loop is busy, the thread waits up to 5 ms for the interpreter's lock
(sys.getswitchinterval).
"""

import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Self

_AT_ONCE = 1000  # rows that come with the statement; the rest of a longer result comes when it is asked for

Description = tuple[tuple[str, None, None, None, None, None, None], ...]


class OneTripCursor:
    """Executes a statement and fetches its first rows in one call of the thread.

    A statement that has no further rows is closed in the same call. For SQLAlchemy, which does not ask for
    aiosqlite's class.
    """

    def __init__(
        self, run: Callable[..., Awaitable[None]], open_cursor: Callable[[], sqlite3.Cursor]
    ) -> None:
        """`run` calls a function in the thread of the connection, and `open_cursor` is called there."""
        self._run = run
        self._open_cursor = open_cursor
        self._unfinished: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self._description: Description | None = None
        self._rowcount = -1
        self._lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        await self._run(self._do, sql, () if parameters is None else parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        await self._run(self._do_many, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        if not self._rows:
            await self._fetch(_AT_ONCE)
        return self._rows.popleft() if self._rows else None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        row = await self.fetchone()
        if row is None:
            raise StopAsyncIteration
        return row

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        size = self.arraysize if size is None else size
        if len(self._rows) < size:
            await self._fetch(size - len(self._rows))
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def fetchall(self) -> Sequence[Any]:
        await self._fetch(None)
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        self._rows.clear()
        if self._unfinished is not None:
            await self._run(self._finish)

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._lastrowid

    async def _fetch(self, number: int | None) -> None:
        """Fetch so many further rows, if there are any; None: all of them."""
        if self._unfinished is not None:
            await self._run(self._fetch_some, number)

    # What follows runs in the connection's thread.

    def _do(self, sql: str, parameters: Any) -> None:
        cursor = self._opened()
        cursor.execute(sql, parameters)
        self._description = cursor.description
        if self._description is not None:
            self._fetch_some(_AT_ONCE)
        self._lastrowid = cursor.lastrowid
        if self._description is None:
            self._finish()

    def _do_many(self, sql: str, parameters: Any) -> None:
        cursor = self._opened()
        cursor.executemany(sql, parameters)
        self._lastrowid = cursor.lastrowid
        self._finish()

    def _opened(self) -> sqlite3.Cursor:
        """Return a new cursor; one that is left of a call that failed ends."""
        self._finish()
        self._rows.clear()
        self._unfinished = self._open_cursor()
        return self._unfinished

    def _fetch_some(self, number: int | None) -> None:
        cursor = self._unfinished
        if cursor is None:
            return
        rows = cursor.fetchall() if number is None else cursor.fetchmany(number)
        self._rows.extend(rows)
        if number is None or len(rows) < number:
            self._finish()

    def _finish(self) -> None:
        cursor, self._unfinished = self._unfinished, None
        if cursor is not None:
            self._rowcount = cursor.rowcount
            with suppress(sqlite3.ProgrammingError):  # the connection was closed before
                cursor.close()
