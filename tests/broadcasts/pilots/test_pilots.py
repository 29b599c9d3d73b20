"""Pilot waves on both databases: a random part gets a push first, and then everybody, each once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.broadcasts.pilots import pilot
from bot.broadcasts.pilots.pilot import PilotPhase
from bot.broadcasts.pilots.pilots import Pilots
from bot.broadcasts.reasons import TooManyLeft, load
from bot.delivery.outcome import Blocked
from bot.errors import InvalidInputError, RefusedError
from bot.subscribers.subscribers import Subscribers
from storage.broadcasts import broadcasts, pilots
from storage.broadcasts.pilots import MIXES, mix
from storage.database import Database
from storage.models import Aftermath, Broadcast, Delivery, Range, Subscriber
from storage.words import BroadcastState, DeliveryState, StoryState, SubscriberState
from tests.broadcasts.test_corrections import EDITOR, Newsroom
from tests.factories import NOON, MovableClock, add_story, add_subscribers, get_subscriber, running_broadcast
from tests.fakes import WINDOW

MINUTES = 15


class PilotWorld(Newsroom):
    """A Newsroom whose push has a pilot wave. `first` are the chats in it."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.pilots = Pilots(database, clock)
        self.people = Subscribers(database, clock, "en")
        self.first: set[int] = set()

    async def open_pilot(self, people: int = 60, *, part: float = 0.3) -> None:
        """Start a push to so many, in Ranges of ten; about this part of them is in its pilot wave."""
        await self.prepare(people, size=10)
        below = int(part * MIXES)
        async with self.database.transaction() as session:
            begun = NOON + timedelta(seconds=1)  # who blocked the bot at noon was away then
            await broadcasts.change(session, self.push_id, pilot_minutes=MINUTES, started_at=begun)
            figures = {"size": 18, "usual": None}
            await broadcasts.change(session, self.push_id, pilot_below=below, pilot=figures)
            rows = await session.execute(select(Subscriber.id, Subscriber.chat_id))
        self.first = {chat for number, chat in rows if mix(number, self.push_id) < below}
        assert 5 < len(self.first) < people - 5

    async def row(self) -> Broadcast:
        return (await self.broadcasts.status(self.push_id)).broadcast

    async def is_waiting(self) -> bool:
        return (await self.row()).pilot_ends_at is not None

    async def send_pilot(self, *names: str) -> None:
        """Let workers send the pilot wave."""
        workers = [self.worker(name) for name in names or ("one",)]
        async with self.at_work(*workers):
            await workers[0].until(self.is_waiting)

    async def judge(self) -> None:
        """Let the time of the pilot wave pass, and judge it."""
        self.clock.advance(minutes=MINUTES)
        await self.pilots.judge_due()

    async def leave(self, number: int) -> None:
        for chat in sorted(self.first)[:number]:
            await self.people.set_state(chat, SubscriberState.STOPPED)


@pytest.fixture
def world(database: Database, clock: MovableClock) -> PilotWorld:
    return PilotWorld(database, clock)


