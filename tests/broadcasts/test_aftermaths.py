"""What readers did within 48 hours after a push: counted for the right one, by day, and without a name."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.appeals.appeals import Appeals
from bot.appeals.clicks import Clicks
from bot.broadcasts.broadcasts import Broadcasts
from bot.delivery.outcome import Blocked, Gone
from bot.editors.rights import Rights
from bot.subscribers.days_off import DaysOff
from bot.subscribers.privacy import Privacy
from bot.subscribers.subscribers import Subscribers
from storage.broadcasts import aftermaths, broadcasts
from storage.broadcasts.aftermaths import Deed, Deeds
from storage.database import Database
from storage.models import Aftermath
from storage.stories import stories
from storage.words import BroadcastKind, StoryState, SubscriberState
from tests.digests.worlds import MORNING, DigestWorld
from tests.factories import (
    MovableClock,
    add_story,
    add_subscribers,
    at_once,
    get_subscriber,
    running_broadcast,
)

STOPPED, PAUSED = SubscriberState.STOPPED, SubscriberState.PAUSED


class _World(DigestWorld):
    """A DigestWorld by day: pushes arrive at once."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        clock.now = MORNING
        self.subscribers = Subscribers(database, clock, "en")
        self.days_off = DaysOff(database, clock)
        self.appeals = Appeals(database, clock, Rights())

    async def sent(self, **values: object) -> int:
        """Push a Story to all; return the id of the Broadcast once it is finished."""
        await self.push("The bridge holds", **values)  # type: ignore[arg-type]  # by column
        return self.broadcast_id

    async def deeds(self, broadcast_id: int) -> Deeds:
        async with self.database.read() as session:
            return await aftermaths.of(session, broadcast_id)


@pytest.fixture
def world(database: Database, clock: MovableClock) -> _World:
    return _World(database, clock)


async def test_each_deed_is_counted_once(world: _World) -> None:
    """Of readers who were active; neither a second /stop nor turning pushes off after it adds one."""
    one, two, three, four, five = await add_subscribers(world.database, 5)
    push = await world.sent()
    for state in (STOPPED, STOPPED, PAUSED):
        await world.subscribers.set_state(one, state)
    await world.subscribers.set_state(two, PAUSED)
    await world.subscribers.blocked(three)
    await world.subscribers.blocked(three)
    for days in (1, 2):
        await world.days_off.start(four, world.clock.now + timedelta(days=days))
    await Privacy(world.database, world.clock).forget(five)
    assert await world.deeds(push) == Deeds(stopped=3, blocked=1, days_off=1)


async def test_it_counts_for_the_last_push_and_for_48_hours(world: _World) -> None:
    """Not for an earlier push, and not for any once 48 hours are over since it came."""
    soon, late, at_the_end = await add_subscribers(world.database, 3)
    first = await world.sent()
    world.clock.advance(hours=2)
    second = await world.sent()
    world.clock.advance(hours=48)
    await world.subscribers.set_state(at_the_end, STOPPED)
    world.clock.advance(seconds=1)
    await world.subscribers.set_state(late, STOPPED)
    third = await world.sent()
    await world.subscribers.set_state(soon, STOPPED)
    found = [await world.deeds(one) for one in (first, second, third)]
    assert found == [Deeds(), Deeds(stopped=1), Deeds(stopped=1)]


async def test_a_gathered_push_counts_from_when_it_came(world: _World) -> None:
    """Not from when it was begun; of two in one message the later one counts."""
    (chat,) = await add_subscribers(world.database, 1)
    world.clock.now = MORNING.replace(hour=23)
    first, second = await world.sent(), await world.sent()
    await world.subscribers.set_state(chat, PAUSED)
    assert await world.deeds(second) == Deeds()
    await world.subscribers.set_state(chat, SubscriberState.ACTIVE)
    world.clock.now = MORNING + timedelta(days=1)
    assert await world.gather() == 1
    world.clock.advance(hours=47)
    await world.subscribers.set_state(chat, STOPPED)
    assert (await world.deeds(first), await world.deeds(second)) == (Deeds(), Deeds(stopped=1))


async def test_a_block_that_a_worker_meets(world: _World) -> None:
    """It counts for the push before, which reached them; an account that is gone did nothing."""
    blocked, gone, _fine = await add_subscribers(world.database, 3)
    first = await world.sent()
    world.telegram.outcomes = {blocked: Blocked(), gone: Gone()}
    second = await world.sent()
    assert (await world.deeds(first), await world.deeds(second)) == (Deeds(blocked=1), Deeds())


async def test_corrections_and_digests_count_for_nothing(world: _World) -> None:
    """An edited message brings nobody's attention, and a Digest is the push that came with it."""
    (chat,) = await add_subscribers(world.database, 1)
    push = await world.sent()
    async with world.database.transaction() as session:
        await broadcasts.change(session, push, kind=BroadcastKind.CORRECTION)
    await world.subscribers.set_state(chat, STOPPED)
    assert await world.deeds(push) == Deeds()


