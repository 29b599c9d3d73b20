"""A day off pauses pushes until its end, and one gathered message is due then."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import InvalidInputError
from bot.subscribers.days_off import DaysOff
from bot.subscribers.preferences import Preferences
from storage.database import Database
from storage.words import Rhythm
from tests.factories import MovableClock, add_subscribers, columns, get_subscriber

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NIGHT)


@pytest.fixture
def preferences(database: Database, clock: MovableClock) -> Preferences:
    return Preferences(database, clock, "UTC")


@pytest.fixture
def days_off(database: Database, clock: MovableClock) -> DaysOff:
    return DaysOff(database, clock, "UTC")


@pytest.mark.parametrize("until", [NIGHT, NIGHT + timedelta(days=400)])
async def test_a_day_off_must_end_within_a_year(
    database: Database, days_off: DaysOff, until: datetime
) -> None:
    """A day off that is past or too long is refused, and nothing changes."""
    (chat,) = await add_subscribers(database, 1)
    before = columns(await get_subscriber(database, chat))
    with pytest.raises(InvalidInputError):
        await days_off.start(chat, until)
    assert columns(await get_subscriber(database, chat)) == before


async def test_a_day_off_ends_at_the_next_allowed_time_or_early(
    database: Database, days_off: DaysOff, preferences: Preferences, clock: MovableClock
) -> None:
    """One gathered message is due at the end of a day off, or at once after it was ended early."""
    (chat,) = await add_subscribers(database, 1)
    assert await days_off.end(chat) is None
    until = datetime(2026, 11, 26, 0, 0, tzinfo=UTC)
    await days_off.start(chat, until)
    stored = await get_subscriber(database, chat)
    assert (stored.away_until, stored.due_at) == (until, until.replace(hour=8))
    await preferences.set_rhythm(chat, Rhythm.WEEKLY, weekday=0)
    assert (await get_subscriber(database, chat)).due_at == until.replace(hour=8)
    clock.now = MORNING + timedelta(hours=4)
    assert await days_off.end(chat) == 0
    stored = await get_subscriber(database, chat)
    assert (stored.away_until, stored.due_at) == (clock.now, clock.now)
    assert await days_off.end(chat) is None
    await preferences.set_silent(chat, silent=True)  # the welcome does not wait for the weekly Digest
    assert (await get_subscriber(database, chat)).due_at == clock.now
