"""The census on both databases: sums over all readers, by what they chose and by week, counted in slices."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.subscribers import census as census_of_bot
from bot.subscribers.census import FRESH, Census, summed
from storage.database import Database
from storage.models import CensusSlice
from storage.subscribers import subscribers
from storage.words import ChatKind, Rhythm, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers


async def test_every_reader_is_counted_once(database: Database, clock: MovableClock) -> None:
    """By state; only active ones by language, chat and rhythm; who never joined is no reader."""
    await add_subscribers(database, 5, rhythm=Rhythm.DAILY, hour=7)
    await add_subscribers(database, 3, language="uk", kind=ChatKind.GROUP)
    await add_subscribers(database, 2, state=SubscriberState.STOPPED)
    await add_subscribers(database, 4, joined_at=None)
    await add_subscribers(database, 1, blocked_at=NOON)
    counts = await Census(database, clock).counts()
    assert counts.states == {SubscriberState.ACTIVE: 9, SubscriberState.STOPPED: 2}
    assert counts.languages == {"en": 6, "uk": 3}
    assert counts.kinds == {ChatKind.PRIVATE: 6, ChatKind.GROUP: 3}
    assert counts.rhythms == {Rhythm.DAILY: 5, Rhythm.AT_ONCE: 4}
    assert (counts.digests, counts.returned, counts.active) == ({7: 5}, 1, 9)
    assert (counts.quiet[23], counts.quiet[12]) == (9, 0)
    assert (counts.at, counts.since, counts.part) == (NOON, NOON, 1)


async def test_slices_come_to_the_same_as_a_whole_count(database: Database, clock: MovableClock) -> None:
    """However many ids a slice has, and also where the last one is full."""
    for place, language in enumerate(("en", "uk", "de", "en", "fr")):
        left = NOON - timedelta(days=place)
        await add_subscribers(database, 4, language=language, joined_at=NOON - timedelta(weeks=place))
        await add_subscribers(database, 1, state=SubscriberState.BLOCKED, blocked_at=left, quiet_from=None)
    whole = await Census(database, clock).counts()
    for size in (4, 5, 7, 25):
        census = Census(database, clock, size=size)
        while await census.count_due():
            pass
        assert await census.counts() == whole
        await _forget_slices(database)


async def test_slices_are_counted_some_in_a_turn(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the part says how far it is; the last slice, of the newest readers, is counted at once."""
    monkeypatch.setattr(census_of_bot, "_MOST", 20)
    await add_subscribers(database, 50)
    census = Census(database, clock, size=2)
    counts = await census.counts()
    assert (counts.active, counts.part) == (2, 1 / 25)
    assert await census.count_due() == 20
    assert (await census.counts()).active == 42
    assert await census.count_due() == 4
    assert await census.count_due() == 0
    assert ((await census.counts()).active, (await census.counts()).part) == (50, 1)
    await add_subscribers(database, 1)
    assert (await census.counts()).active == 49  # 48 that are counted, and the new one
    assert await census.count_due() == 1
    assert (await census.counts()).active == 51


async def test_a_slice_is_counted_again_each_hour(database: Database, clock: MovableClock) -> None:
    """What it stores is as old as the counts say, and a restart loses nothing."""
    [chat, *_] = await add_subscribers(database, 6)
    census = Census(database, clock, size=2)
    assert await census.count_due() == 2
    async with database.transaction() as session:
        found = await subscribers.by_chat(session, chat)
        assert found is not None
        found.state = SubscriberState.STOPPED
    clock.advance(minutes=59)
    assert await census.count_due() == 0
    counts = await Census(database, clock, size=2).counts()  # of another process
    assert (counts.active, counts.since, counts.at) == (6, NOON, clock.now)
    clock.now = NOON + FRESH
    assert await census.count_due() == 2
    counts = await census.counts()
    assert (counts.active, counts.since) == (5, clock.now)


async def test_a_count_of_a_clock_that_was_ahead_is_made_again(
    database: Database, clock: MovableClock
) -> None:
    """Otherwise it would stay until the clock had caught up."""
    await add_subscribers(database, 4)
    census = Census(database, clock, size=2)
    assert await census.count_due() == 1
    clock.advance(days=-30)
    assert await census.count_due() == 1


async def test_weeks_say_who_came_and_who_left(database: Database, clock: MovableClock) -> None:
    """The members of a week are those of its end; a /stop has no time, and counts as staying."""
    weeks_ago = [NOON - timedelta(weeks=number) for number in range(4)]
    await add_subscribers(database, 10, joined_at=weeks_ago[3])
    await add_subscribers(database, 2, joined_at=weeks_ago[2])
    gone = SubscriberState.GONE
    await add_subscribers(database, 3, joined_at=weeks_ago[3], state=gone, blocked_at=weeks_ago[1])
    await add_subscribers(database, 1, joined_at=NOON - timedelta(weeks=200))
    weeks = (await Census(database, clock).counts()).weeks
    assert [(one.joined, one.left, one.members) for one in weeks[-4:]] == [
        (13, 0, 14),
        (2, 0, 16),
        (0, 3, 13),
        (0, 0, 13),
    ]
    assert weeks[0].members == 1
    assert len(weeks) == 26


async def test_nobody_at_all(database: Database, clock: MovableClock) -> None:
    census = Census(database, clock)
    assert await census.count_due() == 0
    counts = await census.counts()
    assert (counts.active, counts.weeks[-1].members, counts.is_quiet(3)) == (0, 0, False)


def test_quiet_hours_may_pass_midnight() -> None:
    """From the first hour until before the second; most readers make an hour quiet."""
    counts = summed({"states": {"active": 6}, "quiet": {"22 8": 3, "12 14": 2}}, NOON, NOON)
    assert [hour for hour in range(24) if counts.quiet[hour] == 3] == [0, 1, 2, 3, 4, 5, 6, 7, 22, 23]
    assert [hour for hour in range(24) if counts.quiet[hour] == 2] == [12, 13]
    assert not counts.is_quiet(22)  # half is not most
    assert summed({"states": {"active": 5}, "quiet": {"22 8": 3}}, NOON, NOON).is_quiet(22)


async def _forget_slices(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(delete(CensusSlice))
