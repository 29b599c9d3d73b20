"""Distinguishes a database that cannot answer now from a statement that is wrong.

A DatabaseUnavailableError is worth another try. Any other error that SQLAlchemy raises is a bug of ours.
"""

import sqlite3
import ssl
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DBAPIError, EmulatedDBAPIException
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection


class DatabaseUnavailableError(Exception):
    """The database did not answer, or could not do the statement now: try again later.

    `str()` is the reason on one line, in the driver's words, without the statement.
    """


class DatabaseRefusedError(DatabaseUnavailableError):
    """The database refuses us: a wrong password, name or certificate, or no database at all."""


class DatabaseUnwritableError(DatabaseUnavailableError):
    """SQLite's disk is full, broken or read-only."""


class DatabaseLostError(DatabaseUnavailableError):
    """SQLite's file was deleted or replaced while we had it open."""


E = TypeVar("E", DatabaseUnavailableError, DatabaseUnavailableError | None)


# https://www.postgresql.org/docs/current/errcodes-appendix.html: first whole classes, then single codes.
_CLASSES = ("08", "53", "57P", "58")  # no connection, no resources, shut down, an error of its system
_CODES = frozenset(
    {
        "25006",  # read_only_sql_transaction: a primary that became a standby
        "25P03",  # idle_in_transaction_session_timeout
        "25P04",  # transaction_timeout
        "40001",  # serialization_failure
        "40003",  # statement_completion_unknown
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available
        "57014",  # query_canceled, as by statement_timeout
    }
)
_DEMOTED = "25006"

# https://www.sqlite.org/rescode.html: primary result codes.
_UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_NO_DATABASE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_NO_CONNECTION = (OSError, PoolTimeoutError, DBAPIError, EmulatedDBAPIException, sqlite3.Error)


def reason(error: BaseException) -> str:
    """Return the driver's words for an error, on one line and without our statement."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())[:200] or type(cause).__name__


def unavailable(error: BaseException) -> DatabaseUnavailableError | None:
    """Return the error to raise if the database causes a driver's error; None if the statement does."""
    if isinstance(error, DatabaseUnavailableError):
        return error
    if isinstance(error, OSError):  # asyncpg raises errors of the network as they are, TimeoutError too
        return DatabaseUnavailableError(reason(error))
    kind = _by_sqlite_code(error) if isinstance(error, sqlite3.Error) else _by_sqlstate(error)
    return kind(reason(error)) if kind else None


class Translator:
    """Makes an engine raise DatabaseUnavailableError where the database is the cause; `notice` gets each."""

    def __init__(self) -> None:
        self.notice: Callable[[DatabaseUnavailableError], None] = _ignore

    def translate(self, error: BaseException) -> DatabaseUnavailableError | None:
        """Return what to raise in place of a driver's error; None if the statement is the cause."""
        return self._noticed(unavailable(error))

    def pool(self) -> type[AsyncAdaptedQueuePool]:
        """Return a pool class that raises DatabaseUnavailableError when it cannot give a connection."""
        translator = self

        class Pool(AsyncAdaptedQueuePool):
            _sqla_logger_namespace = "sqlalchemy.pool.Pool"  # so that it logs like SQLAlchemy's own pool

            def connect(self) -> PoolProxiedConnection:
                try:
                    return super().connect()
                except _NO_CONNECTION as error:
                    raise translator.no_connection(error) from error

        return Pool

    def no_connection(self, error: Exception) -> DatabaseUnavailableError:
        """Return what to raise when the pool could not connect."""
        return self._noticed(_refusal(error))

    def listen(self, engine: AsyncEngine) -> None:
        """Translate the errors of the statements of `engine`."""
        event.listen(engine.sync_engine, "handle_error", self._handle)

    def stop(self) -> None:
        """Notice nothing from now on: SQLAlchemy keeps this object with the dialect, and `notice` is ours."""
        self.notice = _ignore

    def _handle(self, context: ExceptionContext) -> BaseException | None:
        """Return what to raise instead; None to raise SQLAlchemy's own error."""
        error = context.original_exception
        if isinstance(error, OSError) or getattr(error, "sqlstate", None) == _DEMOTED:
            context.is_disconnect = True  # also after a timeout: the next one may reach the new primary
        found = unavailable(error)
        if found is None and context.is_disconnect and isinstance(error, Exception):
            found = DatabaseUnavailableError(reason(error))
        return self._noticed(found)

    def _noticed(self, error: E) -> E:
        if error is not None:
            self.notice(error)
        return error


def _ignore(_error: DatabaseUnavailableError) -> None:
    """Do nothing: the default of `notice`."""


def _refusal(error: Exception) -> DatabaseUnavailableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return DatabaseRefusedError(reason(error))
    if isinstance(error, PoolTimeoutError):
        return DatabaseUnavailableError(reason(error))
    return unavailable(error) or DatabaseRefusedError(reason(error))


def _by_sqlite_code(error: sqlite3.Error) -> type[DatabaseUnavailableError] | None:
    primary = (
        getattr(error, "sqlite_errorcode", 0) & 0xFF
    )  # the low byte of an extended code is its primary code
    if primary in _UNWRITABLE:
        return DatabaseUnwritableError
    if primary in _NO_DATABASE:
        return DatabaseRefusedError
    return DatabaseUnavailableError if primary in _AWAY else None


def _by_sqlstate(error: BaseException) -> type[DatabaseUnavailableError] | None:
    state = getattr(error, "sqlstate", None) or ""
    is_away = state.startswith(_CLASSES) or state in _CODES
    # The tables were changed while we ran; SQLAlchemy has dropped its prepared statements by now.
    is_stale = type(error).__name__ == "InvalidCachedStatementError"
    return DatabaseUnavailableError if is_away or is_stale else None
