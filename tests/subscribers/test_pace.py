"""What a Subscriber prefers of pace: kept, checked, and what is held follows it at once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import InvalidInputError
from bot.subscribers.subscribers import Subscribers
from storage.database import Database
from storage.subscribers import subscribers
from storage.words import AppealRhythm, Rhythm
from tests.factories import MovableClock, add_subscribers, columns, get_subscriber

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NIGHT)


@pytest.fixture
def people(database: Database, clock: MovableClock) -> Subscribers:
    return Subscribers(database, clock, "en", "UTC")


async def holding(database: Database, due_at: datetime = MORNING) -> int:
    """The chat of a Subscriber for whom something is held until then."""
    (chat,) = await add_subscribers(database, 1)
    async with database.transaction() as session:
        await subscribers.change(session, chat, due_at=due_at)
    return chat


async def test_each_preference_is_kept(database: Database, people: Subscribers) -> None:
    """In the columns that pacing reads, and nothing is due where nothing is held."""
    (chat,) = await add_subscribers(database, 1)
    await people.set_rhythm(chat, Rhythm.WEEKLY, hour=7, weekday=4)
    await people.set_zone(chat, "Europe/Kyiv")
    await people.set_quiet(chat, 21, 6)
    await people.set_rest_days(chat, [5, 6])
    await people.set_appeal_rhythm(chat, AppealRhythm.ON_REQUEST)
    await people.set_silent(chat, silent=True)
    await people.set_allows_urgent(chat, allowed=True)
    await people.set_story_languages(chat, ["uk", "en", "uk"])
    kept = await get_subscriber(database, chat)
    assert (kept.rhythm, kept.hour, kept.weekday) == (Rhythm.WEEKLY, 7, 4)
    assert (kept.zone, kept.quiet_from, kept.quiet_until, kept.rest_days) == ("Europe/Kyiv", 21, 6, 0b1100000)
    assert (kept.appeal_rhythm, kept.silent, kept.allows_urgent) == (AppealRhythm.ON_REQUEST, True, True)
    assert (kept.story_languages, kept.due_at) == ("en uk", None)
    await people.set_quiet(chat, None, None)
    await people.set_zone(chat, None)
    kept = await get_subscriber(database, chat)
    assert (kept.quiet_from, kept.quiet_until, kept.zone) == (None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda people, chat: people.set_zone(chat, "Europe/Atlantis"),
        lambda people, chat: people.set_quiet(chat, 8, 8),
        lambda people, chat: people.set_quiet(chat, 22, None),
        lambda people, chat: people.set_quiet(chat, 22, 24),
        lambda people, chat: people.set_rest_days(chat, range(7)),
        lambda people, chat: people.set_rest_days(chat, [7]),
        lambda people, chat: people.set_rhythm(chat, Rhythm.DAILY, hour=-1),
        lambda people, chat: people.set_story_languages(chat, ["english"]),
        lambda people, chat: people.start_day_off(chat, NIGHT),
        lambda people, chat: people.start_day_off(chat, NIGHT + timedelta(days=400)),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_changes(
    database: Database, people: Subscribers, change: Callable[[Subscribers, int], Awaitable[object]]
) -> None:
    """A zone that does not exist, a whole day of quiet, a week of rest, a day off in the past."""
    (chat,) = await add_subscribers(database, 1)
    before = columns(await get_subscriber(database, chat))
    with pytest.raises(InvalidInputError):
        await change(people, chat)
    assert columns(await get_subscriber(database, chat)) == before


async def test_what_is_held_follows_a_change(database: Database, people: Subscribers) -> None:
    """A longer night, another zone by name or by language, a weekly Digest, no quiet hours at all."""
    chat = await holding(database)

    async def due_at() -> datetime | None:
        return (await get_subscriber(database, chat)).due_at

    await people.set_quiet(chat, 22, 10)
    assert await due_at() == MORNING + timedelta(hours=2)
    await people.set_zone(chat, "Europe/Kyiv")
    assert await due_at() == MORNING
    await people.set_zone(chat, None)
    await people.set_language(chat, "uk")
    assert await due_at() == MORNING
    await people.set_rhythm(chat, Rhythm.WEEKLY, hour=18, weekday=2)
    assert await due_at() == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    await people.set_rhythm(chat, Rhythm.AT_ONCE)
    await people.set_quiet(chat, None, None)
    assert await due_at() == NIGHT


async def test_a_day_off_ends_at_the_first_opening_or_early(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """Whether something is held or not: a welcome waits at its end, and then it is over."""
    (chat,) = await add_subscribers(database, 1)
    assert not await people.end_day_off(chat)
    until = datetime(2026, 11, 26, 0, 0, tzinfo=UTC)
    await people.start_day_off(chat, until)
    kept = await get_subscriber(database, chat)
    assert (kept.away_until, kept.due_at) == (until, until.replace(hour=8))
    await people.set_rhythm(chat, Rhythm.WEEKLY, weekday=0)
    assert (await get_subscriber(database, chat)).due_at == until.replace(hour=8)
    clock.now = MORNING + timedelta(hours=4)
    assert await people.end_day_off(chat)
    kept = await get_subscriber(database, chat)
    assert (kept.away_until, kept.due_at) == (clock.now, clock.now)
    assert not await people.end_day_off(chat)
    await people.set_silent(chat, silent=True)  # the welcome does not wait for the weekly Digest
    assert (await get_subscriber(database, chat)).due_at == clock.now