async def test_each_day_has_a_row_and_no_row_a_name(world: _World) -> None:
    """The table holds sums of a day in UTC, and no column that could say who."""
    one, two, three = await add_subscribers(world.database, 3)
    push = await world.sent()
    await world.subscribers.set_state(one, STOPPED)
    await world.subscribers.set_state(two, STOPPED)
    world.clock.advance(days=1)
    await world.subscribers.set_state(three, STOPPED)
    async with world.database.read() as session:
        rows = (await session.scalars(select(Aftermath).order_by(Aftermath.day))).all()
    assert [(one.broadcast_id, one.day, one.stopped) for one in rows] == [
        (push, date(2026, 11, 23), 2),
        (push, date(2026, 11, 24), 1),
    ]
    timed = {f"left_{minutes}" for minutes in aftermaths.MINUTES}
    deeds = {deed.value for deed in Deed}
    assert set(Aftermath.__table__.columns.keys()) == {"broadcast_id", "day", *deeds, *timed}


async def test_who_leaves_soon_is_counted_apart(world: _World) -> None:
    """Within 15, 30 and 60 minutes after the push came; a day off is no leaving."""
    one, two, three, four, late = await add_subscribers(world.database, 5)
    push = await world.sent()
    await world.days_off.start(four, world.clock.now + timedelta(days=1))
    world.clock.advance(minutes=15)
    await world.subscribers.set_state(one, STOPPED)
    world.clock.advance(seconds=1)
    await world.subscribers.blocked(two)
    world.clock.advance(minutes=30)
    await world.subscribers.set_state(three, PAUSED)
    world.clock.advance(minutes=30)
    await world.subscribers.set_state(late, STOPPED)
    async with world.database.read() as session:
        found = [(await aftermaths.left_within(session, [push], minutes))[push] for minutes in (15, 30, 60)]
    assert found == [1, 2, 3]


async def test_many_who_leave_at_once_are_all_counted(world: _World) -> None:
    """Of six transactions at the same moment none is lost."""
    (chat,) = await add_subscribers(world.database, 1)
    push = await world.sent()
    reader = (await get_subscriber(world.database, chat)).id
    now = world.clock.now
    await at_once(
        world.database,
        lambda session: aftermaths.count_by_readers(session, [reader], Deed.STOPPED, now=now),
    )
    assert await world.deeds(push) == Deeds(stopped=6)


async def _appeal(world: _World) -> int:
    made = await world.appeals.propose(organisation="Friends", url="https://example.org/", actor="one")
    await world.appeals.verify(made.id, actor="two")
    return made.id


async def _finished_push(world: _World, *, appeal_id: int | None = None, **values: object) -> int:
    async with world.database.transaction() as session:
        story = await add_story(session, state=StoryState.PUBLISHED, **values)
        if appeal_id is not None:
            await stories.set_appeal(session, story, appeal_id)
    world.broadcast_id = await running_broadcast(world.database, story_id=story)
    async with world.database.transaction() as session:
        await broadcasts.change(session, world.broadcast_id, started_at=world.clock())
        await broadcasts.finish(session, world.broadcast_id, now=world.clock())
    if not await world.is_finished():
        await world.finish(world.worker())
    return world.broadcast_id


async def test_a_click_counts_for_the_last_push_of_the_appeal(world: _World) -> None:
    """Within 48 hours after its end, of a Story or Translation that names it; robots do not count."""
    await add_subscribers(world.database, 1)
    appeal_id, other = await _appeal(world), await _appeal(world)
    first = await _finished_push(world, appeal_id=appeal_id)
    async with world.database.read() as session:
        found = await broadcasts.get(session, first)
    assert found is not None
    translated = await _finished_push(world, translation_of=found.story_id)
    elsewhere = await _finished_push(world, appeal_id=other)
    counting = Clicks(world.database, world.clock)
    await counting.follow(appeal_id, counted=True)
    await counting.follow(appeal_id, counted=False)
    world.clock.advance(hours=48, seconds=1)
    await counting.follow(appeal_id, counted=True)
    found_deeds = [await world.deeds(one) for one in (first, translated, elsewhere)]
    assert found_deeds == [Deeds(), Deeds(clicks=1), Deeds()]
    assert (await counting.counts())[appeal_id].total == 2


async def test_the_status_has_them(world: _World) -> None:
    """What the card and the command line show is read with the progress."""
    (chat,) = await add_subscribers(world.database, 1)
    push = await world.sent()
    await world.subscribers.set_state(chat, STOPPED)
    status = await Broadcasts(world.database, world.clock, None, world.bodies).status(push)  # type: ignore[arg-type]  # not asked
    assert status.deeds == Deeds(stopped=1)
