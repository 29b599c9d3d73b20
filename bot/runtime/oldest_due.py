"""How long the oldest thing waits that should have begun: by this, monitoring sees a standstill."""

from datetime import datetime

from bot.clock import Clock
from storage.database import Database
from storage.deliveries import work


class OldestDue:
    """Asks the database from time to time, so that nobody who reads the number has to wait for it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._since: datetime | None = None

    async def measure(self) -> None:
        """Ask since when the oldest thing is due."""
        async with self._database.read() as session:
            self._since = await work.oldest_due(session, now=self._clock())

    def seconds(self) -> float:
        """Return for how long it is due by now; 0 if nothing was due at the last look."""
        return 0.0 if self._since is None else max(0.0, (self._clock() - self._since).total_seconds())
