"""PostgreSQL's notices: which processes hear of commits, so that an idle one asks nothing."""

import asyncio
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine.unavailable import DatabaseUnavailableError

CHANNEL = "comeback_work"  # triggers send to it (migration 0011)


class WorkNotices:
    """Counts the notices that came, while a connection listens for them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._came = 0
        self._listens = False

    def mark(self) -> object | None:
        """Return what each notice changes; None while we do not listen."""
        return self._came if self._listens else None

    async def listen(self) -> None:
        """Listen until cancelled. Raises DatabaseUnavailableError when the connection breaks."""
        broken = asyncio.Event()

        def note(*_: Any) -> None:
            self._came += 1

        def note_end(_: Any) -> None:
            self._listens = False
            broken.set()

        async with self._engine.connect() as connection:
            pooled = await connection.get_raw_connection()
            driver: Any = pooled.driver_connection  # asyncpg's own
            driver.add_termination_listener(note_end)
            try:
                await driver.add_listener(CHANNEL, note)
                self._came += 1  # what was committed before we listened is news
                self._listens = not broken.is_set()
                await broken.wait()
            finally:
                self._listens = False
                await connection.invalidate()  # it must not return to the pool with our listeners
        raise DatabaseUnavailableError("the connection that hears of work has ended")
