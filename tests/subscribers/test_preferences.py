"""Preferences are stored, checked, and act at once on what is held."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import InvalidInputError
from bot.subscribers.preferences import Preferences
from storage.database import Database
from storage.subscribers import subscribers
from storage.words import AppealRhythm, Rhythm
from tests.factories import MovableClock, add_subscribers, columns, get_subscriber

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
LVIV = 702550  # its number at GeoNames
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NIGHT)


@pytest.fixture
def preferences(database: Database, clock: MovableClock) -> Preferences:
    return Preferences(database, clock, "UTC")


async def holding(database: Database, due_at: datetime = MORNING) -> int:
    """Add a Subscriber for whom something is held until then, and return the chat."""
    (chat,) = await add_subscribers(database, 1)
    async with database.transaction() as session:
        await subscribers.change(session, chat, due_at=due_at)
    return chat


async def test_each_preference_is_stored(database: Database, preferences: Preferences) -> None:
    """Each setter changes its columns, and nothing becomes due if nothing is held."""
    (chat,) = await add_subscribers(database, 1)
    await preferences.set_rhythm(chat, Rhythm.WEEKLY, hour=7, weekday=4)
    await preferences.set_zone(chat, "Europe/Kyiv")
    await preferences.set_quiet(chat, 21, 6)
    await preferences.set_rest_days(chat, [5, 6])
    await preferences.set_appeal_rhythm(chat, AppealRhythm.ON_REQUEST)
    await preferences.set_silent(chat, silent=True)
    await preferences.set_allows_urgent(chat, allowed=True)
    await preferences.set_story_languages(chat, ["uk", "en", "uk"])
    stored = await get_subscriber(database, chat)
    assert (stored.rhythm, stored.hour, stored.weekday) == (Rhythm.WEEKLY, 7, 4)
    assert (stored.zone, stored.quiet_from, stored.quiet_until, stored.rest_days) == (
        "Europe/Kyiv",
        21,
        6,
        0b1100000,
    )
    assert (stored.appeal_rhythm, stored.silent, stored.allows_urgent) == (
        AppealRhythm.ON_REQUEST,
        True,
        True,
    )
    assert (stored.story_languages, stored.due_at) == ("en uk", None)
    await preferences.set_city(chat, LVIV)
    stored = await get_subscriber(database, chat)
    assert (stored.city, stored.zone) == (LVIV, "Europe/Kyiv")
    await preferences.set_quiet(chat, None, None)
    await preferences.set_zone(chat, None)
    stored = await get_subscriber(database, chat)
    assert (stored.quiet_from, stored.quiet_until, stored.zone, stored.city) == (None, None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda preferences, chat: preferences.set_zone(chat, "Europe/Atlantis"),
        lambda preferences, chat: preferences.set_city(chat, 5),
        lambda preferences, chat: preferences.set_quiet(chat, 8, 8),
        lambda preferences, chat: preferences.set_quiet(chat, 22, None),
        lambda preferences, chat: preferences.set_quiet(chat, 22, 24),
        lambda preferences, chat: preferences.set_rest_days(chat, range(7)),
        lambda preferences, chat: preferences.set_rest_days(chat, [7]),
        lambda preferences, chat: preferences.set_rhythm(chat, Rhythm.DAILY, hour=-1),
        lambda preferences, chat: preferences.set_story_languages(chat, ["english"]),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_changes(
    database: Database, preferences: Preferences, change: Callable[[Preferences, int], Awaitable[object]]
) -> None:
    """An unknown zone, a whole day of quiet and a week of rest are refused, and nothing changes."""
    (chat,) = await add_subscribers(database, 1)
    before = columns(await get_subscriber(database, chat))
    with pytest.raises(InvalidInputError):
        await change(preferences, chat)
    assert columns(await get_subscriber(database, chat)) == before


async def test_what_is_held_follows_a_change(database: Database, preferences: Preferences) -> None:
    """What is held becomes due when the new quiet hours, zone, language or rhythm allow."""
    chat = await holding(database)

    async def due_at() -> datetime | None:
        return (await get_subscriber(database, chat)).due_at

    await preferences.set_quiet(chat, 22, 10)
    assert await due_at() == MORNING + timedelta(hours=2)
    await preferences.set_zone(chat, "Europe/Kyiv")
    assert await due_at() == MORNING
    await preferences.set_zone(chat, None)
    await preferences.set_language(chat, "uk")
    assert await due_at() == MORNING
    await preferences.set_rhythm(chat, Rhythm.WEEKLY, hour=18, weekday=2)
    assert await due_at() == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    await preferences.set_rhythm(chat, Rhythm.AT_ONCE)
    await preferences.set_quiet(chat, None, None)
    assert await due_at() == NIGHT
