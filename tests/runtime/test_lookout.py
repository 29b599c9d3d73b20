"""The lookout asks the database only when something may have changed."""

from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from bot.runtime.lookout import Lookout
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import work
from storage.words import BroadcastState
from tests.factories import NOON, MovableClock, add_story, add_subscribers


class Looks:
    """A lookout, and how often it asked the database."""

    def __init__(self, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock
        self.asked = 0
        self._services = Mock()
        self._services.broadcasts.start_due = AsyncMock(return_value=None)
        self._services.digests.start_due = AsyncMock(return_value=None)
        self._lookout = Lookout(database, self._services, None, self.clock)
        look = work.look

        async def counted(*given: Any, **named: Any) -> work.Work:
            self.asked += 1
            return await look(*given, **named)

        monkeypatch.setattr(work, "look", counted)

    async def number(self, ticks: int) -> int:
        """Look so often, and return how many of these asked the database."""
        before = self.asked
        for _ in range(ticks):
            await self._lookout.look()
        return self.asked - before

    def started(self) -> tuple[int, int]:
        """How often due Broadcasts were started, and Digests."""
        broadcasts, digests = self._services.broadcasts, self._services.digests
        return broadcasts.start_due.await_count, digests.start_due.await_count


@pytest.fixture
def looks(database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Return a lookout on the test's database."""
    return Looks(database, clock, monkeypatch)


async def test_an_idle_bot_on_sqlite_asks_every_five_seconds(
    sqlite_url: str, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks come twice a second; the file shows for less than a statement that nobody wrote."""
    database = Database(sqlite_url)
    looks = Looks(database, clock, monkeypatch)
    await looks.number(1)
    assert await looks.number(22) == 2
    await database.close()


async def test_what_another_process_writes_is_seen_at_once(
    database: Database, database_url: str, looks: Looks
) -> None:
    """It commits by a connection of its own, as the command line does."""
    await looks.number(3)
    other = Database(database_url)
    await add_subscribers(other, 1, due_at=NOON)
    await other.close()
    await looks.number(1)
    assert looks.started() == (0, 1)


async def test_an_hour_that_comes_is_seen_although_nobody_writes(database: Database, looks: Looks) -> None:
    """The hour of a scheduled push and that of a digest."""
    async with database.transaction() as session:
        story_id = await add_story(session)
        pushed = await broadcasts.add(session, story_id=story_id, now=NOON)
        at = NOON + timedelta(hours=1)
        await broadcasts.change(session, pushed.id, state=BroadcastState.SCHEDULED, start_at=at)
    await add_subscribers(database, 1, due_at=NOON + timedelta(hours=2))
    await looks.number(2)
    looks.clock.advance(hours=1)
    await looks.number(1)
    assert looks.started() == (1, 0)
    looks.clock.advance(hours=1)
    await looks.number(1)
    assert looks.started() == (2, 1)


async def test_what_was_found_is_looked_at_until_it_is_done(database: Database, looks: Looks) -> None:
    """A start that failed is tried again at the next tick."""
    await add_subscribers(database, 1, due_at=NOON)
    assert await looks.number(3) == 3
    assert looks.started() == (0, 3)
