"""The lookout asks the database only when something may have changed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from sqlalchemy import text

from bot.runtime.lookout import Lookout
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import work
from storage.engine.unavailable import DatabaseUnavailableError
from storage.stories import decisions
from storage.words import BroadcastState, DecisionAction, StoryState
from tests.factories import NOON, MovableClock, add_story, add_subscribers
from tests.waiting import comes_true


class Looks:
    """A lookout, and how often it asked the database."""

    def __init__(self, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock
        self.asked = 0
        self._services = Mock()
        self._services.broadcasts.start_due = AsyncMock(return_value=None)
        self._services.digests.start_due = AsyncMock(return_value=None)
        self._services.decisions.act_due = AsyncMock(return_value=None)
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

    def decided(self) -> int:
        """How often due decisions were let act."""
        count: int = self._services.decisions.act_due.await_count
        return count


@pytest.fixture
async def looks(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Looks]:
    """A lookout on the test's database, of whose commits it hears."""
    listening = asyncio.create_task(database.listen())
    await comes_true(lambda: _hears(database))
    yield Looks(database, clock, monkeypatch)
    listening.cancel()
    await asyncio.wait({listening})


async def _hears(database: Database) -> bool:
    return database.change_mark() is not None


async def test_an_idle_bot_asks_every_five_seconds(looks: Looks) -> None:
    """Ticks come twice a second, and nobody wrote anything."""
    await looks.number(1)
    assert await looks.number(22) == 2


async def test_without_notices_every_tick_asks(
    own_postgres_url: str, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the connection that listened is gone."""
    database = Database(own_postgres_url)
    listening = asyncio.create_task(database.listen())
    await comes_true(lambda: _hears(database))
    looks = Looks(database, clock, monkeypatch)
    await looks.number(1)
    assert await looks.number(2) == 0
    async with database.transaction() as session:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        await session.execute(text(f"{end} WHERE pid <> pg_backend_pid() AND datname = current_database()"))
    with pytest.raises(DatabaseUnavailableError):
        await listening
    assert await looks.number(2) == 2
    await database.close()


async def test_behind_a_pooler_nothing_listens(postgres_url: str) -> None:
    """It passes no notices on: a mark that never changes would hide the work of others."""
    database = Database(f"{postgres_url}&prepared_statement_cache_size=0")
    listening = asyncio.create_task(database.listen())
    await asyncio.sleep(0.1)
    assert database.change_mark() is None
    assert not listening.done()
    listening.cancel()
    await database.close()


async def test_what_another_process_writes_is_seen_at_once(
    database: Database, database_url: str, looks: Looks
) -> None:
    """It commits by a connection of its own, as the command line does."""
    await looks.number(3)
    other = Database(database_url)
    async with other.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
        pushed = await broadcasts.add(session, story_id=story_id, now=NOON)
        await broadcasts.change(session, pushed.id, state=BroadcastState.SCHEDULED, start_at=NOON)
    await other.close()

    async def is_started() -> bool:
        assert await looks.number(1) <= 1
        return looks.started() == (1, 0)

    await comes_true(is_started)
    assert looks.asked < 5


async def test_an_hour_that_comes_is_seen_although_nobody_writes(database: Database, looks: Looks) -> None:
    """The hour of a scheduled push and that of a digest."""
    async with database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
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


async def test_decisions_act_in_their_time(looks: Looks, database: Database, clock: MovableClock) -> None:
    """A decision that waits is looked for when its ten seconds are over, and acts in that very look."""
    later = NOON + timedelta(seconds=10)
    async with database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
        await decisions.add(
            session,
            story_id=story_id,
            action=DecisionAction.WITHDRAW,
            actor="editor 1",
            decided_at=NOON,
            acts_at=later,
        )
    await looks.number(1)
    assert looks.decided() == 0
    clock.now = later
    await looks.number(1)
    assert looks.decided() == 1
