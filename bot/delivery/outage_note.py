"""Stores an outage of Telegram that this worker sees, so that every process can show it to editors."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.outage import OutageGate
from storage.database import Database
from storage.deliveries import outages
from storage.engine.unavailable import DatabaseUnavailableError

_AGAIN_S = 10.0  # a third of how long a row is valid


class OutageNote:
    """Keeps the row of one worker up to date."""

    def __init__(self, database: Database, outage: OutageGate, clock: Clock, worker: str) -> None:
        """`clock` is the time of day that editors see; `worker` is the worker's name."""
        self._database = database
        self._outage = outage
        self._clock = clock
        self._worker = worker

    async def run(self) -> None:
        """Store each outage every ten seconds while it lasts, then its end, until cancelled."""
        while True:
            await self._outage.began.wait()
            await self._store()
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S):
                    await self._outage.ended.wait()
                await self._store()

    async def _store(self) -> None:
        now = self._clock()
        with suppress(DatabaseUnavailableError):  # the next turn stores it
            async with self._database.transaction() as session:
                if self._outage.began.is_set():
                    since = now - timedelta(seconds=self._outage.seconds)
                    await outages.note(session, self._worker, since=since, now=now)
                else:
                    await outages.end(session, self._worker, now=now)
