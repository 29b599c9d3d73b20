"""The census on both databases: sums over all readers, by what they chose and by week."""

from datetime import timedelta

from bot.subscribers.census import Census, summed
from storage.database import Database
from storage.subscribers.census import Group
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
    counts = await Census(database, clock).counts()
    assert (counts.active, counts.weeks[-1].members, counts.is_quiet(3)) == (0, 0, False)


def test_quiet_hours_may_pass_midnight() -> None:
    """From the first hour until before the second; most readers make an hour quiet."""

    def group(quiet_from: int | None, quiet_until: int | None, number: int) -> Group:
        active, private, at_once = SubscriberState.ACTIVE, ChatKind.PRIVATE, Rhythm.AT_ONCE
        return Group(active, private, "en", at_once, 8, quiet_from, quiet_until, number, 0)

    counts = summed([group(22, 8, 3), group(12, 14, 2), group(None, None, 1)], NOON)
    assert [hour for hour in range(24) if counts.quiet[hour] == 3] == [0, 1, 2, 3, 4, 5, 6, 7, 22, 23]
    assert [hour for hour in range(24) if counts.quiet[hour] == 2] == [12, 13]
    assert not counts.is_quiet(22)  # half is not most
    assert summed([group(22, 8, 3), group(None, None, 2)], NOON).is_quiet(22)
