"""The note of an outage: what this worker knows of Telegram's silence, for editors in whatever process."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.outage import OutageGate
from storage.database import Database
from storage.deliveries import outages
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

_AGAIN_S = 10.0  # a third of what a note counts for


class OutageNote:
    """Keeps the note of one worker true."""

    def __init__(self, database: Database, outage: OutageGate, clock: Clock, worker: str) -> None:
        """`clock` is the one that editors are shown moments by."""
        self._database = database
        self._outage = outage
        self._clock = clock
        self._worker = worker

    async def run(self) -> None:
        """Note each outage again and again while it lasts, then its end, until cancelled."""
        while True:
            await self._outage.began.wait()
            await self._note()
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S):
                    await self._outage.ended.wait()
                await self._note()

    async def _note(self) -> None:
        now = self._clock()
        try:
            async with self._database.transaction() as session:
                if self._outage.began.is_set():
                    since = now - timedelta(seconds=self._outage.lasts)
                    await outages.note(session, self._worker, since=since, now=now)
                else:
                    await outages.end(session, self._worker, now=now)
        except DatabaseUnavailableError:
            pass  # the next turn notes it
