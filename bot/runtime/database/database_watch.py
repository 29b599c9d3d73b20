"""Watches the database: logs when an outage begins and ends, and ends the run if the database is lost."""

import asyncio
import logging
import time
from collections.abc import Callable

from bot.errors import ConfigError
from bot.tasks import rest
from storage import schema
from storage.database import Database
from storage.engine.unavailable import (
    DatabaseLostError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
    DatabaseUnwritableError,
)
from storage.schema import SchemaState

log = logging.getLogger(__name__)

AWAY = "the database does not answer"
OUTDATED = "the tables are not those of this version"

_EVERY_S = 5.0
_AWAY_EVERY_S = 1.0
_PATIENCE_S = 5.0
_LASTING_S = 10.0  # a shorter trouble may pass by itself, such as a disk that a backup filled
_CALM_S = 5.0  # a disk that is full for larger rows takes the small one that we write
_LOG_AGAIN_S = 60.0


class DatabaseWatch:
    """Writes a row every few seconds, and is notified of each failure that other parts meet."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._since: float | None = None  # when the outage began; None: there is none
        self._failed_at = float("-inf")
        self._logged_at = 0.0
        self._failures = 0
        # An error that does not pass by itself: since when, and the last one of it.
        self._unusable: tuple[float, DatabaseUnavailableError] | None = None
        database.on_failure(self._note)

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Look every few seconds until `stop()`. Raises ConfigError if the database is lost."""
        while not self._stopping.is_set():
            self._wake.clear()
            await self._look()
            self._raise_if_lost()
            await rest(self._wake, _EVERY_S if self._since is None else _AWAY_EVERY_S)

    @property
    def is_away(self) -> bool:
        """Whether there is an outage of the database, as far as is known without asking it."""
        return self._since is not None

    async def is_healthy(self) -> bool:
        """Return whether there is no `problem`."""
        return await self.problem() is None

    async def problem(self) -> str | None:
        """Return AWAY if no row could be written within the last second, or OUTDATED, or else None.

        Newer tables have all that we need: migrations only add, so that a process goes on while others are
        replaced.
        """
        async with self._looking:
            if self._clock() - self._looked_at > _AWAY_EVERY_S:
                await self._look()
        if self._since is not None:
            return AWAY
        try:
            async with asyncio.timeout(_PATIENCE_S):
                state = await schema.state(self._database)
        except (DatabaseUnavailableError, TimeoutError):
            return AWAY
        return None if state in {SchemaState.CURRENT, SchemaState.NEWER} else OUTDATED

    async def _look(self) -> None:
        begun = self._clock()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await schema.prove_writable(self._database)
        except TimeoutError:
            self._note(DatabaseUnavailableError(f"no answer within {_PATIENCE_S:g} s"))
        except DatabaseUnavailableError:
            pass  # `_note` was called already
        else:
            self._answered(begun)
        self._looked_at = self._clock()

    def _note(self, error: DatabaseUnavailableError) -> None:
        """Log the first failure of an outage, and one a minute after it."""
        now = self._failed_at = self._clock()
        self._failures += 1
        self._note_kind(now, error)
        if self._since is None:
            self._since = self._logged_at = now
            self._wake.set()  # look at once, and every second from now on
            log.warning("the database does not answer", extra={"reason": str(error)})
        elif now - self._logged_at >= _LOG_AGAIN_S:
            self._logged_at = now
            details = {"reason": str(error), "failures": self._failures, "for_s": round(now - self._since)}
            log.warning("the database still does not answer", extra=details)

    def _note_kind(self, now: float, error: DatabaseUnavailableError) -> None:
        if isinstance(error, DatabaseLostError):
            self._unusable = (now - _LASTING_S, error)  # a lost file does not come back
            self._wake.set()
        elif isinstance(error, (DatabaseRefusedError, DatabaseUnwritableError)):
            since = self._unusable[0] if self._unusable else now
            self._unusable = (since, error)

    def _answered(self, begun: float) -> None:
        """End the outage if no other part has failed since the row began to be written at `begun`.

        That of a full disk ends when none has failed for some seconds before, either.
        """
        is_full = self._unusable is not None and isinstance(self._unusable[1], DatabaseUnwritableError)
        if self._failed_at >= begun - (_CALM_S if is_full else 0.0):
            return
        self._unusable = None
        if self._since is None:
            return
        details = {"after_s": round(self._clock() - self._since, 1), "failures": self._failures}
        log.warning("the database answers again", extra=details)
        self._since, self._failures = None, 0

    def _raise_if_lost(self) -> None:
        if self._unusable is None:
            return
        since, error = self._unusable
        if self._failed_at - since >= _LASTING_S:
            raise ConfigError("DATABASE_URL: the database cannot be used any more ({reason})", reason=error)