@given(st.integers(1, 10_000_000), st.integers(0, 2**40))
def test_the_pilot_wave_is_spread_over_all_ids(broadcast_id: int, before: int) -> None:
    """Of 10,000 ids in a row, no tenth has none of it, or more than thrice its share."""
    below = int(0.025 * MIXES)
    tenths = Counter(one // 1_000 for one in range(10_000) if mix(before + one, broadcast_id) < below)
    assert len(tenths) == 10
    assert max(tenths.values()) <= 75
    assert 150 <= tenths.total() <= 350


async def test_both_databases_choose_as_python_does(database: Database) -> None:
    """The same readers for the same push, and others for another one."""
    await add_subscribers(database, 300)
    below, found = MIXES // 3, []
    async with database.read() as session:
        ids = list(await session.scalars(select(Subscriber.id)))
        for broadcast_id in (1, 2, 7_654_321):
            chosen = await session.scalars(select(Subscriber.id).where(pilots.is_in(broadcast_id, below)))
            found.append(set(chosen))
            assert found[-1] == {one for one in ids if mix(one, broadcast_id) < below}
    assert found[0] != found[1] != found[2]


async def test_the_pilot_wave_comes_first_and_then_the_others(world: PilotWorld) -> None:
    """With two workers: the pilot wave, a wait, and then the others, each once."""
    await world.open_pilot()
    await world.send_pilot("one", "two")
    assert set(world.telegram.chats) == world.first
    assert (await world.row()).pilot_ends_at == NOON + timedelta(minutes=MINUTES)
    world.clock.advance(minutes=MINUTES - 1)
    await world.pilots.judge_due()
    assert await world.state() is BroadcastState.RUNNING
    assert (await world.row()).pilot_below is not None
    world.clock.advance(minutes=1)
    await world.pilots.judge_due()
    await world.finish(world.worker("one"), world.worker("two"))
    world.assert_once()
    progress = await world.progress()
    assert (progress.sent, progress.ranges_done) == (60, 6)


async def _killed_at(world: PilotWorld, number: int) -> None:
    """Let a worker run until this send is on the wire, and end it without a receipt for what is."""
    reached = asyncio.Event()

    async def hang() -> None:
        reached.set()
        await asyncio.get_running_loop().create_future()

    for one in range(number, number + 2 * WINDOW):
        world.telegram.hooks[one] = hang
    running = asyncio.create_task(world.worker("dead").run())
    await reached.wait()
    running.cancel()
    await asyncio.wait([running])
    world.telegram.hooks.clear()


async def test_a_kill_in_the_pilot_wave_and_one_after_it(world: PilotWorld) -> None:
    """Nobody is missed, and at most a window of messages comes twice for each kill."""
    await world.open_pilot()
    await _killed_at(world, 4)
    successor = world.worker("two")
    await successor.take_over("dead")
    async with world.at_work(successor):
        await successor.until(world.is_waiting)
    assert set(world.telegram.chats) == world.first
    assert len(world.telegram.chats) - len(world.first) <= WINDOW
    await world.judge()
    await _killed_at(world, len(world.telegram.chats) + 5)
    successor = world.worker("three")
    await successor.take_over("dead")
    await world.finish(successor)
    counted = Counter(world.telegram.chats)
    assert set(counted) == set(world.chats) == set(await world.receipts())
    assert counted.total() - len(world.chats) <= 2 * WINDOW


async def test_too_many_leavers_pause_it_and_an_editor_sends_the_rest(world: PilotWorld) -> None:
    """Editors are asked why, nobody else gets it before they say so, and then everybody does once."""
    await world.open_pilot()
    await world.send_pilot()
    await world.leave(3)
    await world.judge()
    row = await world.row()
    assert row.state is BroadcastState.PAUSED
    assert load(row.reason or "") == TooManyLeft(3, len(world.first), MINUTES, 2)
    assert [one.id for one in await world.control.unannounced()] == [world.push_id]
    assert set(world.telegram.chats) == world.first
    status = await world.broadcasts.status(world.push_id)
    assert status.pilot is not None
    assert status.pilot.phase is PilotPhase.ASKING
    await world.control.resume(world.push_id, actor=EDITOR)
    await world.finish(world.worker())
    world.assert_once()
    status = await world.broadcasts.status(world.push_id)
    assert status.pilot is not None
    assert status.pilot.leavers is not None
    assert (status.pilot.phase, status.pilot.leavers.left) == (PilotPhase.OVER, 3)


async def test_two_leavers_stop_nothing(world: PilotWorld) -> None:
    """They say nothing, however few the readers are."""
    await world.open_pilot()
    await world.send_pilot()
    await world.leave(2)
    await world.judge()
    await world.finish(world.worker())
    world.assert_once()


async def test_an_editor_ends_the_wait_in_the_middle_of_the_pilot_wave(world: PilotWorld) -> None:
    """A Range that is sent to the pilot wave at that moment is sent to its others too, each once."""
    await world.open_pilot()
    world.at_send(4, lambda: world.control.send_to_rest(world.push_id, actor=EDITOR))
    await world.finish(world.worker("one"), world.worker("two"))
    world.assert_once()
    with pytest.raises(RefusedError):
        await world.control.send_to_rest(world.push_id, actor=EDITOR)


async def test_a_pause_by_hand_delays_the_judgement(world: PilotWorld) -> None:
    """Nothing is judged while it is paused; after resume it goes on as if nothing had been."""
    await world.open_pilot()
    await world.send_pilot()
    await world.control.pause(world.push_id, actor=EDITOR)
    await world.judge()
    assert (await world.row()).pilot_below is not None
    await world.control.resume(world.push_id, actor=EDITOR)
    assert set(world.telegram.chats) == world.first
    await world.pilots.judge_due()
    await world.finish(world.worker())
    world.assert_once()


async def test_a_pilot_wave_that_ends_while_paused(world: PilotWorld) -> None:
    """The wait begins all the same, and it is not finished by resume."""
    await world.open_pilot()
    last = len(world.first)
    world.at_send(last, lambda: world.control.pause(world.push_id, actor=EDITOR))
    await world.send_pilot()
    await world.control.resume(world.push_id, actor=EDITOR)
    assert await world.state() is BroadcastState.RUNNING
    await world.judge()
    await world.finish(world.worker())
    world.assert_once()


async def test_nobody_is_sent_to_as_missed_before_the_others_had_their_turn(world: PilotWorld) -> None:
    """In the pilot wave both "retry" and "missed" are refused: the others get it anyway."""
    await world.open_pilot()
    await world.send_pilot()
    for act in (world.control.retry, world.control.send_to_missing):
        with pytest.raises(RefusedError, match="pilot wave"):
            await act(world.push_id, actor=EDITOR)


async def _held(world: PilotWorld, chat: int) -> bool:
    reader = (await get_subscriber(world.database, chat)).id
    theirs = select(Delivery.state).where(Delivery.subscriber_id == reader)
    async with world.database.read() as session:
        return await session.scalar(theirs) is DeliveryState.HELD


async def test_who_comes_back_meanwhile_gets_it_with_the_others(world: PilotWorld) -> None:
    """Once, and not in a gathered message; but one whom the pilot wave met as blocked does."""
    await world.open_pilot()
    other, refused = min(set(world.chats) - world.first), min(world.first)
    await world.people.blocked(other)
    world.telegram.outcomes[refused] = Blocked()
    world.clock.advance(seconds=1)
    await world.send_pilot()
    world.telegram.outcomes.clear()
    for chat in (other, refused):
        await world.people.unblocked(chat)
    assert [await _held(world, chat) for chat in (other, refused)] == [False, True]
    await world.judge()
    await world.finish(world.worker())
    world.assert_once()


async def test_one_whom_it_met_as_blocked_comes_back_while_the_others_get_it(world: PilotWorld) -> None:
    """It is held for them, though their Range is open: no worker sends it again."""
    await world.open_pilot()
    refused = max(world.first)
    world.telegram.outcomes[refused] = Blocked()
    await world.send_pilot()
    world.telegram.outcomes.clear()
    await world.judge()
    await world.people.unblocked(refused)
    assert await _held(world, refused)
    await world.finish(world.worker())
    world.assert_once()


async def _scheduled(world: PilotWorld, people: int, *, urgent: bool = False) -> None:
    """Start a push with a pilot wave to so many, as an editor does."""
    world.chats = await add_subscribers(world.database, people)
    async with world.database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
    world.push_id = await world.broadcasts.schedule(story_id, pilot_minutes=MINUTES, actor=EDITOR)
    async with world.database.transaction() as session:
        await broadcasts.change(session, world.push_id, urgent=urgent)
    await world.broadcasts.start_due()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty subscribers are enough for a pilot wave of about five."""
    monkeypatch.setattr(pilot, "SMALLEST_AUDIENCE", 20)
    monkeypatch.setattr(pilot, "_AIM", 5)


@pytest.mark.usefixtures("small")
async def test_at_the_start_the_audience_is_counted(world: PilotWorld) -> None:
    """The threshold is the share of the pilot wave in it; there is no usual rate yet."""
    await _scheduled(world, 40)
    row = await world.row()
    assert row.pilot_below == -(-MIXES // 8)
    assert row.pilot == {"size": 5, "usual": None}
    status = await world.broadcasts.status(world.push_id)
    assert status.pilot is not None
    assert (status.pilot.phase, status.pilot.size) == (PilotPhase.SENDING, 5)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("people", "urgent"), [(19, False), (40, True)])
async def test_small_and_urgent_pushes_have_none(world: PilotWorld, people: int, urgent: bool) -> None:
    """Everybody gets them at once, and it says so."""
    await _scheduled(world, people, urgent=urgent)
    assert (await world.row()).pilot_below is None
    status = await world.broadcasts.status(world.push_id)
    assert (status.pilot and status.pilot.phase) == (None if urgent else PilotPhase.SKIPPED)


def test_one_in_a_hundred_and_at_least_two_hundred() -> None:
    """A little more is aimed at, since chance leaves some out."""
    assert [pilot.size_of(number) for number in (1_999, 2_000, 25_000, 1_200_000)] == [None, 250, 250, 12_000]


async def test_only_three_times_can_be_chosen(world: PilotWorld) -> None:
    """Who leaves is counted for these."""
    with pytest.raises(InvalidInputError):
        await world.broadcasts.schedule(1, pilot_minutes=7, actor=EDITOR)


async def test_the_last_pushes_say_what_is_usual(world: PilotWorld) -> None:
    """Not urgent ones, old ones, those that run, nor those from before leavers were timed."""
    await add_subscribers(world.database, 1)
    ids = [await running_broadcast(world.database) for _ in range(6)]
    ended = [NOON - timedelta(days=days) for days in (1, 2, 3, 4, 100)]
    async with world.database.transaction() as session:
        await session.execute(update(Range).values(sent=1_000))
        for one, at in zip(ids, ended, strict=False):
            await broadcasts.change(session, one, state=BroadcastState.FINISHED, finished_at=at)
        session.add(Aftermath(broadcast_id=ids[0], day=NOON.date(), left_15=4, left_30=7))
        session.add(Aftermath(broadcast_id=ids[0], day=NOON.date() - timedelta(days=1), left_15=1))
        await broadcasts.change(session, ids[2], urgent=True)
        await session.execute(update(Broadcast).where(Broadcast.id == ids[3]).values(early_leavers=False))
        since = NOON - timedelta(days=90)
        found = [
            await pilots.earlier(session, minutes=minutes, since=since, before=NOON, limit=20)
            for minutes in (15, 30)
        ]
        assert found == [[(1_000, 5), (1_000, 0)], [(1_000, 7), (1_000, 0)]]
